import Foundation
import Imaging
import NIOHTTP1

/// What a request gets.
enum PageAnswer {
    /// The page's WebSocket.
    case socket
    case file(PageFiles.File)
    case refusal(HTTPResponseStatus, String)
    /// A refusal of what no honest browser of this page sends.
    case foreign(String)
}

/// Decides what a request gets; knows requests, not connections.
struct PageRequests: Sendable {
    let files: PageFiles
    let access: AccessRule
    let limits: PageLimits

    static let socketPath = "/live"

    /// - Parameters:
    ///   - head: The request.
    ///   - address: IP address of this computer that the connection has reached.
    ///   - port: Its port.
    /// - Returns: A file, the WebSocket, or why there is neither.
    func answer(to head: HTTPRequestHead, reachedAt address: String, port: Int) -> PageAnswer {
        guard head.method == .GET || head.method == .HEAD else {
            return .refusal(.methodNotAllowed, "Only GET and HEAD are answered here.")
        }
        guard head.headers.count <= limits.headerFields else {
            return .refusal(.requestHeaderFieldsTooLarge, "More than \(limits.headerFields) header fields.")
        }
        let hasBody =
            head.headers.contains(name: "Transfer-Encoding") || head.headers["Content-Length"].contains { $0 != "0" }
        guard !hasBody else { return .refusal(.badRequest, "A request for this page has no body.") }
        guard head.uri.hasPrefix("/") else { return .refusal(.badRequest, "The target has to begin with a slash.") }
        let hosts = head.headers["Host"]
        guard hosts.count == 1 else { return .refusal(.badRequest, "One header field Host is needed.") }
        guard access.isOurs(host: hosts[0], reachedAt: address, port: port) else {
            let authority = access.publicOrigin?.authority ?? "\(IPAddress.inAuthority(address)):\(port)"
            return .foreign("This page is served under another name. Open it at \(authority).")
        }
        let origins = head.headers["Origin"]
        guard origins.count <= 1,
            origins.allSatisfy({ access.isOurs(origin: $0, host: hosts[0], reachedAt: address, port: port) })
        else { return .foreign("Other web pages may not ask for this one.") }

        let parts = head.uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let (path, query) = (String(parts[0]), parts.count > 1 ? parts[1] : "")
        guard path != Self.socketPath && !files.isPage(path) || access.hasToken(inQuery: query) else {
            return .refusal(.forbidden, "The address needs the token that `sparkwatch live` prints: ?token=...")
        }
        if path == Self.socketPath { return socket(for: head, hasOrigin: !origins.isEmpty) }
        return files.file(at: path).map(PageAnswer.file) ?? .refusal(.notFound, "There is no such file.")
    }

    private func socket(for head: HTTPRequestHead, hasOrigin: Bool) -> PageAnswer {
        guard hasOrigin else { return .foreign("The WebSocket is for the page alone: Origin is missing.") }
        guard head.method == .GET, head.version == .http1_1 else {
            return .refusal(.badRequest, "A WebSocket begins with GET of HTTP/1.1.")
        }
        let upgrades = head.headers[canonicalForm: "Upgrade"]
        guard upgrades.count == 1, upgrades[0].lowercased() == "websocket",
            head.headers[canonicalForm: "Connection"].contains(where: { $0.lowercased() == "upgrade" })
        else { return .refusal(.upgradeRequired, "Here is a WebSocket: the header field Upgrade is missing.") }
        guard head.headers["Sec-WebSocket-Version"] == ["13"] else {
            return .refusal(.upgradeRequired, "Version 13 of the WebSocket protocol is spoken here.")
        }
        let keys = head.headers["Sec-WebSocket-Key"]
        guard keys.count == 1, Data(base64Encoded: keys[0])?.count == 16 else {
            return .refusal(.badRequest, "The header field Sec-WebSocket-Key is missing or is not 16 bytes of Base64.")
        }
        return .socket
    }
}
