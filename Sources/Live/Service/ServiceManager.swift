import Foundation

/// The service manager that started this process, if one did: systemd's protocol of datagrams (sd_notify(3)).
struct ServiceManager {
    private let address: [UInt8]
    /// How often the manager wants a sign of life; nil if it does not.
    let watchdogSeconds: Double?

    /// Nil unless the environment says that somebody listens.
    init?(environment: [String: String] = ProcessInfo.processInfo.environment) {
        guard let path = environment["NOTIFY_SOCKET"], let first = path.utf8.first,
            [UInt8(ascii: "/"), UInt8(ascii: "@")].contains(first), path.utf8.count < 107
        else { return nil }
        // A name that begins with @ is one of no file: its first byte is 0.
        address = (first == UInt8(ascii: "@") ? [0] : [first]) + Array(path.utf8.dropFirst())
        let isMeant = environment["WATCHDOG_PID"].map { Int32($0) == getpid() } ?? true
        watchdogSeconds = isMeant ? environment["WATCHDOG_USEC"].flatMap(Double.init).map { $0 / 1e6 } : nil
    }

    /// Tells the manager something, such as `READY=1`; never waits.
    func tell(_ state: String) {
        let descriptor = socket(AF_UNIX, Self.kind, 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        var target = sockaddr_un()
        target.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &target.sun_path) { $0.copyBytes(from: address) }
        let length = socklen_t(MemoryLayout.offset(of: \sockaddr_un.sun_path)! + address.count)
        let bytes = Array(state.utf8)
        _ = withUnsafePointer(to: &target) { target in
            target.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(descriptor, bytes, bytes.count, Int32(MSG_DONTWAIT), $0, length)
            }
        }
    }

    #if canImport(Darwin)
        private static let kind = SOCK_DGRAM
    #else
        private static let kind = Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    #endif
}
