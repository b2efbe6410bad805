import Foundation
import Imaging
import Live
import Samples
import TestSupport
import Testing

/// Real processes, real sockets: `sparksim play` -> `sparkwatch live` -> a pyzmq subscriber.
@Suite("From microscope to events", .serialized)
final class LiveEqualsFileTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// A synthetic recording with many events.
    static func recording(
        in folder: borrowing TemporaryFolder,
        frameCount: Int = 420,
        width: Int = 512,
        _ options: [String] = []
    ) throws -> URL {
        let synth = try RunningProcess.product(
            "sparksim",
            ["synth", "--output", folder.url.path, "--count", "1", "--frames", "\(frameCount)", "--width", "\(width)"]
                + Scene.options + options,
            in: folder.url
        )
        #expect(try synth.wait(seconds: 120) == 0, "\(synth.errors)")
        return folder.url.appending(path: "01_video.tif")
    }

    /// The events of `sparkwatch analyze --streaming`.
    static func eventsFromFile(
        _ movie: URL,
        in folder: borrowing TemporaryFolder,
        _ options: [String] = []
    ) throws -> [EventContent] {
        let analysis = try RunningProcess.product(
            "sparkwatch",
            ["analyze", movie.path, "--streaming", "--no-masks", "--output", folder.path("file")] + Scene.detection
                + options,
            in: folder.url
        )
        #expect(try analysis.wait(seconds: 240) == 0, "\(analysis.errors)")
        return try EventContent.table(in: folder.url.appending(path: "file"))
    }

    @Test func liveEventsAreThoseOfTheFile() throws {
        let movie = try Self.recording(in: folder)
        let expected = try Self.eventsFromFile(movie, in: folder)
        try #require(!expected.isEmpty, "the scene has events")

        let run = try LiveRun(in: folder.url)
        try run.startDetector(Scene.detection)
        let player = try run.play(movie)
        let messages = try run.messages()
        try player.wait(seconds: 60)

        let events = messages.filter(\.isEvent)
        #expect(events.map(EventContent.init) == expected)
        let end = try #require(messages.last { $0.topic == "series.end" })
        #expect(end.frames_received == 420)
        #expect(end.missing_source == 0 && end.missing_transport == 0 && end.overflow == 0)
        #expect(end.refused == [:])
        for (eventClass, count) in try #require(end.events) {
            #expect(count == events.count { $0.event_type == eventClass }, "\(eventClass)")
        }
        // Frames 0 to 143 with the first window, 32 with each one after it, the rest at the end.
        #expect(end.windows_done == 1 + (420 - 256) / 32 + 1)
        let journalled = try run.journal().filter(\.isEvent)
        #expect(journalled.map(EventContent.init) == expected)
        #expect(try EventContent.table(in: folder.url.appending(path: "live")) == expected)
        let lines = try EventLine.journal(in: folder.url.appending(path: "live"))
        #expect(lines == (try EventLine.journal(in: folder.url.appending(path: "file"))))
        #expect(Set(lines.map(\.state)) == ["provisional", "final", "retracted"])
    }

    @Test func aNumPyArrayAndItsShapeAreEnough() throws {
        let movie = try Self.recording(in: folder)
        // The file knows its frame interval, an array does not.
        let interval = ["--frame-interval-ms", "7"]
        let expected = try Self.eventsFromFile(movie, in: folder, interval)
        let run = try LiveRun(in: folder.url)
        let detector = try run.startDetector(seriesCount: 0, interval)
        let publisher = try RunningProcess.python(
            "Documentation/bridges/publisher.py",
            [movie.path, run.framesEndpoint, "7", "0.2"],
            in: folder.url
        )
        #expect(try publisher.wait(seconds: 120) == 0, "\(publisher.errors)")
        try wait(seconds: 30, for: "the stall after the last frame") { detector.errors.contains("no frames for") }
        detector.send(SIGINT)
        let events = try run.messages().filter(\.isEvent)
        #expect(events.map(EventContent.init) == expected)
    }

    @Test func microManagerDrivesTheDetector() throws {
        let run = try LiveRun(in: folder.url)
        try run.startDetector()
        let bridge = try RunningProcess.python(
            "Documentation/bridges/micromanager.py",
            [
                "--endpoint", run.framesEndpoint, "--frames", "300", "--wait", "60",
                "--property", "Camera", "PixelType", "16bit",
                "--property", "Camera", "OnCameraCCDXSize", "512",
                "--property", "Camera", "OnCameraCCDYSize", "64",
            ],
            in: folder.url
        )
        let messages = try run.messages()
        #expect(try bridge.wait(seconds: 60) == 0, "\(bridge.errors)")
        let end = try #require(messages.last { $0.topic == "series.end" })
        #expect(end.reason == "source_ended")
        #expect((end.frames_received ?? 0) + (end.missing_source ?? 0) == 300)
        #expect(end.missing_transport == 0 && end.overflow == 0 && end.refused == [:])
    }
}

/// The recording that all end-to-end tests play.
enum Scene {
    static let options = ["--seed", "21", "--snr", "5"]
    static let detection = ["--provisional", "all"]
}
