package import Foundation

/// The folder that results go to.
package enum OutputFolder {
    /// Makes a folder and those above it, unless it is there already.
    ///
    /// - Parameters:
    ///   - folder: Where.
    ///   - option: By which the user named it.
    /// - Throws: an ``OutputFolderError`` that names the folder.
    package static func make(_ folder: URL, option: String = "--output") throws(OutputFolderError) {
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        } catch {
            throw OutputFolderError(path: folder.path, reason: reason(folder), option: option)
        }
    }

    /// What the operating system says about the first folder on the way that cannot be made.
    ///
    /// Foundation has words of its own, which often name no reason.
    private static func reason(_ folder: URL) -> String {
        var missing = folder.standardizedFileURL
        while missing.path != "/", !FileManager.default.fileExists(atPath: missing.deletingLastPathComponent().path) {
            missing.deleteLastPathComponent()
        }
        let parent = missing.deletingLastPathComponent().path
        guard mkdir(missing.path, 0o777) != 0 else {
            rmdir(missing.path)
            return "the first attempt failed; try again"
        }
        switch errno {
        case ENOENT: return "\(parent) is no place for folders"
        case EEXIST: return "a file has its name"
        default: return "\(missing.path): \(String(cString: strerror(errno)))"
        }
    }
}

/// A folder for results could not be made.
package struct OutputFolderError: Error, Equatable, CustomStringConvertible {
    package let path: String
    package let reason: String
    package let option: String

    package var description: String {
        "cannot make the folder \(path): \(reason). Check the rights to it and that no file has its name, "
            + "or choose another one with \(option)."
    }
}
