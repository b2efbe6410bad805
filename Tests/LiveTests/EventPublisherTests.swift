import Foundation
import Imaging
import Journal
import Live
import Samples
import Session
import Synchronization
import TestSupport
import Testing
import Wire
import ZeroMQ

@Suite struct EventPublisherTests {
    /// Prints every message as a line of JSON, [topic, text], until the series ends.
    static let subscriber = """
        import json, sys, zmq
        socket = zmq.Context().socket(zmq.SUB)
        socket.rcvtimeo = 20000
        socket.subscribe(b"")
        socket.connect(sys.argv[1])
        topic = b""
        while topic != b"series.end":
            topic, text = socket.recv_multipart()
            json.loads(text)
            print(json.dumps([topic.decode(), text.decode()]))
        """

    func publisher(_ journalPath: String?, capacity: Int = 4096, context: ZeroMQContext) throws -> EventPublisher {
        var configuration = EventPublisher.Configuration(endpoint: "tcp://127.0.0.1:*")
        configuration.queueCapacity = capacity
        configuration.heartbeatIntervalMilliseconds = 50
        let openLog = journalPath.map { path in
            { @Sendable () throws -> any MessageLog in try JournalLog(path: path) }
        }
        return try EventPublisher(configuration: configuration, context: context, openLog: openLog) {
            EventSamples.heartbeat
        }
    }

    /// Waits for something that another thread brings about.
    func eventually(_ condition: () -> Bool) -> Bool {
        for _ in 0..<2000 {
            if condition() { return true }
            Thread.sleep(forTimeInterval: 0.005)
        }
        return false
    }

    /// A socket that has heard a heartbeat and hears everything after it.
    func subscriber(of publisher: EventPublisher, context: ZeroMQContext) throws -> ZeroMQSocket {
        var options = ZeroMQSocketOptions()
        options.receiveTimeoutMilliseconds = 20_000
        let socket = try ZeroMQSocket(.subscribe, in: context, options: options)
        try socket.subscribe(toPrefix: "")
        try socket.connect(to: publisher.endpoint)
        var message = ZeroMQMessage()
        #expect(try socket.receive(into: &message))
        return socket
    }

    @Test
    func pythonReceivesWhatIsInTheJournalMessageByMessage() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("events.jsonl")
        let context = try ZeroMQContext()
        let publisher = try publisher(path, context: context)
        let (process, output) = try Python.start(script: Self.subscriber, arguments: [publisher.endpoint])
        // The subscriber is there as soon as it has heard a heartbeat.
        var received = try #require(try output.read(upToCount: 1))
        let messages = EventSamples.everyKind.filter { $0.topic != .heartbeat && $0.topic != .seriesEnd }
        for message in messages { #expect(publisher.publish([message])) }
        let batch = (100..<200).map { EventSamples.message(number: $0, eventClass: .puff) }
        #expect(publisher.publish(batch))
        #expect(publisher.publish(EventSamples.everyKind.filter { $0.topic == .seriesEnd }))
        publisher.finish()
        received += try output.readToEnd() ?? Data()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)

        let lines = try received.split(separator: UInt8(ascii: "\n")).map {
            try JSONDecoder().decode([String].self, from: Data($0))
        }
        let entries = try lines.map { try JournalEntry(json: Data($0[1].utf8)) }
        #expect(zip(lines, entries).allSatisfy { $0[0] == $1.stamp.topic.rawValue })
        let first = try #require(entries.first?.stamp.messageNumber)
        #expect(entries.map(\.stamp.messageNumber) == Array(first..<first + entries.count))
        let topics = entries.map(\.stamp.topic).filter { $0 != .heartbeat }
        #expect(topics == messages.map(\.topic) + batch.map(\.topic) + [.seriesEnd])
        for topic in Topic.allCases where topic != .heartbeat {
            let numbers = entries.map(\.stamp).filter { $0.topic == topic }.map(\.topicNumber)
            #expect(numbers == Array(1...numbers.count), "\(topic)")
        }

        let journal = try String(contentsOfFile: path, encoding: .utf8)
        let sent = lines.filter { $0[0] != "hb" }.map { $0[1] + "\n" }.joined()
        #expect(journal == sent)
        let statistics = publisher.statistics
        #expect(statistics.messagesLost == 0 && statistics.messagesNotJournaled == 0)
        #expect(statistics.lastTopicNumbers["event.puff.final"] == 101)
    }

    @Test func aFullQueueRefusesBatchesAndSaysSo() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("slow")
        // A pipe that nobody reads is a disk that hangs: 64 KiB fit.
        #expect(mkfifo(path, 0o600) == 0)
        let context = try ZeroMQContext()
        let publisher = try publisher(path, capacity: 50, context: context)
        var accepted = 0
        var refused = 0
        for number in 0..<400 {
            if publisher.publish([EventSamples.message(number: number)]) { accepted += 1 } else { refused += 1 }
            if refused == 0 { Thread.sleep(forTimeInterval: 0.001) }
        }
        #expect(refused > 0)
        #expect(publisher.statistics.messagesLost == refused)

        let reading = Mutex(Data())
        let descriptor = open(path, O_RDONLY | O_NONBLOCK)
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        let isDone = Mutex(false)
        let reader = Thread {
            var chunk = [UInt8](repeating: 0, count: 65536)
            while true {
                let count = read(handle.fileDescriptor, &chunk, chunk.count)
                if count > 0 { reading.withLock { $0 += chunk[..<count] } }
                if count <= 0, isDone.withLock({ $0 }) { return }
                if count <= 0 { Thread.sleep(forTimeInterval: 0.002) }
            }
        }
        reader.start()
        publisher.finish()
        isDone.withLock { $0 = true }
        #expect(eventually { reader.isFinished })
        let journal = JournalReader(reading.withLock { $0 })
        #expect(journal.events.count == accepted)
        let losses = journal.entries.compactMap { entry in
            if case .status(let status) = entry.content { status.code } else { nil }
        }
        #expect(losses.contains(.messagesLost))
        #expect(!publisher.publish([EventSamples.message()]), "a finished publisher takes nothing")
    }

    @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/full")))
    func aFullDiskIsAnnouncedOnceAndPublishingGoesOn() throws {
        let context = try ZeroMQContext()
        let publisher = try publisher("/dev/full", context: context)
        let socket = try subscriber(of: publisher, context: context)
        var message = ZeroMQMessage()
        for number in 0..<10 {
            publisher.publish([EventSamples.message(number: number)])
            #expect(eventually { publisher.statistics.messagesNotJournaled > number })
        }
        publisher.finish()
        var entries: [JournalEntry] = []
        while entries.filter({ $0.stamp.topic == .sparkFinal }).count < 10 || entries.last?.stamp.topic != .heartbeat {
            guard try socket.receive(into: &message) else { break }
            entries.append(try JournalEntry(json: Data(message.copy(ofPart: 1))))
        }
        #expect(entries.filter { $0.stamp.topic == .sparkFinal }.count == 10)
        let notices = entries.compactMap { entry in
            if case .status(let status) = entry.content { status } else { nil }
        }
        #expect(notices.map(\.code) == [.journalFailed])
        #expect(notices.first?.message.contains("/dev/full") == true)
        guard case .heartbeat(let heartbeat) = entries.last?.content else {
            Issue.record("the last message is a heartbeat")
            return
        }
        // Ten events and the notice itself.
        #expect(heartbeat.messagesNotJournaled == 11)
        #expect(heartbeat.status == .notice)
        #expect(publisher.statistics.messagesNotJournaled == 11)
    }

    @Test func aMessageThatCannotBeWrittenIsReplacedByANotice() throws {
        let folder = try TemporaryFolder()
        let context = try ZeroMQContext()
        let publisher = try publisher(folder.path("events.jsonl"), context: context)
        var invalid = EventSamples.message(number: 1)
        invalid.confidence = .nan
        publisher.publish([EventSamples.message(number: 0), invalid, EventSamples.message(number: 2)])
        publisher.finish()
        let journal = try JournalReader(path: folder.path("events.jsonl"))
        #expect(journal.entries.map(\.stamp.topic) == [.sparkFinal, .status, .sparkFinal])
        #expect(journal.events.map(\.eventID) == ["b3b884f1d851-000000", "b3b884f1d851-000002"])
        #expect(publisher.statistics.messagesInvalid == 1)
    }

    @Test func whatASubscriberHasSeenIsInTheJournal() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("events.jsonl")
        let context = try ZeroMQContext()
        let publisher = try publisher(path, context: context)
        let socket = try subscriber(of: publisher, context: context)
        var message = ZeroMQMessage()
        var missingCount = 0
        for number in 0..<50 {
            publisher.publish([EventSamples.message(number: number)])
            repeat {
                #expect(try socket.receive(into: &message))
            } while message.text(ofPart: 0) == Topic.heartbeat.rawValue
            let journal = try String(contentsOfFile: path, encoding: .utf8)
            missingCount += journal.hasSuffix(message.text(ofPart: 1) + "\n") ? 0 : 1
        }
        publisher.finish()
        #expect(missingCount == 0)
    }

    @Test func theEndOfASeriesTellsTheLatencyOfItsEvents() throws {
        let folder = try TemporaryFolder()
        let context = try ZeroMQContext()
        let publisher = try publisher(folder.path("events.jsonl"), context: context)
        var timing = EventSamples.timing
        timing.newestFrameArrivedNanoseconds = Int64(Date().timeIntervalSince1970 * 1e9) - 500_000_000
        let formatter = EventFormatter(context: EventSamples.context)
        let events = (0..<20).map { formatter.message(of: EventSamples.event(number: $0), timing: timing) }
        publisher.publish(events + EventSamples.everyKind.filter { $0.topic == .seriesEnd })
        publisher.finish()
        let journal = try JournalReader(path: folder.path("events.jsonl"))
        let total = try #require(journal.events.first?.latency.total)
        #expect(total >= 843.2 + 500)
        guard case .seriesEnd(let end) = journal.entries.last?.content else {
            Issue.record("the last entry is the end of the series")
            return
        }
        let median = try #require(end.counters.latencyP50Milliseconds)
        #expect(abs(median / total - 1) < 0.011)
    }

    @Test func startingSaysWhatIsInTheWay() throws {
        let context = try ZeroMQContext()
        let first = try publisher(nil, context: context)
        #expect(throws: StreamError.addressInUse(endpoint: first.endpoint)) {
            _ = try EventPublisher(configuration: .init(endpoint: first.endpoint), context: context) {
                EventSamples.heartbeat
            }
        }
        #expect(throws: JournalError.self) { _ = try publisher("/nonexistent/events.jsonl", context: context) }
        first.finish()
        first.finish()
    }

    @Test func aRepairedJournalIsAnnounced() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("events.jsonl")
        try Data(#"{"torn":"#.utf8).write(to: URL(fileURLWithPath: path))
        let context = try ZeroMQContext()
        try publisher(path, context: context).finish()
        let journal = try JournalReader(path: path)
        #expect(journal.unreadableLines == [1])
        guard case .status(let status) = journal.entries.first?.content else {
            Issue.record("the first entry is the notice")
            return
        }
        #expect(status.code == .journalRepaired)
    }
}
