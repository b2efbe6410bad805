import Foundation
import Imaging
import Sound
import TestSupport
import Testing

/// What scipy and numpy hear in a WAV file.
private struct Hearing: Decodable {
    struct Sound: Decodable {
        var onset: Double?
        var hertz: Double
        var position: Double
        var peak: Double
    }

    var rate: Int
    var seconds: Double
    var sounds: [Sound]

    /// - Parameters:
    ///   - path: The file.
    ///   - windows: Where to listen: from, for how long, in s.
    /// - Throws: `PythonError` if the file cannot be read.
    init(_ path: String, _ windows: [(seconds: Double, length: Double)]) throws {
        let script = PackagePaths.peers.appending(path: "measure_sounds.py").path
        let code = "import runpy, sys; sys.argv = sys.argv[1:]; runpy.run_path(sys.argv[0])"
        let arguments = [script, path] + windows.map { "\($0.seconds),\($0.length)" }
        self = try JSONDecoder().decode(Hearing.self, from: Python.run(script: code, arguments: arguments))
    }
}

@Suite("Sounds in a WAV file, heard by scipy")
final class SoundFileTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func spark(_ seconds: Double, _ amplitude: Double? = 0.4, at position: Double = 0.5) -> SoundEvent {
        SoundEvent(eventClass: .spark, amplitude: amplitude, position: position, onsetSeconds: seconds)
    }

    private func output(
        _ name: String = "events.wav",
        _ synthesis: SoundSynthesis = SoundSynthesis(),
        clicksPerSecond: Double = 30
    ) throws -> SoundFileOutput {
        try SoundFileOutput(path: folder.path(name), synthesis: synthesis, clicksPerSecond: clicksPerSecond)
    }

    private func write(_ events: [SoundEvent], seconds: Double, to output: SoundFileOutput) {
        output.take(.seriesStart)
        for event in events { output.take(.event(event)) }
        output.take(.seriesEnd(seconds: seconds))
        output.finish()
    }

    @Test("Sparks click at their onset, higher if larger, from where they are; the file is as long as the series")
    func sparks() throws {
        let events = [
            spark(2.5, 0.1, at: 0), spark(0.25, 0.4, at: 1), spark(1.125, 1.6, at: 0.5), spark(3, nil, at: 0.25),
            spark(3.5, -0.2, at: 0.9), spark(4, 90, at: 0.1),
        ]
        write(events, seconds: 6.8, to: try output())
        let hearing = try Hearing(folder.path("events.wav"), events.map { ($0.onsetSeconds, 0.04) })
        #expect(hearing.rate == 44_100 && abs(hearing.seconds - 6.8) < 1e-4)
        let hertz = [750.0, 1500, 3000, 1500, 750, 3000]
        for (index, sound) in hearing.sounds.enumerated() {
            #expect(abs(try #require(sound.onset) - events[index].onsetSeconds) < 0.001)
            #expect(abs(sound.hertz - hertz[index]) < 0.05 * hertz[index], "event \(index): \(sound.hertz) Hz")
            #expect(abs(sound.position - events[index].position) < 0.01)
        }
    }

    @Test("Puffs and waves sound unlike sparks and unlike each other: low and long, rising and longer")
    func puffsAndWaves() throws {
        let puff = SoundEvent(eventClass: .puff, amplitude: 0.4, position: 0.2, onsetSeconds: 0.5)
        let wave = SoundEvent(eventClass: .wave, amplitude: 0.4, position: 0.8, onsetSeconds: 1.5)
        write([wave, puff], seconds: 2, to: try output())
        let windows = [(0.5, 0.25), (1.55, 0.1), (2.0, 0.1), (0.81, 0.2), (2.21, 0.1)]
        let sounds = try Hearing(folder.path("events.wav"), windows).sounds
        #expect(abs(sounds[0].hertz - 330) < 10 && abs(sounds[0].position - 0.2) < 0.01)
        #expect(abs(try #require(sounds[0].onset) - 0.5) < 0.02, "it swells")
        #expect(sounds[2].hertz > 1.5 * sounds[1].hertz && sounds[1].hertz > 300 && sounds[2].hertz < 900)
        #expect(abs(sounds[1].position - 0.8) < 0.01)
        #expect(sounds[3].peak < 0.001, "the puff is over")
        #expect(try Hearing(folder.path("events.wav"), []).seconds >= 2.19, "the wave outlasts the series")
    }

    @Test("Sounds that overlap are added; the same events give the same file, byte for byte, in any order")
    func overlap() throws {
        let events = [spark(0.5, 0.4, at: 0), spark(0.51, 0.4, at: 0), spark(0.52, 1.6, at: 1)]
        write(events, seconds: 1, to: try output("a.wav", clicksPerSecond: 1000))
        write(Array(events.reversed()), seconds: 1, to: try output("b.wav", clicksPerSecond: 1000))
        let (first, second) = (try Data(contentsOf: URL(filePath: folder.path("a.wav"))), folder.path("b.wav"))
        #expect(first == (try Data(contentsOf: URL(filePath: second))))
        let (rendered, part) = (SoundSynthesis().render(events[0]), try Hearing(second, [(0.5, 0.2)]).sounds[0])
        #expect(part.peak > Double(try #require(rendered.max())))
    }

    @Test("At most so many clicks a second, the others counted; puffs and waves always come through")
    func limit() throws {
        let output = try output(clicksPerSecond: 10)
        let sparks = (0..<100).map { spark(Double($0) / 100 + 0.001) }
        let others = (0..<20).map {
            SoundEvent(eventClass: $0 % 2 == 0 ? .puff : .wave, amplitude: nil, position: 0, onsetSeconds: 0.3)
        }
        write(sparks + others, seconds: 1, to: output)
        #expect(output.statistics.played == 30 && output.statistics.dropped == 90)
        #expect(output.statistics.failure == nil)
    }

    @Test("Every series has a file; none is written over")
    func severalSeries() throws {
        let output = try output()
        for seconds in [1.0, 2.0] {
            output.take(.seriesStart)
            output.take(.event(spark(0.5)))
            output.take(.seriesEnd(seconds: seconds))
        }
        output.finish()
        #expect(abs(try Hearing(folder.path("events.wav"), []).seconds - 1) < 1e-4)
        #expect(abs(try Hearing(folder.path("events-2.wav"), []).seconds - 2) < 1e-4)
        #expect(throws: SoundError.self) { try self.output() }
    }

    @Test("A file whose writer has not finished can be heard up to the last event")
    func unfinishedFile() throws {
        let output = try output()
        output.take(.seriesStart)
        output.take(.event(spark(0.5)))
        for _ in 0..<30_000 where output.statistics.played == 0 { Thread.sleep(forTimeInterval: 0.001) }
        let sound = try Hearing(folder.path("events.wav"), [(0.5, 0.04)]).sounds[0]
        #expect(abs(try #require(sound.onset) - 0.5) < 0.001)
        output.finish()
    }

    @Test("A user's sounds of other formats and rates keep their pitch, and rise with the amplitude")
    func userSamples() throws {
        _ = try Python.run(
            script: """
                import sys, numpy as np, soundfile
                for name, rate, hertz in (("spark.flac", 96000, 1000), ("wave.ogg", 22050, 500), ("puff.aiff", 44100, 250)):
                    time = np.arange(int(0.2 * rate)) / rate
                    soundfile.write(f"{sys.argv[1]}/{name}", np.stack([np.sin(2 * np.pi * hertz * time)] * 2, 1), rate)
                """,
            arguments: [folder.url.path]
        )
        let samples = try SoundSample.all(inFolder: folder.url.path)
        #expect(Set(samples.keys) == Set(EventClass.allCases))
        var events = [spark(0.5, 0.4), spark(1, 1.6)]
        events += [EventClass.wave, .puff].enumerated().map { index, eventClass in
            SoundEvent(eventClass: eventClass, amplitude: nil, position: 0.5, onsetSeconds: 1.5 + Double(index))
        }
        write(events, seconds: 3, to: try output("own.wav", SoundSynthesis(samples: samples)))
        let sounds = try Hearing(folder.path("own.wav"), events.map { ($0.onsetSeconds, 0.2) }).sounds
        for (sound, hertz) in zip(sounds, [1000.0, 2000, 500, 250]) { #expect(abs(sound.hertz - hertz) < 5) }
    }

    @Test("What cannot be a sound is refused by name", arguments: ["long", "text", "nothing"])
    func unusableSamples(kind: String) throws {
        switch kind {
        case "long":
            let script = "import sys, numpy, soundfile; soundfile.write(sys.argv[1], numpy.zeros(8000 * 11), 8000)"
            try Python.run(script: script, arguments: [folder.path("spark.wav")])
        case "text":
            try "no sound".write(toFile: folder.path("wave.wav"), atomically: true, encoding: .utf8)
        default: break
        }
        #expect(throws: SoundError.self) { try SoundSample.all(inFolder: self.folder.url.path) }
    }
}

@Suite("Playing sounds")
struct SoundPlayerTests {
    @Test("Without a library or a device there is a message, and sounds are counted as left out")
    func noDevice() throws {
        let player = SoundPlayer(device: "no-such-device", synthesis: SoundSynthesis(), clicksPerSecond: 30)
        for _ in 0..<5 {
            player.play(SoundEvent(eventClass: .puff, amplitude: 0.4, position: 0.5, onsetSeconds: 0))
        }
        player.finish()
        let statistics = player.statistics
        #expect(try #require(statistics.failure).hasPrefix("no sound: "))
        #expect(statistics.played == 0 && statistics.dropped == 5)
    }

    @Test("Sounds are added at their sample, late ones at once, the rest of the block is silent")
    func mixing() {
        var mixer = SoundMixer()
        var wasAdded = [mixer.add([0.25, 0.5, 0.25, 0.5], at: 3)]
        let first = mixer.next(sampleCount: 4)
        #expect(first == [0, 0, 0, 0, 0, 0, 0.25, 0.5])
        wasAdded.append(mixer.add([0.875, -0.875], at: 1))
        let second = mixer.next(sampleCount: 3)
        #expect(second == [1, -0.375, 0, 0, 0, 0])
        #expect(wasAdded == [true, true])
        #expect(mixer.isSilent && mixer.position == 7)
        let accepted = (0..<40).map { _ in mixer.add([1, 1], at: 7) }
        #expect(accepted.count { $0 } == SoundMixer.mostVoices)
    }
}
