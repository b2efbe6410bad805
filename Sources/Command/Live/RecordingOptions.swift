import ArgumentParser
import Foundation
import Journal
import Live
import Movies

/// Options of `sparkwatch live` on keeping what was received, each also a key of the configuration file.
struct RecordingOptions: ParsableArguments {
    @Option(help: "Record every received frame: a file (*.tif) for the first series, or a folder.")
    var record: String?

    @Option(
        parsing: .unconditional,
        help: "Frames that wait at most for the disk; what comes on top is not recorded, counted and announced."
    )
    var recordQueueFrames = 512

    @Option(
        parsing: .unconditional,
        help: "Most that is recorded, in GB; frames beyond it are counted as not recorded. Default: no limit."
    )
    var recordQuotaGb: Double?

    @Option(help: "Write a movie of every wave, with its masks, to this folder.")
    var waveClips: String?

    @Option(parsing: .unconditional, help: "Recording before a wave in its movie, in s.")
    var waveClipBeforeS = 1.0

    @Option(parsing: .unconditional, help: "Recording after a wave in its movie, in s.")
    var waveClipAfterS = 1.0

    @Option(help: "Journal of another run over the same frames: say at the end whether the events are the same.")
    var compare: String?

    func validate() throws {
        try check(Double(recordQueueFrames), isBetween: 16, and: 1e6, named: "--record-queue-frames")
        try check(recordQuotaGb, isBetween: 0.001, and: 1e6, named: "--record-quota-gb")
        if recordQuotaGb != nil, record == nil {
            throw ValidationError("--record-quota-gb is for recordings: give --record.")
        }
        try check(waveClipBeforeS, isBetween: 0, and: 60, named: "--wave-clip-before-s")
        try check(waveClipAfterS, isBetween: 0, and: 60, named: "--wave-clip-after-s")
    }

    /// The folder that recordings go to; nil if there are none.
    var recordFolder: String? {
        guard let record else { return nil }
        let url = URL(filePath: record)
        return ["tif", "tiff"].contains(url.pathExtension.lowercased()) ? url.deletingLastPathComponent().path : record
    }

    /// The recorder, if one is wanted.
    ///
    /// - Throws: A file error or `TIFFError` if nothing can be recorded there.
    func recorder(largestFramePixels: Int) throws -> RecorderPart? {
        guard let record else { return nil }
        var configuration = FrameRecorder.Configuration(names: try RecordingNames(path: record))
        configuration.queueCapacity = recordQueueFrames
        configuration.queuePixelCapacity = max(largestFramePixels, recordQueueFrames * LiveOptions.expectedFramePixels)
        configuration.quotaBytes = recordQuotaGb.map { Int($0 * 1e9) }
        return RecorderPart(recorder: FrameRecorder(configuration))
    }

    /// What writes the movies of waves, if they are wanted.
    ///
    /// - Throws: A file error if the folder cannot be made.
    func clips() throws -> ClipPart? {
        guard let waveClips else { return nil }
        var configuration = WaveClips.Configuration()
        configuration.beforeSeconds = waveClipBeforeS
        configuration.afterSeconds = waveClipAfterS
        return try ClipPart(configuration: configuration, folder: waveClips)
    }
}
