public import Foundation

/// The folder that results go to.
public enum OutputFolder {
    /// Makes a folder and those above it, unless it is there already.
    ///
    /// - Throws: an ``OutputFolderError`` that names the folder.
    public static func make(_ folder: URL) throws(OutputFolderError) {
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        } catch {
            let cause = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
            throw OutputFolderError(path: folder.path, reason: (cause ?? error as NSError).localizedDescription)
        }
    }
}

/// A folder for results could not be made.
public struct OutputFolderError: Error, Equatable, CustomStringConvertible {
    public let path: String
    public let reason: String

    public var description: String {
        "cannot make the folder \(path): \(reason). Check the rights to it and that no file has its name, "
            + "or choose another one with --output."
    }
}
