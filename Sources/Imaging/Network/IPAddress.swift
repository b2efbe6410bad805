import Foundation

/// What is asked of IP addresses in words.
package enum IPAddress {
    /// The bytes of an IPv4 (4) or IPv6 (16) address; nil for anything else.
    ///
    /// An IPv4 address in IPv6 dress (`::ffff:192.0.2.1`) is IPv4.
    package static func bytes(of address: String) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, address, &bytes) == 1 { return Array(bytes.prefix(4)) }
        guard inet_pton(AF_INET6, address, &bytes) == 1 else { return nil }
        let isMapped = bytes.prefix(10).allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
        return isMapped ? Array(bytes.suffix(4)) : bytes
    }

    /// True for addresses that only this computer reaches: 127.0.0.0/8 and ::1.
    package static func isLoopback(_ address: String) -> Bool {
        guard let bytes = bytes(of: address) else { return false }
        return bytes.count == 4 ? bytes[0] == 127 : bytes == Array(repeating: 0, count: 15) + [1]
    }

    /// The address as it stands in URLs and in the header field `Host`: IPv6 in brackets.
    package static func inAuthority(_ address: String) -> String {
        guard let bytes = bytes(of: address) else { return address }
        return bytes.count == 4 ? bytes.map(String.init).joined(separator: ".") : "[\(address.lowercased())]"
    }

    /// What counts as one client: an IPv4 address, or an IPv6 network of 64 bits, which one computer may have to itself.
    package static func client(at address: String) -> [UInt8]? { bytes(of: address).map { Array($0.prefix(8)) } }
}
