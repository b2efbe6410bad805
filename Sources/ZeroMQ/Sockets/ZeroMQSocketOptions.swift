import CZeroMQ

/// The options of a socket that have to be known before it connects or binds.
package struct ZeroMQSocketOptions: Sendable, Equatable {
    /// What the socket is for, in a word, in messages about its connections.
    package var name = "socket"
    /// What peers of a listening socket may cost; nil for a socket that connects.
    package var connectionLimits: ConnectionLimits?
    /// Who has to have a key.
    package var security = SocketSecurity.none
    /// Most messages that wait to be received; PUB drops what does not fit; 0 means no limit.
    package var receiveHighWaterMark = 1000
    /// Most messages that wait to be sent; 0 means no limit.
    package var sendHighWaterMark = 1000
    /// How long closing waits for unsent messages, in ms; nil waits for ever.
    package var lingerMilliseconds: Int? = 0
    /// How long receiving waits, in ms; nil waits for ever.
    package var receiveTimeoutMilliseconds: Int?
    /// How long sending waits for room, in ms; nil waits for ever.
    package var sendTimeoutMilliseconds: Int?
    /// Largest part accepted from the network, in bytes; a peer that sends more is disconnected; nil means no limit.
    package var maximumPartBytes: Int?
    /// Time between heartbeats to the peer, in ms; nil sends none.
    package var heartbeatIntervalMilliseconds: Int? = 2000
    /// Silence after which a peer that does not answer heartbeats counts as gone, in ms.
    package var heartbeatTimeoutMilliseconds = 6000
    /// Lets the operating system probe idle connections, so that a vanished peer is noticed.
    package var usesTCPKeepalive = true
    /// Keeps only the newest message; for messages of a single part.
    package var keepsOnlyNewest = false

    package init() {}

    func apply(to socket: UnsafeMutableRawPointer) throws(StreamError) {
        try set(ZMQ_RCVHWM, receiveHighWaterMark, "ZMQ_RCVHWM", on: socket)
        try set(ZMQ_SNDHWM, sendHighWaterMark, "ZMQ_SNDHWM", on: socket)
        try set(ZMQ_LINGER, lingerMilliseconds ?? -1, "ZMQ_LINGER", on: socket)
        try set(ZMQ_RCVTIMEO, receiveTimeoutMilliseconds ?? -1, "ZMQ_RCVTIMEO", on: socket)
        try set(ZMQ_SNDTIMEO, sendTimeoutMilliseconds ?? -1, "ZMQ_SNDTIMEO", on: socket)
        if let heartbeatIntervalMilliseconds {
            try set(ZMQ_HEARTBEAT_IVL, heartbeatIntervalMilliseconds, "ZMQ_HEARTBEAT_IVL", on: socket)
            try set(ZMQ_HEARTBEAT_TIMEOUT, heartbeatTimeoutMilliseconds, "ZMQ_HEARTBEAT_TIMEOUT", on: socket)
            try set(ZMQ_HEARTBEAT_TTL, heartbeatTimeoutMilliseconds, "ZMQ_HEARTBEAT_TTL", on: socket)
        }
        if usesTCPKeepalive {
            try set(ZMQ_TCP_KEEPALIVE, 1, "ZMQ_TCP_KEEPALIVE", on: socket)
            try set(ZMQ_TCP_KEEPALIVE_IDLE, 10, "ZMQ_TCP_KEEPALIVE_IDLE", on: socket)
            try set(ZMQ_TCP_KEEPALIVE_INTVL, 5, "ZMQ_TCP_KEEPALIVE_INTVL", on: socket)
            try set(ZMQ_TCP_KEEPALIVE_CNT, 3, "ZMQ_TCP_KEEPALIVE_CNT", on: socket)
        }
        try security.apply(to: socket)
        if keepsOnlyNewest { try set(ZMQ_CONFLATE, 1, "ZMQ_CONFLATE", on: socket) }
        if let maximumPartBytes {
            var value = Int64(maximumPartBytes)
            guard zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &value, MemoryLayout<Int64>.size) == 0 else {
                throw StreamError.zeroMQ(doing: "set ZMQ_MAXMSGSIZE to \(maximumPartBytes)")
            }
        }
    }

    private func set(
        _ option: Int32,
        _ value: Int,
        _ name: String,
        on socket: UnsafeMutableRawPointer
    ) throws(StreamError) {
        var value = Int32(clamping: value)
        guard zmq_setsockopt(socket, option, &value, MemoryLayout<Int32>.size) == 0 else {
            throw StreamError.zeroMQ(doing: "set \(name) to \(value)")
        }
    }
}
