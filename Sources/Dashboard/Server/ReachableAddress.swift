import Foundation

/// The name under which other computers reach a server on an address.
enum ReachableAddress {
    /// For `0.0.0.0` and `::`, which nobody can type into a browser, this computer's first IPv4 address on a network,
    /// or its host name if it has none; any other address as it is.
    static func of(_ address: String) -> String {
        guard ["0.0.0.0", "::"].contains(address) else { return address }
        return firstNetworkAddress ?? ProcessInfo.processInfo.hostName
    }

    private static var firstNetworkAddress: String? {
        var list: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&list) == 0 else { return nil }
        defer { freeifaddrs(list) }
        for interface in sequence(first: list, next: { $0?.pointee.ifa_next }) {
            guard let interface = interface?.pointee, let address = interface.ifa_addr,
                address.pointee.sa_family == sa_family_t(AF_INET)
            else { continue }
            var name = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            let length = socklen_t(MemoryLayout<sockaddr_in>.size)
            guard getnameinfo(address, length, &name, socklen_t(name.count), nil, 0, NI_NUMERICHOST) == 0 else {
                continue
            }
            let text = String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            if !text.hasPrefix("127.") { return text }
        }
        return nil
    }
}
