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
            let cause = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
            throw OutputFolderError(
                path: folder.path,
                reason: (cause ?? error as NSError).localizedDescription,
                option: option
            )
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
