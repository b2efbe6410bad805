import Foundation
import Imaging
import UNet

/// Models of the user's own, of which one may be in use.
struct OwnModels {
    private let folder: URL

    init() {
        let home = ProcessInfo.processInfo.environment["XDG_DATA_HOME"].flatMap { $0.isEmpty ? nil : $0 }
        let data = home.map { URL(filePath: $0) } ?? URL.homeDirectory.appending(path: ".local/share")
        folder = data.appending(path: "sparkwatch/models")
    }

    private var link: URL { folder.appending(path: "in-use") }

    /// The model in use; nil where it is the one that was installed.
    var inUse: URL? {
        guard let name = try? FileManager.default.destinationOfSymbolicLink(atPath: link.path) else { return nil }
        return name.hasPrefix("/") ? URL(filePath: name) : folder.appending(path: name)
    }

    /// Takes a copy of a file and makes it the one in use.
    ///
    /// - Parameters:
    ///   - file: A model that can be loaded.
    ///   - sha256: Its fingerprint, by which copies are named.
    /// - Throws: What the disk does not take.
    func use(_ file: URL, sha256: String) throws {
        try OutputFolder.make(folder, option: "XDG_DATA_HOME")
        let name = file.deletingPathExtension().lastPathComponent
        let isOwn = file.deletingLastPathComponent().standardizedFileURL.path == folder.standardizedFileURL.path
        let copy = isOwn ? file : folder.appending(path: "\(name)-\(sha256.prefix(12)).safetensors")
        if !isOwn {
            try Data(contentsOf: file).write(to: copy, options: .atomic)
            let (layer, copiedLayer) = (SideOutput.file(beside: file), SideOutput.file(beside: copy))
            if FileManager.default.fileExists(atPath: layer.path) {
                try Data(contentsOf: layer).write(to: copiedLayer, options: .atomic)
            } else {
                unlink(copiedLayer.path)
            }
        }
        // The new link takes the place of the old one in one step.
        let next = folder.appending(path: "in-use-\(UUID().uuidString)")
        try FileManager.default.createSymbolicLink(atPath: next.path, withDestinationPath: copy.lastPathComponent)
        guard rename(next.path, link.path) == 0 else {
            let reason = String(cString: strerror(errno))
            try? FileManager.default.removeItem(at: next)
            throw CocoaError(
                .fileWriteUnknown,
                userInfo: [NSFilePathErrorKey: link.path, NSLocalizedDescriptionKey: reason]
            )
        }
    }

    /// From now on the installed model is in use; all files stay.
    ///
    /// - Throws: What the disk does not take.
    func useNone() throws {
        if inUse != nil { try FileManager.default.removeItem(at: link) }
    }
}
