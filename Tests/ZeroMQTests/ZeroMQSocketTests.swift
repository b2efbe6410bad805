import Testing
import ZeroMQ

@Suite("ZeroMQ sockets")
struct ZeroMQSocketTests {
    private static func options(receiveTimeoutMilliseconds: Int) -> ZeroMQSocketOptions {
        var options = ZeroMQSocketOptions()
        options.receiveTimeoutMilliseconds = receiveTimeoutMilliseconds
        return options
    }

    @Test("Parts arrive whole and in order, short ones, long ones and empty ones")
    func partsArriveInOrder() throws {
        let context = try ZeroMQContext()
        let options = Self.options(receiveTimeoutMilliseconds: 5000)
        let receiver = try ZeroMQSocket(.pull, in: context, options: options)
        try receiver.bind(to: "tcp://127.0.0.1:0")
        let sender = try ZeroMQSocket(.push, in: context)
        try sender.connect(to: try receiver.lastEndpoint)

        let parts: [[UInt8]] = [[1, 2, 3], [], (0..<100_000).map { UInt8(truncatingIfNeeded: $0) }]
        try sender.send(parts: parts)
        var message = ZeroMQMessage()
        try #require(try receiver.receive(into: &message))
        try #require(message.partCount == 3)
        for index in 0..<3 { #expect(message.copy(ofPart: index) == parts[index]) }
        #expect(message.discardedPartCount == 0)
    }

    @Test("Parts beyond the limit are discarded and counted; the next message is whole")
    func surplusPartsAreDiscarded() throws {
        let context = try ZeroMQContext()
        let receiver = try ZeroMQSocket(.pair, in: context, options: Self.options(receiveTimeoutMilliseconds: 5000))
        try receiver.bind(to: "inproc://parts")
        let sender = try ZeroMQSocket(.pair, in: context)
        try sender.connect(to: "inproc://parts")

        try sender.send(parts: (0..<20).map { [UInt8($0)] })
        try sender.send("after")
        var message = ZeroMQMessage(maximumPartCount: 3)
        try #require(try receiver.receive(into: &message))
        #expect(message.partCount == 3)
        #expect(message.discardedPartCount == 17)
        #expect((0..<3).map { message.copy(ofPart: $0) } == [[0], [1], [2]])
        try #require(try receiver.receive(into: &message))
        #expect(message.partCount == 1)
        #expect(message.text(ofPart: 0) == "after")
    }

    @Test("Subscribers receive only the topics they asked for")
    func subscriptionsFilter() throws {
        let context = try ZeroMQContext()
        let publisher = try ZeroMQSocket(.publish, in: context)
        try publisher.bind(to: "tcp://127.0.0.1:*")
        let subscriber = try ZeroMQSocket(
            .subscribe,
            in: context,
            options: Self.options(receiveTimeoutMilliseconds: 20)
        )
        try subscriber.subscribe(toPrefix: "event.spark")
        try subscriber.connect(to: try publisher.lastEndpoint)

        var message = ZeroMQMessage()
        var topics: [String] = []
        for _ in 0..<500 where topics.isEmpty {
            try publisher.send("event.wave", hasMore: true)
            try publisher.send("{}")
            try publisher.send("event.spark.final", hasMore: true)
            try publisher.send("{}")
            while try subscriber.receive(into: &message) { topics.append(message.text(ofPart: 0)) }
        }
        #expect(topics.first == "event.spark.final")
        #expect(Set(topics) == ["event.spark.final"])
    }

    @Test("An address in use is refused by name, with what to do")
    func addressInUse() throws {
        let context = try ZeroMQContext()
        let first = try ZeroMQSocket(.publish, in: context)
        try first.bind(to: "tcp://127.0.0.1:0")
        let endpoint = try first.lastEndpoint
        #expect(!endpoint.hasSuffix(":0"))
        let error = #expect(throws: StreamError.self) {
            let second = try ZeroMQSocket(.publish, in: context)
            try second.bind(to: endpoint)
        }
        #expect(error == .addressInUse(endpoint: endpoint))
        let text = "\(try #require(error))"
        #expect(text.contains(endpoint))
        #expect(text.hasSuffix("choose another port."))
    }

    @Test(
        "Endpoints that cannot work are refused",
        arguments: ["tcp://127.0.0.1", "nonsense", "tcp://:-1", "carrier://x"]
    )
    func invalidEndpoints(endpoint: String) throws {
        let context = try ZeroMQContext()
        let error = #expect(throws: StreamError.self) {
            let socket = try ZeroMQSocket(.publish, in: context)
            try socket.bind(to: endpoint)
        }
        #expect("\(try #require(error))".contains(endpoint))
    }

    @Test("A foreign address is not one to listen on")
    func foreignAddress() throws {
        let context = try ZeroMQContext()
        #expect(throws: StreamError.addressNotAvailable(endpoint: "tcp://192.0.2.1:5556")) {
            let socket = try ZeroMQSocket(.publish, in: context)
            try socket.bind(to: "tcp://192.0.2.1:5556")
        }
    }

    @Test("Options that libzmq refuses are reported by name, and the socket is closed")
    func refusedOption() throws {
        var options = ZeroMQSocketOptions()
        options.receiveHighWaterMark = -5
        let context = try ZeroMQContext()
        let error = #expect(throws: StreamError.self) {
            _ = try ZeroMQSocket(.subscribe, in: context, options: options)
        }
        #expect("\(try #require(error))".contains("ZMQ_RCVHWM to -5"))
    }

    @Test("Receiving gives up after its timeout, and at once when the context is shut down")
    func timeoutAndShutdown() throws {
        let context = try ZeroMQContext()
        let socket = try ZeroMQSocket(.pull, in: context, options: Self.options(receiveTimeoutMilliseconds: 1))
        try socket.bind(to: "inproc://silent")
        var message = ZeroMQMessage()
        #expect(try socket.receive(into: &message) == false)
        #expect(message.partCount == 0)
        context.shutdown()
        var error: StreamError?
        do { _ = try socket.receive(into: &message) } catch let thrown { error = thrown }
        #expect(error == .contextTerminated)
    }

    @Test("Whoever sends much that is taken is never cut off, however long; heartbeats do not add up")
    func busyConnectionsStay() throws {
        let context = try ZeroMQContext()
        var options = Self.options(receiveTimeoutMilliseconds: 5000)
        options.connectionLimits = .senders(largestMessageBytes: 0)
        options.receiveHighWaterMark = 10
        options.heartbeatIntervalMilliseconds = 1
        let receiver = try ZeroMQSocket(.pull, in: context, options: options)
        try receiver.bind(to: "tcp://127.0.0.1:0")
        let sender = try ZeroMQSocket(.push, in: context)
        try sender.connect(to: try receiver.lastEndpoint)
        let parts = [[UInt8](repeating: 1, count: 100), [UInt8](repeating: 2, count: 100_000)]
        var message = ZeroMQMessage()
        // 200 MB, three times what may wait.
        for _ in 0..<2000 {
            #expect(try sender.send(parts: parts))
            try #require(try receiver.receive(into: &message))
        }
        #expect(message.partCount == 2 && context.notices.refusals == [:])
    }
}
