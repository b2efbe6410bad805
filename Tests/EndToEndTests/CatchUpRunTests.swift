import Foundation
import Journal
import Live
import Samples
import Session
import TestSupport
import Testing
import Wire

/// Detector, microscope and a program that wants every event, all of them killed now and then.
@Suite("Catching up with a live run", .serialized)
final class CatchUpRunTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private struct Line: Decodable {
        struct Event: Decodable {
            let event_id: String
            let message_num: Int
        }
        let run: String
        let event: Event
    }

    private func events() throws -> [Line] {
        let text = (try? String(contentsOfFile: folder.path("every.jsonl"), encoding: .utf8)) ?? ""
        return text.split(separator: "\n").compactMap { try? JSONDecoder().decode(Line.self, from: Data($0.utf8)) }
    }

    private func journals() throws -> [String] {
        let live = folder.url.appending(path: "live")
        return try FileManager.default.contentsOfDirectory(atPath: live.path).filter { $0.hasSuffix(".jsonl") }.sorted()
    }

    /// Run and number of every final event in all journals.
    private func journalled() throws -> Set<String> {
        try journals().reduce(into: []) { found, name in
            let reader = try JournalReader(path: folder.path("live/\(name)"))
            for entry in reader.entries {
                guard case .event(let event) = entry.content, event.state == .final else { continue }
                found.insert("\(name.dropLast(6)) \(entry.stamp.messageNumber)")
            }
        }
    }

    @Test("Over kills of the detector and of itself the example has every event once")
    func noEventIsLost() throws {
        let movie = try LiveEqualsFileTests.recording(in: folder, frameCount: 420, width: 128)
        let run = try LiveRun(in: folder.url)
        let catchUp = "tcp://127.0.0.1:\(try freePort())"
        func keeper() throws -> RunningProcess {
            try .python(
                "Documentation/bridges/every_event.py",
                ["--events", run.eventsEndpoint, "--catch-up", catchUp, "--output", folder.path("every.jsonl")],
                in: folder.url
            )
        }
        func start() throws -> (detector: RunningProcess, player: RunningProcess) {
            let detector = try run.startDetector(seriesCount: 0, ["--catch-up", catchUp] + Scene.detection)
            return (detector, try run.play(movie))
        }
        func waitForMore() throws {
            let before = try events().count
            try wait(seconds: 90, for: "events in the file") { try events().count > before + 2 }
        }
        // The keeper dies first, then the detector: events between them are in the journal alone.
        let first = try keeper()
        let one = try start()
        try waitForMore()
        first.send(SIGKILL)
        Thread.sleep(forTimeInterval: 0.5)
        for process in [one.detector, one.player] { process.send(SIGKILL) }
        // This one lives while a detector dies.
        let second = try keeper()
        let two = try start()
        try waitForMore()
        for process in [two.detector, two.player] { process.send(SIGKILL) }
        let three = try start()
        try waitForMore()
        second.send(SIGKILL)
        let third = try keeper()
        #expect(try three.player.wait(seconds: 120) == 0)
        try wait(seconds: 60, for: "the end of the series") { three.detector.errors.contains(" ended (source_ended)") }
        try wait(seconds: 60, for: "every event in the file") { try events().count >= journalled().count }
        third.send(SIGKILL)
        three.detector.send(SIGINT)
        #expect(try three.detector.wait(seconds: 60) == 0)
        run.subscriber.send(SIGINT)
        let found = try events().map { "\($0.run) \($0.event.message_num)" }
        #expect(try journals().count == 3)
        #expect(Set(found).count == found.count)
        #expect(try Set(found).symmetricDifference(journalled()) == [])
        #expect(found.count > 20)
    }

    @Test("A journal whose writer was killed gives table, summary and report")
    func journalAfterACrash() throws {
        let movie = try LiveEqualsFileTests.recording(in: folder, frameCount: 420, width: 128)
        let run = try LiveRun(in: folder.url)
        let detector = try run.startDetector(seriesCount: 0, Scene.detection)
        let player = try run.play(movie)
        try wait(seconds: 60, for: "an event") { run.subscriber.errors.contains("event") }
        Thread.sleep(forTimeInterval: 0.5)
        detector.send(SIGKILL)
        player.send(SIGKILL)
        run.subscriber.send(SIGINT)
        let path = try run.journalPath()
        let file = try FileHandle(forWritingTo: URL(filePath: path))
        try file.seekToEnd()
        try file.write(contentsOf: Data(#"{"message_num":99,"topic":"event.spa"#.utf8))
        try file.close()
        let arguments = ["journal", path, "--table", "events.csv", "--report", "report.html"]
        let command = try RunningProcess.product("sparkwatch", arguments, in: folder.url)
        #expect(try command.wait(seconds: 60) == 0, "\(command.errors)")
        #expect(
            command.output.contains("the run was cut off in it") && command.output.contains("1 lines cannot be read")
        )
        let events = try JournalReader(path: path).events
        #expect(try EventContent.table(in: folder.url).count == events.count && !events.isEmpty)
        let page = try String(contentsOfFile: folder.path("report.html"), encoding: .utf8)
        #expect(page.components(separatedBy: "<rect ").count == events.count + 1 && !page.contains("<script"))
        let again = try RunningProcess.product("sparkwatch", arguments, in: folder.url)
        #expect(try again.wait(seconds: 60) == 64 && again.errors.contains("events.csv is there already"))
    }

    @Test("A journal that is deleted is followed by another one, said and counted; messages that follow are in it")
    func deletedJournal() throws {
        let movie = try LiveEqualsFileTests.recording(in: folder, frameCount: 420, width: 128)
        let run = try LiveRun(in: folder.url)
        try run.startDetector(Scene.detection)
        try FileManager.default.removeItem(at: folder.url.appending(path: "live"))
        let player = try run.play(movie)
        let messages = try run.messages()
        #expect(try player.wait(seconds: 60) == 0)
        let kept = messages.filter { $0.topic != "hb" }
        #expect(try run.journal().map(\.message_num) == kept.map(\.message_num))
        #expect(messages.last { $0.topic == "hb" }?.journals_replaced == 1)
        #expect(messages.filter { $0.code == "journal_replaced" }.count == 1)
        #expect(
            try EventContent.table(in: folder.url.appending(path: "live"))
                == kept.filter(\.isEvent).map(EventContent.init)
        )
    }
}
