package import Detection
import Imaging
package import Session

/// How far cells were from where they were at first, recording by recording, in bounded memory: of long recordings
/// fewer points are kept, each the farthest of its time.
package struct MovementCourse: Encodable {
    /// One recording; all lists have a value a point.
    package struct Recording: Encodable, Equatable {
        package let seriesID: String
        package let frameIntervalMilliseconds: Double
        /// Acquisition index of the first frame of each point.
        package fileprivate(set) var frames: [Int] = []
        /// Largest displacement, in µm.
        package fileprivate(set) var micrometres: [Double] = []
        /// Share of the frames whose movement could not be undone, 0 to 1.
        package fileprivate(set) var unsteadyShares: [Double] = []
        /// Decided batches in a point.
        fileprivate var step = 1
        fileprivate var batchCount = 0

        package enum CodingKeys: String, CodingKey {
            case seriesID = "series_id"
            case frameIntervalMilliseconds = "frame_interval_ms"
            case frames
            case micrometres = "farthest_um"
            case unsteadyShares = "motion_left_share"
        }
    }

    package private(set) var recordings: [Recording] = []
    private var pixelSizeMicrometres = 1.0

    package static let mostPoints = CourseLimits.points

    package enum CodingKeys: CodingKey {
        case recordings
    }

    package init() {}

    package mutating func seriesStarted(_ start: SeriesStart) {
        let calibration = start.context.calibration
        pixelSizeMicrometres = calibration.pixelSizeMicrometres
        let interval = calibration.frameIntervalMilliseconds
        CourseLimits.begin(
            Recording(seriesID: start.context.seriesID, frameIntervalMilliseconds: interval),
            in: &recordings
        )
    }

    /// Takes what was found of the movement in the frames of a batch; nothing if it was not looked for.
    package mutating func take(_ movements: [FrameMovement], fromFrame first: Int) {
        guard let last = recordings.indices.last, !movements.isEmpty else { return }
        let summary = MovementSummary(movements)
        recordings[last].take(
            first,
            micrometres: summary.largestShiftPixels * pixelSizeMicrometres,
            unsteadyShare: 1 - (summary.usableShare ?? 1)
        )
    }
}

extension MovementCourse.Recording {
    fileprivate mutating func take(_ frame: Int, micrometres farthest: Double, unsteadyShare: Double) {
        let farthest = (farthest * 1000).rounded() / 1000
        if batchCount.isMultiple(of: step) {
            frames.append(frame)
            micrometres.append(farthest)
            unsteadyShares.append(unsteadyShare)
        } else {
            let point = frames.count - 1
            let before = Double(batchCount % step)
            micrometres[point] = max(micrometres[point], farthest)
            unsteadyShares[point] += (unsteadyShare - unsteadyShares[point]) / (before + 1)
        }
        batchCount += 1
        if frames.count > MovementCourse.mostPoints { halve() }
    }

    /// Joins neighbours, so that every point stands for twice the time.
    private mutating func halve() {
        let pairs = stride(from: 0, to: frames.count, by: 2).map { $0..<min($0 + 2, frames.count) }
        micrometres = pairs.map { micrometres[$0].max() ?? 0 }
        unsteadyShares = pairs.map { unsteadyShares[$0].reduce(0, +) / Double($0.count) }
        frames = pairs.map { frames[$0.lowerBound] }
        step *= 2
    }
}
