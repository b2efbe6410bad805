package import Detection
import Imaging
package import Session

/// How the resting light of cells went, recording by recording, in bounded memory: of long recordings fewer points are
/// kept.
package struct RestingCourse: Encodable {
    /// One recording; points are as many as frames.
    package struct Recording: Encodable, Equatable {
        package let seriesID: String
        package let frameIntervalMilliseconds: Double
        package fileprivate(set) var frames: [Int] = []
        package fileprivate(set) var cells: [Cell] = []
        /// Looks of the detector from one kept point to the next.
        fileprivate var step = 1
        fileprivate var lookCount = 0

        package enum CodingKeys: String, CodingKey {
            case seriesID = "series_id"
            case frameIntervalMilliseconds = "frame_interval_ms"
            case frames, cells
        }
    }

    /// F0 above the light outside, in counts on the 16-bit scale; null where it is not known.
    package struct Cell: Encodable, Equatable {
        package let cell: Int
        package fileprivate(set) var counts: [Double?]

        package enum CodingKeys: String, CodingKey {
            case cell
            case counts = "f0_counts"
        }
    }

    package private(set) var recordings: [Recording] = []

    package enum CodingKeys: CodingKey {
        case recordings
    }

    package init() {}

    package mutating func seriesStarted(_ start: SeriesStart) {
        let interval = start.context.calibration.frameIntervalMilliseconds
        CourseLimits.begin(
            Recording(seriesID: start.context.seriesID, frameIntervalMilliseconds: interval),
            in: &recordings
        )
    }

    package mutating func take(_ light: [RestingLight]) {
        guard let last = recordings.indices.last else { return }
        for frame in Set(light.map(\.frame)).sorted() {
            let values = light.filter { $0.frame == frame }
            recordings[last].take(frame, values)
        }
    }
}

extension RestingCourse.Recording {
    fileprivate mutating func take(_ frame: Int, _ light: [RestingLight]) {
        defer { lookCount += 1 }
        guard lookCount.isMultiple(of: step) else { return }
        for cell in light.map(\.cell) where !cells.contains(where: { $0.cell == cell }) {
            cells.append(.init(cell: cell, counts: [Double?](repeating: nil, count: frames.count)))
        }
        frames.append(frame)
        for index in cells.indices {
            let own = light.first { $0.cell == cells[index].cell }
            cells[index].counts.append(own.map { (($0.counts - $0.blankCounts) * 10).rounded() / 10 })
        }
        guard frames.count > CourseLimits.points else { return }
        step *= 2
        frames = everySecond(frames)
        for index in cells.indices { cells[index].counts = everySecond(cells[index].counts) }
    }

    private func everySecond<Value>(_ values: [Value]) -> [Value] {
        stride(from: 0, to: values.count, by: 2).map { values[$0] }
    }
}
