package import Detection
import Foundation
import Imaging
package import Session
package import Wire

/// The file that rows of a table come from: a movie, or the journal of a live run.
package struct TableSource: Sendable, Equatable {
    /// Name with its ending.
    package var file: String
    /// Absolute path of the folder that holds it.
    package var folder: String

    package init(file: String, folder: String) {
        self.file = file
        self.folder = folder
    }
}

/// A recording as tables show it: what was found in it, and the phases that marks divide it into.
package struct TabledSeries: Sendable {
    /// From a mark, or the start, to the next mark.
    package struct Phase: Encodable, Sendable, Equatable {
        /// Text of the mark; nil before the first one.
        package var label: String?
        /// Acquisition index of the first frame.
        package var firstFrame: Int

        enum CodingKeys: String, CodingKey {
            case label = "phase"
            case firstFrame = "frame_start"
        }
    }

    package var source: TableSource
    package var seriesID: String
    package var stream: String
    package var frameIntervalMilliseconds: Double
    /// Names of what nobody stated of the calibration.
    package var assumed: [String]
    /// In their order; at least one.
    package private(set) var phases: [Phase]
    /// Acquisition index of the last frame; nil if the recording was cut off.
    package var lastFrame: Int?
    /// Frames that are missing and were not bridged: first one and number.
    package var gaps: [(firstFrame: Int, frameCount: Int)] = []
    package var cells: [CellActivityMessage] = []
    /// That were drawn at its end.
    package internal(set) var regions: [Region] = []
    package var events: [EventMessage] = []
    /// Events that somebody at the page took for none.
    private var rejected: [String: EventMessage] = [:]
    /// Acquisition indices of frames whose movement could not be undone, in order; nil if movement was not looked for.
    package private(set) var unsteadyFrames: [Int]?

    package init(
        source: TableSource,
        seriesID: String,
        stream: String,
        frameIntervalMilliseconds: Double,
        assumed: [String],
        firstFrame: Int = 0,
        firstLabel: String? = nil
    ) {
        self.source = source
        self.seriesID = seriesID
        self.stream = stream
        self.frameIntervalMilliseconds = frameIntervalMilliseconds
        self.assumed = assumed
        phases = [Phase(label: firstLabel, firstFrame: firstFrame)]
    }

    /// A recorded movie, whose frames are counted from 0.
    ///
    /// - Parameters:
    ///   - movie: Path of the file.
    ///   - context: What is the same for all its events.
    ///   - frameCount: Number of its frames.
    package init(movie: String, context: SeriesContext, frameCount: Int) {
        let path = URL(filePath: movie).standardizedFileURL
        self.init(
            source: TableSource(file: path.lastPathComponent, folder: path.deletingLastPathComponent().path),
            seriesID: context.seriesID,
            stream: context.stream,
            frameIntervalMilliseconds: context.calibration.frameIntervalMilliseconds,
            assumed: context.calibration.assumedNames
        )
        lastFrame = frameCount - 1
    }

    /// Begins a phase; at the very first frame, nothing comes before it.
    package mutating func mark(_ label: String, atFrame frame: Int) {
        let place = phases.lastIndex { $0.firstFrame <= frame } ?? 0
        guard frame > phases[0].firstFrame else { return phases[0].label = label }
        phases.insert(Phase(label: label, firstFrame: frame), at: place + 1)
    }

    /// Takes an event for what somebody at the page made of it: one that is none is left out.
    package mutating func correct(_ correction: CorrectionMessage) {
        let place = events.firstIndex { $0.eventID == correction.eventID }
        guard let eventType = correction.eventType else {
            if let place { rejected[correction.eventID] = events.remove(at: place) }
            return
        }
        if let place {
            events[place].eventType = eventType
        } else if var event = rejected.removeValue(forKey: correction.eventID) {
            event.eventType = eventType
            events.insert(event, at: events.firstIndex { $0.eventID > event.eventID } ?? events.endIndex)
        }
    }

    /// The phase that a frame lies in, as a place in ``phases``.
    package func phase(ofFrame frame: Int) -> Int { phases.lastIndex { $0.firstFrame <= frame } ?? 0 }

    /// Acquisition index of the last frame of a phase; nil if the recording was cut off in it.
    package func lastFrame(ofPhase phase: Int) -> Int? {
        phase + 1 < phases.count ? phases[phase + 1].firstFrame - 1 : lastFrame
    }

    /// Time of the frames of a phase that were searched, in s; nil if the recording was cut off in it.
    package func observedSeconds(ofPhase phase: Int) -> Double? {
        guard let last = lastFrame(ofPhase: phase) else { return nil }
        let first = phases[phase].firstFrame
        let missing = gaps.reduce(0) { sum, gap in
            sum + max(0, min(last, gap.firstFrame + gap.frameCount - 1) - max(first, gap.firstFrame) + 1)
        }
        return Double(max(0, last - first + 1 - missing)) * frameIntervalMilliseconds / 1000
    }

    /// Notes what is known of the movement of further frames.
    package mutating func note(_ movements: [FrameMovement], fromFrame first: Int) {
        guard !movements.isEmpty else { return }
        let unsteady = movements.indices.filter { movements[$0].isUnsteady }.map { first + $0 }
        unsteadyFrames = (unsteadyFrames ?? []) + unsteady
    }

    /// The same, as it was published.
    package mutating func note(_ movement: MovementMessage) {
        unsteadyFrames = (unsteadyFrames ?? []) + movement.unsteadyFrames
    }

    /// Share of the searched time of a phase in which what was found cannot be movement; nil if movement was not looked
    /// for, or the recording was cut off in the phase.
    package func usableShare(ofPhase phase: Int) -> Double? {
        guard let unsteadyFrames, let last = lastFrame(ofPhase: phase), let seconds = observedSeconds(ofPhase: phase),
            seconds > 0
        else { return nil }
        let unsteady = unsteadyFrames.count { $0 >= phases[phase].firstFrame && $0 <= last }
        return 1 - Double(unsteady) * frameIntervalMilliseconds / 1000 / seconds
    }

    /// Numbers of the cells, also of a recording that was cut off before their areas were told.
    package var cellNumbers: [Int] {
        let numbers = cells.compactMap(\.cell) + events.compactMap(\.cell)
        return Set(numbers).sorted()
    }
}
