/// What the peers of a listening socket may cost, all together.
///
/// libzmq bounds a part and counts whole messages. It bounds neither the parts of one message nor the number of
/// connections nor what a subscriber subscribes to: ``ConnectionGuard`` does.
package struct ConnectionLimits: Sendable, Equatable {
    /// Connections at once.
    package var connectionCount: Int
    /// Bytes that have come and that nobody could take yet: parts of a message without end, subscriptions, messages that
    /// wait.
    package var waitingBytes: Int
    /// Bytes a second and connection that are never taken by anybody, such as heartbeats of the protocol.
    package var idleBytesPerSecond = 256

    /// Subscribers of events: what comes from them are subscriptions, some dozen bytes each.
    package static let subscribers = ConnectionLimits(connectionCount: 64, waitingBytes: 16 << 10)
    /// Programs that ask one small thing after another.
    package static let requesters = ConnectionLimits(connectionCount: 64, waitingBytes: 1 << 20)

    /// Senders of frames: four times the largest message, at least 64 MiB.
    package static func senders(largestMessageBytes: Int) -> ConnectionLimits {
        ConnectionLimits(connectionCount: 16, waitingBytes: max(64 << 20, 4 * largestMessageBytes))
    }
}

/// Why somebody was turned away; raw values are the names of their counters.
package enum ConnectionRefusal: String, Sendable, CaseIterable {
    /// It did not offer CURVE: it has no key, or a password.
    case withoutKey = "without_key"
    /// Its key is not among those allowed.
    case unknownKey = "unknown_key"
    /// It took us for somebody else: it has another public key of ours.
    case wrongServerKey = "wrong_server_key"
    /// It does not speak the protocol, or broke it.
    case noZeroMQ = "no_zeromq"
    /// ``ConnectionLimits/connectionCount``.
    case tooManyConnections = "too_many_connections"
    /// ``ConnectionLimits/waitingBytes``.
    case tooMuch = "too_much"
}
