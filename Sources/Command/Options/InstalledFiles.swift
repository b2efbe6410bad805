import Dashboard
import Foundation
import UNet

/// Finds the model that comes with Sparkwatch, from any directory.
enum InstalledFiles {
    static let modelName = "default-model.safetensors"

    /// Loads the model at `path`, or the one installed with Sparkwatch.
    ///
    /// - Throws: ``UnusableModel`` if it is not a model, ``MissingModel`` if none is installed.
    static func loadModel(_ path: String?) throws -> Model {
        if let path { return try load(URL(filePath: path)) }
        let candidates = folders.map { $0.appending(path: modelName) }
        guard let url = candidates.first(where: { FileManager.default.fileExists(atPath: $0.path) }) else {
            throw MissingModel(searched: candidates.map(\.path))
        }
        return try load(url)
    }

    /// - Throws: ``UnusableModel``, which names the file.
    private static func load(_ url: URL) throws(UnusableModel) -> Model {
        do throws(UNetError) {
            return try Model.load(from: url)
        } catch {
            if case .unreadable = error { throw UnusableModel(path: url.path, reason: "\(error)", namesFile: true) }
            throw UnusableModel(path: url.path, reason: "\(error)", namesFile: false)
        }
    }

    /// Reads a PyTorch checkpoint.
    ///
    /// - Throws: ``UnusableModel``, which names the file.
    static func loadCheckpoint(_ path: String) throws(UnusableModel) -> TorchCheckpoint {
        do throws(CheckpointError) {
            return try TorchCheckpoint(contentsOf: URL(filePath: path))
        } catch {
            if case .unreadable = error { throw UnusableModel(path: path, reason: "\(error)", namesFile: true) }
            throw UnusableModel(path: path, reason: "\(error)", namesFile: false)
        }
    }

    /// The folder with the files of the live page.
    static var pageFolder: URL {
        let installed = folders[0].appending(path: "page")
        if FileManager.default.fileExists(atPath: installed.path) { return installed }
        let sources = folders.dropFirst().map {
            $0.deletingLastPathComponent().appending(path: "Sources/Dashboard/Page")
        }
        return sources.first { FileManager.default.fileExists(atPath: $0.path) } ?? installed
    }

    /// Beside the installed binary, then the source tree that the binary was built in.
    private static var folders: [URL] {
        let binary = (Bundle.main.executableURL ?? URL(filePath: CommandLine.arguments[0])).resolvingSymlinksInPath()
        let prefix = binary.deletingLastPathComponent().deletingLastPathComponent()
        return [
            prefix.appending(path: "share/sparkwatch"),
            prefix.deletingLastPathComponent().appending(path: "Config"),
            prefix.deletingLastPathComponent().deletingLastPathComponent().appending(path: "Config"),
        ]
    }
}

/// A file is no model.
struct UnusableModel: Error, CustomStringConvertible {
    let path: String
    let reason: String
    /// Whether the reason does so itself.
    let namesFile: Bool

    var description: String { namesFile ? reason : "\(path) is no model that can be used: \(reason)" }
}

/// No model was given and none is installed.
struct MissingModel: Error, CustomStringConvertible {
    let searched: [String]

    var description: String {
        "No model is installed (looked for \(searched.joined(separator: ", "))). Give one with --model FILE, or run "
            + "`make install`."
    }
}
