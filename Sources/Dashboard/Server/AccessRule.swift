import Imaging

/// Who may see the page.
///
/// A browser shows foreign web pages too, and does what they say. Their requests bear another host name (DNS
/// rebinding) or another origin, and are refused. The names allowed are those of the very address that a connection has
/// reached, so that none has to be looked up. Beyond this computer the token has to be part of the address as well.
package struct AccessRule: Sendable {
    package let token: String?
    /// Where a proxy serves the page, `https://rig.example`; nil without one.
    package let publicOrigin: PublicOrigin?
    /// This computer's name in its network.
    package let hostName: String

    package init(token: String?, publicOrigin: PublicOrigin? = nil, hostName: String) {
        self.token = token
        self.publicOrigin = publicOrigin
        self.hostName = hostName.lowercased()
    }

    /// Whether a request's `Host` names what it has reached.
    ///
    /// - Parameters:
    ///   - host: The header field.
    ///   - address: IP address of this computer that the connection has reached.
    ///   - port: Its port.
    /// - Returns: True for the page's own names.
    package func isOurs(host: String, reachedAt address: String, port: Int) -> Bool {
        let host = host.lowercased()
        return host == publicOrigin?.authority || authorities(of: address, port: port).contains(host)
    }

    /// Whether a request's `Origin` is the page itself; arguments as of ``isOurs(host:reachedAt:port:)``.
    package func isOurs(origin: String, host: String, reachedAt address: String, port: Int) -> Bool {
        if let publicOrigin, origin == publicOrigin.text { return true }
        let host = host.lowercased()
        return origin == "http://\(host)" && authorities(of: address, port: port).contains(host)
    }

    /// True if the query of a request's target carries the token, or none is asked for.
    package func hasToken(inQuery query: Substring) -> Bool {
        guard let token else { return true }
        let given = query.split(separator: "&").filter { $0.hasPrefix("token=") }
        guard given.count == 1 else { return false }
        return Self.areEqual(Array(given[0].utf8.dropFirst("token=".utf8.count)), Array(token.utf8))
    }

    private func authorities(of address: String, port: Int) -> [String] {
        let literal = IPAddress.inAuthority(address)
        let names = IPAddress.isLoopback(address) ? ["localhost", "127.0.0.1", "[::1]", literal] : [literal, hostName]
        let withPort = names.map { "\($0):\(port)" }
        // Browsers leave out the usual port.
        return port == 80 ? names + withPort : withPort
    }

    /// Takes as long for every wrong token, so that none can be guessed piece by piece.
    private static func areEqual(_ a: [UInt8], _ b: [UInt8]) -> Bool {
        guard a.count == b.count else { return false }
        return zip(a, b).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}

/// Where a proxy serves the page to others: a scheme, a host and perhaps a port, as browsers write it.
package struct PublicOrigin: Sendable, Equatable {
    /// `https://rig.example` or `https://rig.example:8443`, in lower case.
    package let text: String
    /// What follows the scheme.
    package let authority: String

    /// Nil unless the text is an origin: `http://` or `https://`, a host, no usual port, no path.
    package init?(_ text: String) {
        let text = text.lowercased()
        guard let scheme = ["http://", "https://"].first(where: text.hasPrefix) else { return nil }
        let authority = text.dropFirst(scheme.count)
        let isPlain = authority.utf8.allSatisfy {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                || ".-:[]".utf8.contains($0)
        }
        guard isPlain, !authority.isEmpty, !authority.hasPrefix(":"), !authority.hasSuffix(":") else { return nil }
        guard !authority.hasSuffix(scheme == "http://" ? ":80" : ":443") else { return nil }
        self.text = text
        self.authority = String(authority)
    }
}
