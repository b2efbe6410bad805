import Foundation
import Glibc

/// A TCP connection that sends whatever it is told, right or wrong.
final class RawClient {
    enum Failure: Error {
        case socket(String)
        case closed(after: String)
    }

    private static let patienceSeconds = 60

    private var descriptor: Int32
    private var received: [UInt8] = []

    /// Makes a socket that is not connected yet.
    ///
    /// - Parameter source: Address of this computer that the connection comes from.
    /// - Throws: ``Failure/socket(_:)`` if there is none to be had.
    init(from source: String = "127.0.0.1") throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw Failure.socket("no socket: \(errno)") }
        var patience = timeval(tv_sec: Self.patienceSeconds, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        try call(Glibc.bind, Self.address(source, port: 0))
    }

    convenience init(port: Int, from source: String = "127.0.0.1") throws {
        try self.init(from: source)
        try connect(to: port)
    }

    deinit { close() }

    func connect(to port: Int) throws { try call(Glibc.connect, Self.address("127.0.0.1", port: port)) }

    /// Holds so few bytes that have not been read that the other end soon has to wait.
    func shrinkReceiveBuffer() {
        var bytes: Int32 = 4096
        setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &bytes, socklen_t(MemoryLayout<Int32>.size))
    }

    /// Sends all of it; false if the other end does not take it any more.
    @discardableResult
    func send(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    @discardableResult
    func send(_ text: String) -> Bool { send(Array(text.utf8)) }

    /// Everything until the other end closes or resets the connection.
    func readToEnd() -> String {
        while fill() {}
        defer { received = [] }
        return String(decoding: received, as: UTF8.self)
    }

    /// - Throws: ``Failure/closed(after:)`` if fewer bytes come.
    func read(_ count: Int) throws -> [UInt8] {
        while received.count < count {
            guard fill() else { throw Failure.closed(after: String(decoding: received, as: UTF8.self)) }
        }
        defer { received.removeFirst(count) }
        return Array(received.prefix(count))
    }

    /// The head of a response, its empty line included.
    func readHead() throws -> String {
        var head: [UInt8] = []
        while !head.suffix(4).elementsEqual("\r\n\r\n".utf8) { head += try read(1) }
        return String(decoding: head, as: UTF8.self)
    }

    /// Ends the connection as one end does that has crashed.
    func reset() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
        close()
    }

    func close() {
        if descriptor >= 0 { Glibc.close(descriptor) }
        descriptor = -1
    }

    private func fill() -> Bool {
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        let count = recv(descriptor, &bytes, bytes.count, 0)
        guard count > 0 else { return false }
        received += bytes.prefix(count)
        return true
    }

    private func call(
        _ function: (Int32, UnsafePointer<sockaddr>?, socklen_t) -> Int32,
        _ address: sockaddr_in
    ) throws {
        let result = withUnsafeBytes(of: address) {
            function(descriptor, $0.assumingMemoryBound(to: sockaddr.self).baseAddress, socklen_t($0.count))
        }
        guard result == 0 else { throw Failure.socket(String(cString: strerror(errno))) }
    }

    private static func address(_ text: String, port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        inet_pton(AF_INET, text, &address.sin_addr)
        return address
    }
}

/// WebSockets, byte by byte.
extension RawClient {
    struct Frame: Equatable {
        var opcode: UInt8
        var content: [UInt8]

        /// The code of a farewell.
        var closeCode: Int? {
            opcode == 8 && content.count >= 2 ? Int(content[0]) << 8 | Int(content[1]) : nil
        }
    }

    /// The request that a browser's page makes.
    static func upgrade(port: Int, origin: String? = nil, query: String = "") -> String {
        "GET /live\(query) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nOrigin: \(origin ?? "http://127.0.0.1:\(port)")\r\n"
            + "Upgrade: websocket\r\nConnection: keep-alive, Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            + "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n"
    }

    /// Joins as a viewer.
    static func viewer(port: Int, from source: String = "127.0.0.1") throws -> RawClient {
        let client = try RawClient(port: port, from: source)
        client.send(upgrade(port: port))
        let head = try client.readHead()
        guard head.hasPrefix("HTTP/1.1 101 ") else { throw Failure.closed(after: head) }
        return client
    }

    /// A frame as browsers send it, with a mask of zeros, which leaves the content as it is.
    static func frame(
        opcode: UInt8 = 1,
        isLast: Bool = true,
        isMasked: Bool = true,
        length: Int? = nil,
        _ content: [UInt8]
    ) -> [UInt8] {
        let length = length ?? content.count
        var frame = [opcode | (isLast ? 0x80 : 0)]
        let mask: UInt8 = isMasked ? 0x80 : 0
        switch length {
        case ..<126: frame.append(mask | UInt8(length))
        case ..<65536: frame += [mask | 126, UInt8(length >> 8), UInt8(length & 0xFF)]
        default: frame += [mask | 127] + (0..<8).reversed().map { UInt8(length >> (8 * $0) & 0xFF) }
        }
        return frame + (isMasked ? [0, 0, 0, 0] : []) + content
    }

    func readFrame() throws -> Frame {
        let start = try read(2)
        var length = Int(start[1])
        if length == 126 { length = try read(2).reduce(0) { $0 << 8 | Int($1) } }
        if length == 127 { length = try read(8).reduce(0) { $0 << 8 | Int($1) } }
        return Frame(opcode: start[0] & 0x0F, content: try read(length))
    }

    /// The code of the farewell, behind whatever else was sent; nil if the connection ends without one.
    func readCloseCode() -> Int? {
        while let frame = try? readFrame() {
            if let code = frame.closeCode { return code }
        }
        return nil
    }
}
