/// Watches the connections of a receiving socket and renews those that stay away.
///
/// libzmq reconnects by itself when a peer goes away, but never after it has cut a peer off, as it does for an oversized
/// message: then the endpoint has to be connected anew.
struct ConnectionKeeper: ~Copyable {
    /// How long libzmq has for reconnecting by itself.
    static let patience = Duration.seconds(2)

    private(set) var openCount = 0
    private(set) var lostCount = 0
    private var rejectedCount = 0
    /// Nil where the connections are guarded: the guard's events are used then.
    private var monitor: ZeroMQMonitor?
    /// The endpoints that we connect to.
    private let endpoints: [String]
    private var downSince: [String: ContinuousClock.Instant] = [:]
    /// When to say that nobody has been there yet; nil once that is said, or somebody came.
    private var nextReminder: ContinuousClock.Instant?

    /// - Throws: a ``StreamError`` if the socket cannot be watched.
    init(
        watching socket: borrowing ZeroMQSocket,
        connectedTo endpoints: [String],
        in context: ZeroMQContext
    ) throws(StreamError) {
        self.endpoints = endpoints
        monitor = socket.connections == nil ? try ZeroMQMonitor(socket, in: context) : nil
        nextReminder = endpoints.isEmpty ? nil : .now + Self.patience
    }

    /// Takes note of what has changed, and connects again where that is due.
    mutating func update(_ socket: borrowing ZeroMQSocket, log: (String) -> Void) throws(StreamError) {
        for event in socket.connections?.drainEvents() ?? [] { take(event, log: log) }
        while let event = try monitor?.next() { take(event, log: log) }
        if let due = nextReminder, .now >= due {
            nextReminder = nil
            log(
                "nobody publishes on \(endpoints.joined(separator: ", ")) yet: still trying; "
                    + "check that the sender runs, and its host and port"
            )
        }
        for (endpoint, since) in downSince where ContinuousClock.now - since > Self.patience {
            try socket.reconnect(to: endpoint)
            downSince[endpoint] = .now
        }
    }

    private mutating func take(_ event: ZeroMQMonitor.Event, log: (String) -> Void) {
        switch event {
        case .connected(let address):
            openCount += 1
            nextReminder = nil
            if let endpoint = endpoint(at: address) { downSince[endpoint] = nil }
            if LogThinning.passes(lostCount + 1) { log("connected to a sender") }
        case .disconnected(let address):
            openCount = max(0, openCount - 1)
            lostCount += 1
            if let endpoint = endpoint(at: address) { downSince[endpoint] = .now }
            if LogThinning.passes(lostCount) {
                log("lost a connection (\(lostCount) so far): the sender is gone, or its messages are far too large")
            }
        case .rejected(let address):
            rejectedCount += 1
            nextReminder = nil
            if let endpoint = endpoint(at: address) { downSince[endpoint] = .now }
            if LogThinning.passes(rejectedCount) {
                log(
                    "\(address) answers, but is no ZeroMQ publisher, or asks for another key: frames have to be sent "
                        + "by a PUB socket (PUSH and REQ cannot reach several receivers)"
                )
            }
        }
    }

    private func endpoint(at address: String) -> String? {
        endpoints.first { $0 == address } ?? (endpoints.count == 1 ? endpoints[0] : nil)
    }
}
