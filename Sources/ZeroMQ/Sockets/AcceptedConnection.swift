import Foundation

/// A TCP connection that libzmq accepted, seen through its descriptor.
///
/// libzmq may close the descriptor at any moment, and the system give its number away. Every look therefore takes a
/// copy of its own, and makes sure by both addresses that it is still the same connection.
struct AcceptedConnection {
    private let descriptor: Int32
    private let ends: Ends
    /// Bytes that have come in beyond those that were taken, when that was least.
    private var surplus: Int

    /// Both addresses of a connection.
    private struct Ends: Equatable {
        let own: [UInt8]
        let peer: [UInt8]
    }

    /// Nil if the connection is gone, or is none over a network.
    ///
    /// - Parameters:
    ///   - descriptor: Of a connection that was just accepted.
    ///   - takenBytes: What was taken from connections of this number so far.
    init?(descriptor: Int32, takenBytes: Int) {
        guard let found = Self.examine(descriptor, { ($0, $1) }) else { return nil }
        self.descriptor = descriptor
        ends = found.0
        surplus = found.1 - takenBytes
    }

    /// Bytes that wait; nil if the connection is gone.
    ///
    /// - Parameters:
    ///   - takenBytes: What was taken from connections of this number so far.
    ///   - idleBytes: What has come in the meantime without ever being taken, at most.
    /// - Returns: Bytes.
    mutating func waitingBytes(takenBytes: Int, idleBytes: Int) -> Int? {
        guard let found = Self.examine(descriptor, { ($0, $1) }), found.0 == ends else { return nil }
        let rest = found.1 - takenBytes
        surplus = min(surplus + idleBytes, rest)
        return rest - surplus
    }

    /// Ends the connection in both directions; libzmq notices and forgets it with all that has come from it.
    func cut() {
        _ = Self.withCopy(of: descriptor) { copy in
            guard Self.ends(of: copy) == ends else { return }
            // What the peer still sends is answered by a reset, not held for it.
            var abort = linger(l_onoff: 1, l_linger: 0)
            setsockopt(copy, SOL_SOCKET, SO_LINGER, &abort, socklen_t(MemoryLayout<linger>.size))
            shutdown(copy, Int32(SHUT_RDWR))
        }
    }

    private static func examine<Result>(_ descriptor: Int32, _ body: (Ends, Int) -> Result) -> Result? {
        withCopy(of: descriptor) { copy in
            guard let ends = ends(of: copy), let count = receivedByteCount(of: copy) else { return nil }
            return body(ends, count)
        }
    }

    private static func withCopy<Result>(of descriptor: Int32, _ body: (Int32) -> Result?) -> Result? {
        let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 3)
        guard copy >= 0 else { return nil }
        defer { close(copy) }
        return body(copy)
    }

    private static func ends(of descriptor: Int32) -> Ends? {
        guard let own = address(descriptor, getsockname), let peer = address(descriptor, getpeername) else {
            return nil
        }
        return Ends(own: own, peer: peer)
    }

    private typealias AddressCall = (Int32, UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32

    private static func address(_ descriptor: Int32, _ call: AddressCall) -> [UInt8]? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutableBytes(of: &storage) { bytes in
            let isFound = call(descriptor, bytes.baseAddress!.assumingMemoryBound(to: sockaddr.self), &length) == 0
            let family = bytes.assumingMemoryBound(to: sockaddr.self)[0].sa_family
            guard isFound, [sa_family_t(AF_INET), sa_family_t(AF_INET6)].contains(family) else { return nil }
            return Array(bytes.prefix(Int(length)))
        }
    }

    /// Bytes that the connection has received since it began, as the kernel counts them; nil where it does not.
    private static func receivedByteCount(of descriptor: Int32) -> Int? {
        #if os(Linux)
            // `tcpi_bytes_received` of `struct tcp_info` in linux/tcp.h (since 4.1); the older struct of the C library
            // ends before it.
            let offset = 128
            var bytes = [UInt8](repeating: 0, count: 256)
            var length = socklen_t(bytes.count)
            guard getsockopt(descriptor, Int32(IPPROTO_TCP), TCP_INFO, &bytes, &length) == 0,
                Int(length) >= offset + MemoryLayout<UInt64>.size
            else { return nil }
            return bytes.withUnsafeBytes { Int(clamping: $0.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) }
        #else
            return nil
        #endif
    }
}
