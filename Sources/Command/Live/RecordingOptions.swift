import ArgumentParser
import Detection
import Foundation
import Movies
import Streams

/// Options of `sparkwatch live` on keeping what was received, each also a key of the configuration file.
struct RecordingOptions: ParsableArguments {
    @Option(help: "Record every received frame: a file (*.tif) for the first series, or a folder.")
    var record: String?

    @Option(help: "Frames that wait at most for the disk; what comes on top is not recorded, counted and announced.")
    var recordQueueFrames = 512

    @Option(help: "Write a movie of every wave, with its masks, to this folder.")
    var waveClips: String?

    @Option(help: "Recording before a wave in its movie, in s.")
    var waveClipBeforeS = 1.0

    @Option(help: "Recording after a wave in its movie, in s.")
    var waveClipAfterS = 1.0

    @Option(help: "Journal of another run over the same frames: say at the end whether the events are the same.")
    var compare: String?

    func validate() throws {
        try check(Double(recordQueueFrames), isBetween: 16, and: 1e6, named: "--record-queue-frames")
        try check(waveClipBeforeS, isBetween: 0, and: 60, named: "--wave-clip-before-s")
        try check(waveClipAfterS, isBetween: 0, and: 60, named: "--wave-clip-after-s")
    }

    /// The recorder, if one is wanted.
    ///
    /// - Throws: A file error or `TIFFError` if nothing can be recorded there.
    func recorder(largestFramePixels: Int) throws -> RecorderCompanion? {
        guard let record else { return nil }
        var configuration = FrameRecorder.Configuration(names: try RecordingNames(path: record))
        configuration.queueCapacity = recordQueueFrames
        configuration.queuePixelCapacity = max(largestFramePixels, recordQueueFrames * LiveOptions.expectedFramePixels)
        return RecorderCompanion(recorder: FrameRecorder(configuration))
    }

    /// What writes the movies of waves, if they are wanted.
    ///
    /// - Throws: A file error if the folder cannot be made.
    func clips() throws -> ClipCompanion? {
        guard let waveClips else { return nil }
        var configuration = WaveClips.Configuration()
        configuration.beforeSeconds = waveClipBeforeS
        configuration.afterSeconds = waveClipAfterS
        return try ClipCompanion(configuration: configuration, folder: waveClips)
    }
}

/// The recorder beside a live run.
struct RecorderCompanion: LiveCompanion {
    let recorder: FrameRecorder

    var recordingQueue: FrameRing? { recorder.queue }

    func news() -> [StatusMessage] { recorder.news().map { [$0] } ?? [] }

    func count(in counters: inout RunCounters) {
        let statistics = recorder.statistics
        counters.framesRecorded = statistics.framesRecorded
        counters.framesNotRecorded = statistics.framesNotRecorded
    }

    func finish() { recorder.finish() }

    var hasLoss: Bool { recorder.statistics.framesNotRecorded > 0 }

    var summary: [String] {
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
