public import Foundation

/// An empty folder that disappears with its owner.
public struct TemporaryFolder: ~Copyable {
    public let url: URL

    public init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "sparkwatch-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    /// The path of a file of this name in the folder.
    public func path(_ name: String) -> String { url.appending(path: name).path }
}
