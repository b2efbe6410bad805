package import FlyingFox
import Foundation

/// Who may see the page.
///
/// On addresses that only this computer reaches everybody may, except foreign web pages: their requests bear another
/// host name (DNS rebinding) or another origin. Elsewhere the token has to be part of the address.
package struct AccessRule: Sendable {
    package let token: String?

    /// True if the request names a host that the page may be reached by, and comes from no other web page.
    package func isFromHere(_ request: HTTPRequest) -> Bool {
        guard let host = request.headers[.host] else { return false }
        if token == nil, !Self.isLocal(host) { return false }
        guard let origin = request.headers[HTTPHeader("Origin")] else { return true }
        return origin == "http://\(host)" || origin == "https://\(host)"
    }

    /// True if the request carries the token, or none is asked for.
    package func hasToken(_ request: HTTPRequest) -> Bool {
        guard let token else { return true }
        guard let given = request.query["token"] else { return false }
        return Self.areEqual(Array(given.utf8), Array(token.utf8))
    }

    private static func isLocal(_ host: String) -> Bool {
        let name = host.hasPrefix("[") ? String(host.prefix { $0 != "]" }) + "]" : String(host.prefix { $0 != ":" })
        return name == "localhost" || name == "[::1]" || name.hasPrefix("127.")
    }

    /// Takes as long for every wrong token, so that none can be guessed piece by piece.
    private static func areEqual(_ a: [UInt8], _ b: [UInt8]) -> Bool {
        guard a.count == b.count else { return false }
        return zip(a, b).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
