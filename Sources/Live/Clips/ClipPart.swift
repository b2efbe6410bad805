package import Session
package import Wire

/// Movies of waves beside a live run.
package struct ClipPart: FollowingPart, WatchedPart {
    private let configuration: WaveClips.Configuration
    private let writer: ClipWriter
    private let folder: String
    private let notice = FailureNotice(.clipFailed)

    package init(configuration: WaveClips.Configuration, folder: String) throws {
        self.configuration = configuration
        self.folder = folder
        writer = try ClipWriter(folder: folder)
    }

    package func makeFollower() -> (any LiveFollower)? { WaveClips(configuration, writer: writer) }

    package func news() -> [Health] { notice.update(writer.statistics.failure).map { [$0] } ?? [] }

    package func count(in counters: inout RunCounters) {
        let statistics = writer.statistics
        counters.waveClips = statistics.written
        counters.waveClipsLost = statistics.lost
    }

    package func finish() { writer.finish() }

    package var hasLoss: Bool { writer.statistics.lost > 0 }

    package var summary: [String] {
        let statistics = writer.statistics
        let shortened =
            statistics.shortened > 0
            ? ", \(statistics.shortened) without the beginning of a wave that was longer than the memory for clips" : ""
        return ["clips      \(statistics.written) of waves in \(folder), \(statistics.lost) lost\(shortened)"]
    }
}
