import ArgumentParser
import Foundation
import Streams

/// Options of `sparkwatch live` on sound, each also a key of the configuration file.
struct SoundOptions: ParsableArguments {
    @Flag(inversion: .prefixedNo, help: "Play a click for every spark, other sounds for puffs and waves.")
    var sound = false

    @Option(help: "Sound device, as ALSA knows it.")
    var soundDevice = "default"

    @Option(help: "Write the sounds to this WAV file, in time with the recording.")
    var soundFile: String?

    @Option(help: "Folder with your own spark.wav, puff.wav, wave.wav, or other sound files of these names.")
    var soundSamples: String?

    @Option(help: "Most sparks that are heard in a second.")
    var clicksPerSecond = 30.0

    func validate() throws {
        try check(clicksPerSecond, isBetween: 0.1, and: 1000, named: "--clicks-per-second")
        if let soundFile, URL(filePath: soundFile).pathExtension.lowercased() != "wav" {
            throw ValidationError("--sound-file is '\(soundFile)'; a WAV file is written, so let the name end in .wav.")
        }
    }

    /// The sound outputs, if any are wanted.
    ///
    /// - Throws: `SoundError` if the user's sounds or the file cannot be used.
    func companion() throws -> SoundCompanion? {
        guard sound || soundFile != nil else { return nil }
        let synthesis = SoundSynthesis(samples: try soundSamples.map(SoundSample.all(inFolder:)) ?? [:])
        return SoundCompanion(
            player: sound
                ? SoundPlayer(device: soundDevice, synthesis: synthesis, clicksPerSecond: clicksPerSecond) : nil,
            file: try soundFile.map {
                try SoundFileOutput(path: $0, synthesis: synthesis, clicksPerSecond: clicksPerSecond)
            }
        )
    }
}

extension SoundSink: LiveFollower {}

/// The sound of a live run, played or written.
struct SoundCompanion: LiveCompanion {
    let player: SoundPlayer?
    let file: SoundFileOutput?
    private let playerNotice = FailureNotice(.soundFailed)
    private let fileNotice = FailureNotice(.soundFailed)

    init(player: SoundPlayer?, file: SoundFileOutput?) {
        self.player = player
        self.file = file
    }

    func makeFollower() -> (any LiveFollower)? {
        SoundSink { [player, file] item in
            file?.take(item)
            if case .event(let event) = item { player?.play(event) }
        }
    }

    func news() -> [StatusMessage] {
        [playerNotice.update(player?.statistics.failure), fileNotice.update(file?.statistics.failure)]
            .compactMap(\.self)
    }

    func count(in counters: inout RunCounters) {
        for statistics in [player?.statistics, file?.statistics].compactMap(\.self) {
            counters.soundsPlayed += statistics.played
            counters.soundsDropped += statistics.dropped
        }
    }

    func finish() {
        player?.finish()
        file?.finish()
    }

    var summary: [String] {
        [("played", player?.statistics), ("written", file?.statistics)].compactMap { verb, statistics in
            statistics.map { statistics in
                let failure = statistics.failure.map { ": \($0)" } ?? ""
                return "sounds     \(statistics.played) \(verb), \(statistics.dropped) left out\(failure)"
            }
        }
    }
}
