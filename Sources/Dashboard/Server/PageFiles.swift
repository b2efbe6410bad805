package import FlyingFox
package import Foundation

/// The files of the page, read once: nothing else on the disk can be asked for.
package struct PageFiles: Sendable {
    private let responses: [String: HTTPResponse]

    private static let types = [
        "html": "text/html; charset=utf-8", "css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8",
        "svg": "image/svg+xml",
    ]

    /// Reads all files of known types in a folder.
    ///
    /// - Throws: ``DashboardError/pageMissing(folder:)`` if there is no index.html among them.
    package init(folder: URL) throws(DashboardError) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        var responses: [String: HTTPResponse] = [:]
        for name in names {
            let url = folder.appending(path: name)
            guard let type = Self.types[url.pathExtension], let body = try? Data(contentsOf: url) else { continue }
            responses["/\(name)"] = HTTPResponse(statusCode: .ok, headers: Self.headers(type: type), body: body)
        }
        guard let index = responses["/index.html"] else { throw .pageMissing(folder: folder.path) }
        responses["/"] = index
        self.responses = responses
    }

    package func response(to path: String) -> HTTPResponse? { responses[path] }

    /// True for the page itself, which the token is asked for; what it loads is no secret.
    package func isPage(_ path: String) -> Bool { path == "/" || path == "/index.html" }

    private static func headers(type: String) -> HTTPHeaders {
        [
            .contentType: type,
            .cacheControl: "no-cache",
            HTTPHeader("Content-Security-Policy"):
                "default-src 'self'; img-src 'self' blob: data:; frame-ancestors 'none'; base-uri 'none'",
            HTTPHeader("X-Content-Type-Options"): "nosniff",
            HTTPHeader("Referrer-Policy"): "no-referrer",
        ]
    }
}
