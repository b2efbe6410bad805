import Streams

extension WaveClips: LiveFollower {}

/// Movies of waves beside a live run.
struct ClipCompanion: LiveCompanion {
    let configuration: WaveClips.Configuration
    let writer: ClipWriter
    let folder: String
    private let notice = FailureNotice(.clipFailed)

    init(configuration: WaveClips.Configuration, folder: String) throws {
        self.configuration = configuration
        self.folder = folder
        writer = try ClipWriter(folder: folder)
    }

    func makeFollower() -> (any LiveFollower)? { WaveClips(configuration, writer: writer) }

    func news() -> [StatusMessage] { notice.update(writer.statistics.failure).map { [$0] } ?? [] }

    func count(in counters: inout RunCounters) {
        let statistics = writer.statistics
        counters.waveClips = statistics.written
        counters.waveClipsLost = statistics.lost
    }

    func finish() { writer.finish() }

    var hasLoss: Bool { writer.statistics.lost > 0 }

    var summary: [String] {
        let statistics = writer.statistics
        let shortened =
            statistics.shortened > 0
            ? ", \(statistics.shortened) without the beginning of a wave that was longer than the memory for clips" : ""
        return ["clips      \(statistics.written) of waves in \(folder), \(statistics.lost) lost\(shortened)"]
    }
}
