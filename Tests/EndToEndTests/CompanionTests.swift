import Foundation
import Live
import Samples
import TestSupport
import Testing

/// Real processes: sound and movies of waves beside a live run.
@Suite("Sound and clips of a live run", .serialized)
final class CompanionTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private struct Findings: Decodable {
        var events: Int
        /// Sounds: one for all sparks that begin in a frame.
        var sounds: Int
        var heard: Int
        var played: Int
        var waves: Int
        var clips: Int
    }

    @Test("Every event is in the sound file at its onset, sounds reach the device, every wave has its movie")
    func soundAndClips() throws {
        let movie = try LiveEqualsFileTests.recording(in: folder, frameCount: 320, width: 128, ["--events", "waves"])
        // A device that keeps what is played.
        let device = """
            pcm.!default { type file slave.pcm { type null } file "\(folder.path("played.raw"))" format raw }
            """
        try device.write(toFile: folder.path("asound.conf"), atomically: true, encoding: .utf8)
        let run = try LiveRun(in: folder.url)
        let detector = try run.startDetector(
            [
                "--sound", "--sound-file", folder.path("sounds/events.wav"), "--wave-clips", folder.path("clips"),
                "--clicks-per-second", "1000",
            ],
            preparation: "export ALSA_CONFIG_PATH=\(folder.path("asound.conf"))"
        )
        let player = try run.play(movie)
        _ = try run.messages()
        #expect(try player.wait(seconds: 120) == 0)
        let findings = try Python.json(
            Findings.self,
            from: "check_companions.py",
            run.journalPath(),
            movie.path,
            folder.path("sounds/events.wav"),
            folder.path("played.raw"),
            folder.path("clips")
        )
        #expect(findings.events > 10 && findings.heard == findings.events)
        #expect(findings.waves > 0 && findings.clips == findings.waves)
        #expect(findings.played > 0, "\(detector.errors)")
        #expect(
            detector.errors.contains("\(findings.sounds) written, \(findings.events - findings.sounds) left out"),
            "\(detector.errors)"
        )
    }

    @Test("Without a sound card the run goes on; the reason is published and in the summary")
    func noSoundCard() throws {
        let movie = try LiveEqualsFileTests.recording(in: folder, frameCount: 64, width: 64)
        let run = try LiveRun(in: folder.url)
        let detector = try run.startDetector(["--sound"], preparation: "export ALSA_CONFIG_PATH=/dev/null")
        #expect(try run.play(movie).wait(seconds: 240) == 0)
        let messages = try run.messages()
        #expect(detector.process.terminationStatus == 0)
        #expect(messages.contains { $0.topic == "series.end" && $0.frames_received == 64 })
        #expect(try run.journal().contains { $0.code == "sound_failed" })
        #expect(detector.errors.contains("no sound: "))
    }
}
