import CZeroMQ
import Wire

/// A message of one or more parts, stored where libzmq put it: receiving copies no bytes.
///
/// Reuse one value for many receptions. Like its socket it stays on one thread.
package struct ZeroMQMessage: MessageParts, ~Copyable {
    /// Most parts that the message keeps; further parts of a received message are discarded and counted.
    package let maximumPartCount: Int
    /// Number of parts at hand.
    package private(set) var partCount = 0
    /// Number of parts of the last received message beyond ``maximumPartCount``.
    package private(set) var discardedPartCount = 0
    /// Bytes of the last received message, surplus parts included, and the descriptor of its connection; -1 where it
    /// came over none.
    private(set) var receivedByteCount = 0
    private(set) var sourceDescriptor: Int32 = -1

    // On the heap, because libzmq keeps short payloads inside the structure: it must not move.
    private let parts: UnsafeMutablePointer<zmq_msg_t>

    /// An empty message with room for some parts.
    /// - Precondition: `maximumPartCount` is positive.
    package init(maximumPartCount: Int = 8) {
        precondition(maximumPartCount > 0, "a message has room for at least one part")
        self.maximumPartCount = maximumPartCount
        // One more as the bin for surplus parts.
        parts = .allocate(capacity: maximumPartCount + 1)
        for index in 0...maximumPartCount { zmq_msg_init(parts + index) }
    }

    /// A message with a copy of the given parts.
    /// - Precondition: there is at least one part.
    package init(parts contents: [[UInt8]]) {
        self.init(maximumPartCount: contents.count)
        for content in contents {
            let part = parts + partCount
            precondition(zmq_msg_init_size(part, content.count) == 0, "no memory for a part of \(content.count) bytes")
            content.withUnsafeBytes { bytes in
                if let source = bytes.baseAddress {
                    zmq_msg_data(part).copyMemory(from: source, byteCount: bytes.count)
                }
            }
            partCount += 1
        }
    }

    deinit {
        for index in 0...maximumPartCount { zmq_msg_close(parts + index) }
        parts.deallocate()
    }

    /// The bytes of one part; valid as long as the message is neither changed nor destroyed.
    /// - Precondition: `0 <= index < partCount`.
    @_lifetime(borrow self)
    package func bytes(ofPart index: Int) -> RawSpan {
        precondition(index >= 0 && index < partCount, "part \(index) of a message of \(partCount) parts")
        let part = parts + index
        let buffer = UnsafeRawBufferPointer(start: zmq_msg_data(part), count: zmq_msg_size(part))
        return _overrideLifetime(RawSpan(_unsafeBytes: buffer), borrowing: self)
    }

    /// A copy of one part.
    /// - Precondition: `0 <= index < partCount`.
    package func copy(ofPart index: Int) -> [UInt8] {
        bytes(ofPart: index).withUnsafeBytes { Array($0) }
    }

    /// One part as text; bytes that are not UTF-8 become replacement characters.
    /// - Precondition: `0 <= index < partCount`.
    package func text(ofPart index: Int) -> String {
        bytes(ofPart: index).withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    }

    /// Fills the message from a socket.
    /// - Returns: false if nothing arrived within the socket's receive timeout; the message is then empty.
    mutating func fill(from socket: UnsafeMutableRawPointer) throws(StreamError) -> Bool {
        partCount = 0
        discardedPartCount = 0
        receivedByteCount = 0
        while true {
            let isSurplus = partCount == maximumPartCount
            let part = parts + partCount
            // The parts of a message arrive together: only the first can time out.
            while zmq_msg_recv(part, socket, 0) < 0 {
                switch zmq_errno() {
                case EINTR: continue
                case EAGAIN where partCount == 0: return false
                default: throw StreamError.zeroMQ(doing: "receive a message")
                }
            }
            receivedByteCount += zmq_msg_size(part)
            if partCount == 0 { sourceDescriptor = zmq_msg_get(part, ZMQ_SRCFD) }
            if isSurplus { discardedPartCount += 1 } else { partCount += 1 }
            if zmq_msg_more(part) == 0 { return true }
        }
    }
}
