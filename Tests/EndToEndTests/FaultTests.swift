import Foundation
import Live
import Samples
import TestSupport
import Testing

/// The same chain with senders that fail: no crash, no hang, every loss counted.
@Suite("Faults between microscope and detector", .serialized)
final class FaultTests {
    let folder: TemporaryFolder
    let movie: URL

    init() throws {
        folder = try TemporaryFolder()
        movie = try LiveEqualsFileTests.recording(in: folder)
    }

    @Test func aKilledSenderIsFollowedByANewSeries() throws {
        let run = try LiveRun(in: folder.url, seriesCount: 2)
        let detector = try run.startDetector(seriesCount: 2)
        let first = try run.play(movie)
        try wait(seconds: 60, for: "the first series") { detector.errors.contains("series ") }
        Thread.sleep(forTimeInterval: 1)
        first.send(SIGKILL)
        try first.wait(seconds: 10)
        let second = try run.play(movie)
        let messages = try run.messages()
        #expect(try second.wait(seconds: 60) == 0)

        let ends = messages.filter { $0.topic == "series.end" }
        #expect(ends.map(\.reason) == ["new_series", "source_ended"])
        let received = ends.map { $0.frames_received ?? -1 }
        #expect(received.last == 420)
        #expect(received[0] > 0 && received[0] < 420)
        let total = try #require(messages.last { $0.topic == "hb" }?.frames_received)
        #expect(total == received[0] + received[1])
        let identifiers = messages.filter(\.isEvent).compactMap(\.event_id)
        #expect(Set(identifiers).count == identifiers.count)
        for end in ends {
            let events = messages.filter { $0.isEvent && $0.series_id == end.series_id }
            #expect((end.events ?? [:]).values.reduce(0, +) == events.count)
        }
        #expect(messages.filter { $0.topic == "series.start" }.map(\.first_frame) == [0, 0])
    }

    @Test func aSeriesThatDoesNotFitIntoMemoryIsLeftOut() throws {
        let run = try LiveRun(in: folder.url, seriesCount: 3)
        try run.startDetector(seriesCount: 3, ["--largest-frame-pixels", "6000000"])
        let sender = try RunningProcess.python(
            "Tests/Peers/publish_series.py",
            [run.framesEndpoint, "40x64x64", "2x2000x3000", "40x64x64"],
            in: folder.url
        )
        let messages = try run.messages()
        #expect(try sender.wait(seconds: 60) == 0)
        let ends = messages.filter { $0.topic == "series.end" }
        #expect(ends.map(\.reason) == ["source_ended", "failed", "source_ended"])
        #expect(ends.map(\.frames_received) == [40, 2, 40])
        #expect(messages.filter { $0.topic == "status" && $0.code != "input_remark" }.map(\.code) == ["series_refused"])
        #expect(messages.last { $0.topic == "hb" }?.series_refused == 1)
        let summary = try #require(run.detector).errors
        #expect(summary.contains("refused    1 series"))
    }

    @Test func aDetectorThatStartsLateTakesWhatIsLeft() throws {
        let run = try LiveRun(in: folder.url)
        let player = try run.playAtOnce(movie, ["--speed", "0.4"])
        Thread.sleep(forTimeInterval: 1)
        try run.startDetector()
        let messages = try run.messages()
        #expect(try player.wait(seconds: 60) == 0)
        let start = try #require(try run.journal().first { $0.topic == "series.start" })
        let end = try #require(messages.last { $0.topic == "series.end" })
        let firstFrame = try #require(start.first_frame)
        #expect(firstFrame > 0)
        #expect(end.frames_received == 420 - firstFrame)
        #expect(messages.filter(\.isEvent).allSatisfy { ($0.frame_start ?? -1) >= firstFrame })
    }

    @Test func droppedFramesAreCountedAndMarkedOnEvents() throws {
        let run = try LiveRun(in: folder.url)
        try run.startDetector()
        let player = try run.play(movie, ["--drop", "0.03", "--fault-seed", "5"])
        let messages = try run.messages()
        #expect(try player.wait(seconds: 60) == 0)
        let dropped = try PlaybackSummary.of(player).dropped.count
        try #require(dropped > 3)
        let end = try #require(messages.last { $0.topic == "series.end" })
        let missing = (end.missing_source ?? 0) + (end.missing_transport ?? 0)
        #expect(missing == dropped)
        #expect((end.frames_received ?? 0) + missing == 420)
        let heartbeat = try #require(messages.last { $0.topic == "hb" })
        #expect((heartbeat.missing_source ?? 0) + (heartbeat.missing_transport ?? 0) == dropped)
        #expect(heartbeat.status == 1)
        let lostInEvents = messages.filter(\.isEvent).compactMap(\.missing_frames).reduce(0, +)
        #expect(lostInEvents > 0)
        #expect(messages.contains { $0.topic == "gap" })
    }

    @Test func corruptMessagesAreRefusedAndCounted() throws {
        let run = try LiveRun(in: folder.url)
        try run.startDetector()
        let player = try run.play(movie, ["--corrupt", "0.03", "--fault-seed", "7"])
        let messages = try run.messages()
        #expect(try player.wait(seconds: 60) == 0)
        let corrupted = try PlaybackSummary.of(player).corrupted.count
        try #require(corrupted > 3)
        let end = try #require(messages.last { $0.topic == "series.end" })
        #expect((end.refused ?? [:]).values.reduce(0, +) == corrupted)
        let heartbeat = try #require(messages.last { $0.topic == "hb" })
        #expect(heartbeat.refused == end.refused && heartbeat.status == 1)
        #expect((end.frames_received ?? 0) + (end.missing_source ?? 0) + (end.missing_transport ?? 0) == 420)
    }

    @Test func killingTheDetectorLosesNoPublishedEvent() throws {
        let run = try LiveRun(in: folder.url)
        let detector = try run.startDetector(seriesCount: 0)
        let player = try run.play(movie, ["--loop", "20"])
        try wait(seconds: 200, for: "the first published event") { run.subscriber.errors.contains("event") }
        detector.send(SIGKILL)
        try detector.wait(seconds: 10)
        player.send(SIGINT)
        try player.wait(seconds: 20)
        run.subscriber.send(SIGINT)
        try run.subscriber.wait(seconds: 20)
        let received = try JSONDecoder().decode([ReceivedMessage].self, from: Data(run.subscriber.output.utf8))
        let journalled = try run.journal().filter(\.isEvent).map(EventContent.init)
        #expect(received.contains { $0.isEvent })
        #expect(received.filter(\.isEvent).allSatisfy { journalled.contains(EventContent($0)) })
    }
}
