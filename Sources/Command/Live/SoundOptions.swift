import ArgumentParser
import Foundation
import Live
import Sound

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

    @Option(parsing: .unconditional, help: "Most sparks that are heard in a second.")
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
    func part() throws -> SoundPart? {
        guard sound || soundFile != nil else { return nil }
        let synthesis = SoundSynthesis(samples: try soundSamples.map(SoundSample.all(inFolder:)) ?? [:])
        return SoundPart(
            player: sound
                ? SoundPlayer(device: soundDevice, synthesis: synthesis, clicksPerSecond: clicksPerSecond) : nil,
            file: try soundFile.map {
                try SoundFileOutput(path: $0, synthesis: synthesis, clicksPerSecond: clicksPerSecond)
            }
        )
    }
}
