import CZeroMQ
import Synchronization

/// Tells when peers of a socket come and go; use it on the thread of that socket.
struct ZeroMQMonitor: ~Copyable {
    /// A change of the connections of a socket; the address is that of the other side if we connected to it.
    enum Event: Sendable, Equatable {
        /// A connection is ready for use.
        case connected(address: String)
        /// A connection that was ready broke: the peer is gone, or was cut off for an oversized message.
        case disconnected(address: String)
        /// Somebody answered, but not a publisher: the connection ended before it was ready.
        case rejected(address: String)
    }

    // Names of the endpoints inside the process, one per monitor.
    private static let count = Atomic<Int>(0)
    private static let events = ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_DISCONNECTED

    private let socket: ZeroMQSocket
    private var message = ZeroMQMessage()
    /// Connections that are ready, by address.
    private var readyCounts: [String: Int] = [:]

    /// Starts to watch a socket; it may not be connected yet.
    init(_ watched: borrowing ZeroMQSocket, in context: ZeroMQContext) throws(StreamError) {
        let number = Self.count.add(1, ordering: .relaxed).newValue
        let endpoint = "inproc://sparkwatch-monitor-\(number)"
        try watched.publishEvents(Self.events, to: endpoint)
        var options = ZeroMQSocketOptions()
        options.receiveTimeoutMilliseconds = 0
        let socket = try ZeroMQSocket(.pair, in: context, options: options)
        try socket.connect(to: endpoint)
        self.socket = socket
    }

    /// The next change, without waiting for one.
    mutating func next() throws(StreamError) -> Event? {
        while try socket.receive(into: &message) {
            guard message.partCount == 2, message.bytes(ofPart: 0).byteCount >= MemoryLayout<UInt16>.size else {
                continue
            }
            let address = message.text(ofPart: 1)
            switch Int32(message.bytes(ofPart: 0).unsafeLoadUnaligned(as: UInt16.self)) {
            case ZMQ_EVENT_HANDSHAKE_SUCCEEDED:
                readyCounts[address, default: 0] += 1
                return .connected(address: address)
            case ZMQ_EVENT_DISCONNECTED:
                guard let count = readyCounts[address] else { return .rejected(address: address) }
                readyCounts[address] = count > 1 ? count - 1 : nil
                return .disconnected(address: address)
            default:
                break
            }
        }
        return nil
    }
}
