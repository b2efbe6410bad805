package import Session
package import Wire

/// The recorder beside a live run.
package struct RecorderPart: FrameTakingPart, WatchedPart {
    private let recorder: FrameRecorder

    package init(recorder: FrameRecorder) { self.recorder = recorder }

    package var frames: FrameRing { recorder.queue }

    package func news() -> [Health] { recorder.news().map { [$0] } ?? [] }

    package func count(in counters: inout RunCounters) {
        let statistics = recorder.statistics
        counters.framesRecorded = statistics.framesRecorded
        counters.framesNotRecorded = statistics.framesNotRecorded
    }

    package func finish() { recorder.finish() }

    package var hasLoss: Bool { recorder.statistics.framesNotRecorded > 0 }

    package var summary: [String] {
        let statistics = recorder.statistics
        let last = statistics.paths.last.map { " in \($0)" } ?? ""
        let others = statistics.paths.count > 1 ? " and \(statistics.paths.count - 1) files before it" : ""
        let failure = statistics.failure.map { ": \($0)" } ?? ""
        return [
            "recorded   \(statistics.framesRecorded) frames\(last)\(others), "
                + "\(statistics.framesNotRecorded) not recorded\(failure)"
        ]
    }
}
