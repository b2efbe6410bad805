import Dashboard
import Foundation
import UNet

/// Finds the model that comes with Sparkwatch, from any directory.
enum InstalledFiles {
    static let modelName = "default-model.safetensors"

    /// Loads the model at `path`, or the one in use.
    ///
    /// - Throws: ``UnusableModel`` if it is not a model, ``MissingModel`` if none is installed.
    static func loadModel(_ path: String?) throws -> Model {
        let file = try modelFile(path)
        if path == nil, file == OwnModels().inUse { Notes.write("model of your own: \(file.path)") }
        return try load(file)
    }

    /// The model at `path`; else the user's own that is in use, else the one installed with Sparkwatch.
    ///
    /// - Throws: ``MissingModel`` if there is none.
    static func modelFile(_ path: String?) throws(MissingModel) -> URL {
        if let path { return URL(filePath: path) }
        if let own = OwnModels().inUse {
            guard FileManager.default.fileExists(atPath: own.path) else { throw .own(own.path) }
            return own
        }
        let candidates = folders.map { $0.appending(path: modelName) }
        guard let url = candidates.first(where: { FileManager.default.fileExists(atPath: $0.path) }) else {
            throw .installed(searched: candidates.map(\.path))
        }
        return url
    }

    /// The program that sets up Python and trains.
    ///
    /// - Throws: ``MissingTrainer``
    static var trainer: URL {
        get throws(MissingTrainer) {
            let sources = folders.dropFirst().map { $0.deletingLastPathComponent().appending(path: "Training") }
            let candidates = ([folders[0].appending(path: "training")] + sources).map { $0.appending(path: "start.py") }
            guard let url = candidates.first(where: { FileManager.default.fileExists(atPath: $0.path) }) else {
                throw MissingTrainer(searched: candidates.map(\.path))
            }
            return url
        }
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

/// No model was given and none is there.
enum MissingModel: Error, CustomStringConvertible {
    case installed(searched: [String])
    case own(String)

    var description: String {
        switch self {
        case .installed(let searched):
            "No model is installed (looked for \(searched.joined(separator: ", "))). Give one with --model FILE, or run "
                + "`make install`."
        case .own(let path):
            "Your own model, \(path), is gone. Give one with --model FILE, choose one with `sparkwatch model use FILE`, or go "
                + "back to the installed one with `sparkwatch model use --shipped`."
        }
    }
}

/// The trainer is not installed.
struct MissingTrainer: Error, CustomStringConvertible {
    let searched: [String]

    var description: String {
        "The trainer is not installed (looked for \(searched.joined(separator: ", "))). Run `make install`."
    }
}
