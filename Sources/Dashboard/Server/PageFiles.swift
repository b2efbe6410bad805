package import Foundation

/// The files of the page, read once: nothing else on the disk can be asked for.
package struct PageFiles: Sendable {
    /// A file with its media type.
    package struct File: Sendable {
        package let type: String
        package let content: Data
    }

    private let files: [String: File]

    private static let types = [
        "html": "text/html; charset=utf-8", "css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8",
        "svg": "image/svg+xml",
    ]

    /// Reads all files of known types in a folder.
    ///
    /// - Parameters:
    ///   - folder: Where they are.
    ///   - first: The name of the page itself.
    /// - Throws: ``DashboardError/pageMissing(folder:name:)`` if it is not among them.
    package init(folder: URL, first: String = "index.html") throws(DashboardError) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        var files: [String: File] = [:]
        for name in names {
            let url = folder.appending(path: name)
            guard let type = Self.types[url.pathExtension], let content = try? Data(contentsOf: url) else { continue }
            files["/\(name)"] = File(type: type, content: content)
        }
        guard let page = files["/\(first)"] else { throw .pageMissing(folder: folder.path, name: first) }
        files["/"] = page
        self.files = files
    }

    /// The file at a path of the page's address.
    package func file(at path: String) -> File? { files[path] }

    /// True for pages, which the token is asked for; what they load is no secret.
    package func isPage(_ path: String) -> Bool { path == "/" || path.hasSuffix(".html") }
}
