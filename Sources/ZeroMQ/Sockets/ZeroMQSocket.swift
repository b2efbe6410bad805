import CZeroMQ

/// A ZeroMQ socket; create, use and drop it on one thread.
package struct ZeroMQSocket: ~Copyable {
    /// The messaging pattern of a socket.
    package enum Kind: Sendable {
        case publish, subscribe, push, pull, request, reply, pair
        /// A publisher that receives the subscriptions of its peers as messages.
        case extendedPublish

        var constant: Int32 {
            switch self {
            case .publish: ZMQ_PUB
            case .extendedPublish: ZMQ_XPUB
            case .subscribe: ZMQ_SUB
            case .push: ZMQ_PUSH
            case .pull: ZMQ_PULL
            case .request: ZMQ_REQ
            case .reply: ZMQ_REP
            case .pair: ZMQ_PAIR
            }
        }
    }

    // Keeps the library running until the socket is closed.
    private let context: ZeroMQContext
    private let handle: UnsafeMutableRawPointer
    /// What is known of the connections if the options limit them.
    let connections: GuardedConnections?

    /// Opens a socket that neither listens nor connects yet.
    package init(
        _ kind: Kind,
        in context: ZeroMQContext,
        options: ZeroMQSocketOptions = ZeroMQSocketOptions()
    ) throws(StreamError) {
        guard let handle = zmq_socket(context.handle, kind.constant) else {
            throw StreamError.zeroMQ(doing: "open a \(kind) socket")
        }
        let connections = options.connectionLimits.map {
            GuardedConnections(name: options.name, limits: $0, asksForKeys: options.security != .none)
        }
        do throws(StreamError) {
            try options.apply(to: handle)
            if let connections { try context.watch(handle, connections) }
        } catch {
            zmq_close(handle)
            throw error
        }
        self.context = context
        self.handle = handle
        self.connections = connections
    }

    deinit {
        zmq_close(handle)
    }

    /// Listens on an endpoint, for example `tcp://127.0.0.1:5556`; port 0 or `*` takes any free port.
    /// - Throws: ``StreamError/addressInUse(endpoint:)`` and its siblings.
    package func bind(to endpoint: String) throws(StreamError) {
        try Self.checkPort(of: endpoint)
        guard zmq_bind(handle, endpoint) == 0 else {
            throw StreamError.zeroMQ(doing: "listen on \(endpoint)", endpoint: endpoint)
        }
    }

    /// Connects to an endpoint now or as soon as somebody listens there, and again whenever the connection breaks.
    package func connect(to endpoint: String) throws(StreamError) {
        try Self.checkPort(of: endpoint)
        guard zmq_connect(handle, endpoint) == 0 else {
            throw StreamError.zeroMQ(doing: "connect to \(endpoint)", endpoint: endpoint)
        }
    }

    /// libzmq takes ports modulo 65536 without a word.
    private static func checkPort(of endpoint: String) throws(StreamError) {
        guard endpoint.hasPrefix("tcp://"), let colon = endpoint.lastIndex(of: ":") else { return }
        let port = endpoint[endpoint.index(after: colon)...]
        guard let number = Int(port) else { return }
        guard (0...Int(UInt16.max)).contains(number) else { throw .invalidEndpoint(endpoint: endpoint) }
    }

    /// Connects once more, in place of a connection to the same endpoint that libzmq has given up.
    func reconnect(to endpoint: String) throws(StreamError) {
        zmq_disconnect(handle, endpoint)
        try connect(to: endpoint)
    }

    /// The endpoint of the last bind or connect, with the port that the system chose.
    package var lastEndpoint: String {
        get throws(StreamError) {
            var length = 1024
            let (status, text) = withUnsafeTemporaryAllocation(of: CChar.self, capacity: length) { buffer in
                let status = zmq_getsockopt(handle, ZMQ_LAST_ENDPOINT, buffer.baseAddress, &length)
                return (status, status == 0 ? String(cString: buffer.baseAddress!) : "")
            }
            guard status == 0 else { throw StreamError.zeroMQ(doing: "ask for the last endpoint") }
            return text
        }
    }

    /// Receives messages whose first part starts with a prefix; the empty prefix stands for all messages.
    /// - Precondition: the socket is a subscriber.
    package func subscribe(toPrefix prefix: String) throws(StreamError) {
        guard zmq_setsockopt(handle, ZMQ_SUBSCRIBE, prefix, prefix.utf8.count) == 0 else {
            throw StreamError.zeroMQ(doing: "subscribe to \"\(prefix)\"")
        }
    }

    /// Receives one message, in place of what the variable held.
    /// - Returns: false if nothing arrived within the receive timeout.
    package func receive(into message: inout ZeroMQMessage) throws(StreamError) -> Bool {
        guard try message.fill(from: handle) else { return false }
        connections?.noteTaken(
            partCount: message.partCount + message.discardedPartCount,
            byteCount: message.receivedByteCount,
            descriptor: message.sourceDescriptor
        )
        return true
    }

    /// Reports connections made and lost to a pair socket within the process.
    func publishEvents(_ events: Int32, to endpoint: String) throws(StreamError) {
        guard zmq_socket_monitor(handle, endpoint, events) == 0 else {
            throw StreamError.zeroMQ(doing: "watch the connections of a socket", endpoint: endpoint)
        }
    }

    /// Sends one part.
    /// - Parameters:
    ///   - part: the bytes, copied.
    ///   - hasMore: true if further parts of the same message follow.
    /// - Returns: false if there was no room within the send timeout.
    /// - Throws: ``StreamError``.
    @discardableResult
    package func send(_ part: RawSpan, hasMore: Bool = false) throws(StreamError) -> Bool {
        let flags = hasMore ? ZMQ_SNDMORE : 0
        while true {
            if part.withUnsafeBytes({ zmq_send(handle, $0.baseAddress, $0.count, flags) }) >= 0 { return true }
            switch zmq_errno() {
            case EINTR: continue
            case EAGAIN: return false
            default: throw StreamError.zeroMQ(doing: "send a part of \(part.byteCount) bytes")
            }
        }
    }

    /// Sends one part of text in UTF-8.
    /// - Returns: false if there was no room within the send timeout.
    @discardableResult
    package func send(_ text: String, hasMore: Bool = false) throws(StreamError) -> Bool {
        let bytes = Array(text.utf8)
        return try send(bytes.span.bytes, hasMore: hasMore)
    }

    /// Sends a message of several parts.
    /// - Returns: false if there was no room within the send timeout; then no part was sent.
    /// - Precondition: there is at least one part.
    @discardableResult
    package func send(parts: [[UInt8]]) throws(StreamError) -> Bool {
        precondition(!parts.isEmpty, "a message has at least one part")
        for (index, part) in parts.enumerated() {
            // Room is decided on the first part: libzmq takes or refuses a message as a whole.
            guard try send(part.span.bytes, hasMore: index < parts.count - 1) else { return false }
        }
        return true
    }
}
