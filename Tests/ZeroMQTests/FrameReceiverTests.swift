import Foundation
import Imaging
import Samples
import Session
import Synchronization
import TestSupport
import Testing
import Wire
import ZeroMQ

@Suite("Frame receiver")
struct FrameReceiverTests {
    private static func configuration(_ endpoint: FrameReceiver.Endpoint) -> FrameReceiver.Configuration {
        var configuration = FrameReceiver.Configuration(endpoints: [endpoint])
        configuration.limits.pixelCount = 1000
        configuration.ringCapacity = 64
        configuration.ringPixelCapacity = 64 * 1000
        return configuration
    }

    private struct PeerReport: Decodable {
        let frames: [[Float]]
        let refused: [String: Int]
    }

    @Test("A pyzmq sender of many dialects, with damaged messages between: numpy's counts, every refusal counted")
    func pyzmqDialects() throws {
        let receiver = try FrameReceiver(Self.configuration(.bind("tcp://127.0.0.1:0")), context: ZeroMQContext())
        let report = try Python.json(
            PeerReport.self,
            from: "publish_frames.py",
            receiver.endpoints[0]
        )

        var frames: [[Float]] = []
        var others: [String] = []
        let deadline = ContinuousClock.now + .seconds(30)
        while others.count < 2, ContinuousClock.now < deadline {
            receiver.ring.withNext(waitingUpTo: .milliseconds(50)) { item, pixels in
                if case .frame(let stamp) = item {
                    #expect(stamp.index == frames.count)
                    #expect(!stamp.isFilled)
                    frames.append(pixels.withUnsafeBufferPointer(Array.init))
                } else {
                    others.append(FrameListener.describe(item, pixels))
                }
            }
        }
        #expect(others == ["start -", "end - announced"])
        try #require(frames.count == report.frames.count)
        for (index, expected) in report.frames.enumerated() { #expect(frames[index] == expected, "frame \(index)") }

        receiver.stop()
        let snapshot = receiver.received
        let refused = Dictionary(uniqueKeysWithValues: snapshot.refusedMessages.map { ($0.rawValue, $1) })
        #expect(refused == report.refused)
        #expect(snapshot.sequence.acceptedFrames == report.frames.count)
        #expect(snapshot.sequence.missingAtSource == 0)
        #expect(snapshot.sequence.droppedFrames == [:])
    }

    @Test("Missing frames are held or break the segment; losses are told apart; duplicates left out")
    func losses() throws {
        let context = try ZeroMQContext()
        let sender = try FrameSender(in: context)
        let receiver = try FrameReceiver(Self.configuration(.connect(sender.endpoint)), context: context)
        try #require(try sender.waitForSubscriber())
        let series = SeriesDetails(seriesID: "s", announcedFrameCount: 12, calibration: .published)
        try sender.send([SeriesStartHeader(series: series, messageNumber: 0).json()])
        // 2 and 3 are lost on the way, 5 at the source, 7 to 9 at the source; 10 comes twice.
        for (index, number) in [(0, 1), (1, 2), (4, 5), (6, 6), (10, 7), (10, 8), (11, 9)] {
            try sender.send(frame: index, number: number, series: series)
        }
        let items = FrameListener.items(of: receiver) { $0.last?.hasPrefix("end") == true }
        let expected = ["start s", "0:0", "1:1", "2:1 filled", "3:1 filled", "4:4", "5:4 filled", "6:6"]
        #expect(items == expected + ["gap 3", "10:10", "11:11", "end s complete"])
        receiver.stop()
        let sequence = receiver.received.sequence
        #expect(sequence.missingInTransport == 2)
        #expect(sequence.missingAtSource == 4)
        #expect(sequence.filledFrames == 3)
        #expect(sequence.brokenSegments == 1)
        #expect(sequence.droppedFrames == [.duplicate: 1])
    }

    @Test("What the sender says about the series reaches the detector, from the start message or from frames")
    func description() throws {
        let context = try ZeroMQContext()
        let sender = try FrameSender(in: context)
        let receiver = try FrameReceiver(Self.configuration(.connect(sender.endpoint)), context: context)
        try #require(try sender.waitForSubscriber())
        let announced = SeriesDetails(seriesID: "s", source: "rig", channel: "fluo-4", calibration: .published)
        try sender.send([SeriesStartHeader(series: announced).json()])
        try sender.send(frame: 3, series: SeriesDetails(seriesID: "s", source: "confocal"), bitDepth: 12)
        var description: SeriesDescription?
        var stamp: FrameStamp?
        let deadline = ContinuousClock.now + .seconds(30)
        while stamp == nil, ContinuousClock.now < deadline {
            receiver.ring.withNext(waitingUpTo: .milliseconds(50)) { item, _ in
                if case .seriesStart(let found) = item { description = found }
                if case .frame(let found) = item { stamp = found }
            }
        }
        var expected = SeriesDescription(
            seriesID: "s",
            source: "confocal",
            size: FrameSender.size,
            frameIntervalMilliseconds: 6.8,
            pixelHeightMicrometres: 0.2,
            pixelWidthMicrometres: 0.2,
            bitDepth: 12,
            bitsPerPixel: 16,
            channel: "fluo-4"
        )
        expected.scalingFactor = 16
        #expect(description == expected)
        #expect(stamp?.index == 3)
        #expect(stamp?.acquisitionNanoseconds == 3_000_000)
        #expect(try #require(stamp?.receiveNanoseconds) > 1_700_000_000_000_000_000)
        receiver.stop()
    }

    @Test("Every series knows what was lost before its first and behind its last frame, and what was refused")
    func lossesAtTheEndsOfSeries() throws {
        let context = try ZeroMQContext()
        let sender = try FrameSender(in: context)
        let receiver = try FrameReceiver(Self.configuration(.connect(sender.endpoint)), context: context)
        try #require(try sender.waitForSubscriber())
        // Of series a, messages 1 and 2 are lost before its first frame and 6 behind its last, and two are refused.
        let (first, second) = (SeriesDetails(seriesID: "a"), SeriesDetails(seriesID: "b"))
        try sender.send([SeriesStartHeader(series: first, messageNumber: 0).json()])
        for index in 2..<5 { try sender.send(frame: index, number: index + 1, series: first) }
        for _ in 0..<2 { try sender.send([Array("{".utf8), [0]]) }
        try sender.send([SeriesEndHeader(seriesID: "a", messageNumber: 7, sentFrameCount: 6).json()])
        for index in 0..<2 { try sender.send(frame: index, number: 8 + index, series: second) }
        try sender.send(frame: 1, number: 10, series: second)
        try sender.send([SeriesEndHeader(seriesID: "b", messageNumber: 11).json()])
        var starts: [SeriesDescription] = []
        var ends: [SeriesEnd] = []
        let deadline = ContinuousClock.now + .seconds(30)
        while ends.count < 2, ContinuousClock.now < deadline {
            receiver.ring.withNext(waitingUpTo: .milliseconds(50)) { item, _ in
                if case .seriesStart(let start) = item { starts.append(start) }
                if case .seriesEnd(let end) = item { ends.append(end) }
            }
        }
        receiver.stop()
        #expect(starts.map(\.missing) == [FrameGap(missingInTransport: 2), FrameGap()])
        #expect(ends.map(\.missing) == [FrameGap(missingInTransport: 1), FrameGap()])
        #expect(ends.map(\.refusedMessages) == [["bad_json": 2], ["duplicate": 1]])
    }

    @Test("A sender that is closed and comes back on the same port is received again; silence is no end")
    func senderRestart() throws {
        let context = try ZeroMQContext()
        var configuration = Self.configuration(.connect("tcp://127.0.0.1:0"))
        let endpoint: String
        let receiver: FrameReceiver
        do {
            let sender = try FrameSender(in: context)
            endpoint = sender.endpoint
            configuration.endpoints = [.connect(endpoint)]
            configuration.silenceTimeout = .milliseconds(200)
            receiver = try FrameReceiver(configuration, context: context)
            #expect(receiver.received.state == .idle)
            try #require(try sender.waitForSubscriber())
            for index in 0..<20 { try sender.send(frame: index, series: SeriesDetails(seriesID: "first")) }
            let items = FrameListener.items(of: receiver) { $0.count == 21 }
            #expect(items.last == "19:19")
        }
        #expect(FrameListener.wait(for: receiver) { $0.state == .stalled && $0.openConnections == 0 })

        let again = try FrameSender(in: context, endpoint: endpoint)
        try #require(try again.waitForSubscriber())
        for index in 0..<3 { try again.send(frame: index, series: SeriesDetails(seriesID: "second")) }
        let items = FrameListener.items(of: receiver) { $0.count == 5 }
        #expect(items == ["end first replaced", "start second", "0:0", "1:1", "2:2"])
        #expect(receiver.received.sequence.startedSeries == 2)
        #expect(receiver.received.sequence.missingAtSource == 0)
        #expect(receiver.received.openConnections == 1)
        #expect(receiver.received.lostConnections == 1)
        receiver.stop()
        #expect(receiver.received.state == .stopped)
        #expect(FrameListener.items(of: receiver) { _ in false } == ["end second stopped"])
        #expect(receiver.ring.isFinished)
    }

    @Test("A receiver that starts late begins with the frame it gets first, without a loss")
    func lateStart() throws {
        let context = try ZeroMQContext()
        let sender = try FrameSender(in: context)
        for index in 0..<50 { try sender.send(frame: index, number: index) }
        let receiver = try FrameReceiver(Self.configuration(.connect(sender.endpoint)), context: context)
        try #require(try sender.waitForSubscriber())
        for index in 50..<53 { try sender.send(frame: index, number: index) }
        let items = FrameListener.items(of: receiver) { $0.count == 4 }
        #expect(items == ["start -", "50:50", "51:51", "52:52"])
        #expect(receiver.received.sequence.missingInTransport == 0)
        #expect(receiver.received.sequence.missingAtSource == 0)
        receiver.stop()
    }

    @Test("Frames that find the ring full are counted, and a gap stands in their place")
    func overflow() throws {
        let context = try ZeroMQContext()
        let sender = try FrameSender(in: context)
        var configuration = Self.configuration(.connect(sender.endpoint))
        configuration.ringCapacity = 4
        let receiver = try FrameReceiver(configuration, context: context)
        try #require(try sender.waitForSubscriber())
        for index in 0..<10 {
            try sender.send(frame: index)
            // Not faster than the receiver: its own queue is as short as the ring.
            try #require(FrameListener.wait(for: receiver) { $0.sequence.acceptedFrames > index })
        }
        #expect(receiver.received.overflowFrames == 6)
        #expect(receiver.received.waitingFrames == 4)
        let items = FrameListener.items(of: receiver) { $0.count == 6 }
        #expect(items == ["start -", "0:0", "1:1", "2:2", "3:3", "gap 6"])
        receiver.stop()
    }

    @Test("An enormous message costs its connection and nothing else: the sender reconnects and is received")
    func enormousMessage() throws {
        let context = try ZeroMQContext()
        let sender = try FrameSender(in: context)
        let receiver = try FrameReceiver(Self.configuration(.connect(sender.endpoint)), context: context)
        try #require(try sender.waitForSubscriber())
        try sender.send(frame: 0)
        #expect(FrameListener.items(of: receiver) { $0.count == 2 } == ["start -", "0:0"])
        try sender.send([Array("{}".utf8), Array(repeating: 0, count: 1 << 20)])
        try #require(FrameListener.wait(for: receiver) { $0.lostConnections == 1 && $0.openConnections == 1 })
        // The subscription takes a moment to come back; repetitions of the frame are left out as duplicates.
        var items: [String] = []
        for _ in 0..<200 where items.isEmpty {
            try sender.send(frame: 1)
            if let item = receiver.ring.withNext(waitingUpTo: .milliseconds(50), FrameListener.describe) {
                items.append(item)
            }
        }
        #expect(items == ["1:1"])
        receiver.stop()
    }

    @Test("Only the wanted topics arrive")
    func topics() throws {
        let context = try ZeroMQContext()
        let sender = try FrameSender(in: context)
        var configuration = Self.configuration(.connect(sender.endpoint))
        configuration.topics = ["camera.2"]
        let receiver = try FrameReceiver(configuration, context: context)
        try #require(try sender.waitForSubscriber())
        for index in 0..<6 { try sender.send(frame: index / 2, topic: "camera.\(index % 2 + 1)") }
        #expect(FrameListener.items(of: receiver) { $0.count == 4 } == ["start -", "0:0", "1:1", "2:2"])
        receiver.stop()
        #expect(receiver.received.receivedMessages == 3)
    }

    @Test("The same refusal is logged the first, tenth and hundredth time; the stream goes on unharmed")
    func refusalLog() throws {
        let context = try ZeroMQContext()
        let sender = try FrameSender(in: context)
        let lines = Mutex<[String]>([])
        let receiver = try FrameReceiver(Self.configuration(.connect(sender.endpoint)), context: context) { line in
            lines.withLock { $0.append(line) }
        }
        try #require(try sender.waitForSubscriber())
        try sender.send(frame: 0)
        let damaged = Array(#"{"dtype":"uint16","shape":[2,3]}"#.utf8)
        for sent in 1...200 {
            try sender.send([damaged, [1, 2, 3]])
            // Within the receiver's own queue, which is as short as the ring.
            try #require(FrameListener.wait(for: receiver) { $0.refusedMessageCount >= sent - 30 })
        }
        try sender.send(frame: 1)
        #expect(FrameListener.items(of: receiver) { $0.count == 3 } == ["start -", "0:0", "1:1"])
        receiver.stop()
        #expect(receiver.received.refusedMessages == [.wrongByteCount: 200])
        let refusals = lines.withLock { $0.filter { $0.contains("wrong_byte_count") } }
        #expect(refusals.count == 3)
        #expect(refusals.last?.hasSuffix("[100 times so far]") == true)
    }

    @Test("Where nobody publishes, and where somebody else answers, one line says so; ports beyond 65535 are refused")
    func nobodyThere() throws {
        let context = try ZeroMQContext()
        let lines = Mutex<[String]>([])
        func waitForLine(containing text: String) -> Bool {
            for _ in 0..<600 {
                if lines.withLock({ $0.contains { $0.contains(text) } }) { return true }
                Thread.sleep(forTimeInterval: 0.05)
            }
            return false
        }
        let folder = try TemporaryFolder()
        let free = "ipc://\(folder.path("nobody"))"
        let waiting = try FrameReceiver(Self.configuration(.connect(free)), context: context) { line in
            lines.withLock { $0.append(line) }
        }
        #expect(waitForLine(containing: "nobody publishes on \(free)"))
        waiting.stop()

        let pusher = try ZeroMQSocket(.push, in: context)
        try pusher.bind(to: "tcp://127.0.0.1:0")
        let endpoint = try pusher.lastEndpoint
        let rejected = try FrameReceiver(Self.configuration(.connect(endpoint)), context: context) { line in
            lines.withLock { $0.append(line) }
        }
        #expect(waitForLine(containing: "\(endpoint) answers, but is no ZeroMQ publisher"))
        rejected.stop()
        #expect(rejected.received.lostConnections == 0)

        #expect(throws: StreamError.invalidEndpoint(endpoint: "tcp://127.0.0.1:65536")) {
            try FrameReceiver(Self.configuration(.connect("tcp://127.0.0.1:65536")), context: context)
        }
    }

    @Test("An endpoint in use is refused at once; a stopped receiver leaves its port free")
    func endpointInUse() throws {
        let context = try ZeroMQContext()
        let first = try FrameReceiver(Self.configuration(.bind("tcp://127.0.0.1:0")), context: context)
        let endpoint = first.endpoints[0]
        #expect(throws: StreamError.addressInUse(endpoint: endpoint)) {
            try FrameReceiver(Self.configuration(.bind(endpoint)), context: context)
        }
        first.stop()
        first.stop()
        #expect(first.ring.isFinished)
        // libzmq closes sockets on its own thread, a moment after they are given up.
        var second: FrameReceiver?
        for _ in 0..<100 where second == nil {
            second = try? FrameReceiver(Self.configuration(.bind(endpoint)), context: context)
            if second == nil { Thread.sleep(forTimeInterval: 0.05) }
        }
        #expect(second?.endpoints == [endpoint])
        second?.stop()
    }
}
