package import Foundation
import Imaging

/// Where recordings go: one file for each series, none of which is ever written over.
package struct RecordingNames: Sendable, Equatable {
    private enum Destination: Equatable {
        case folder(URL)
        case file(URL)
    }

    private let destination: Destination
    private var count = 0

    /// The ending of OME-TIFF.
    private static let suffix = ".ome.tif"

    /// Takes a path that ends in `.tif` or `.tiff` as that of the first file, any other as that of a folder.
    ///
    /// - Throws: ``OutputFolderError`` if the folder cannot be made, ``TIFFError/cannotOpen(path:reason:)`` if there is such a
    ///   file already.
    package init(path: String) throws {
        let url = URL(filePath: path)
        let isFile = ["tif", "tiff"].contains(url.pathExtension.lowercased())
        let folder = isFile ? url.deletingLastPathComponent() : url
        try OutputFolder.make(folder, option: "--record")
        if isFile, FileManager.default.fileExists(atPath: url.path) {
            throw TIFFError.cannotOpen(path: path, reason: "there is such a file already, which is not written over")
        }
        destination = isFile ? .file(url) : .folder(url)
    }

    /// A name that is free: for the first file the wanted one, then with a number; in a folder by date and time.
    package mutating func next(at date: Date) -> String {
        count += 1
        let folder: URL
        let stem: String
        let suffix: String
        switch destination {
        case .folder(let url):
            let format = DateFormatter()
            format.locale = Locale(identifier: "en_US_POSIX")
            format.dateFormat = "yyyyMMdd-HHmmss"
            (folder, stem, suffix) = (url, "recording-\(format.string(from: date))", Self.suffix)
        case .file(let url):
            let name = url.lastPathComponent
            let ending = name.lowercased().hasSuffix(Self.suffix) ? Self.suffix.count : url.pathExtension.count + 1
            (folder, stem, suffix) = (
                url.deletingLastPathComponent(), String(name.dropLast(ending)), String(name.suffix(ending))
            )
        }
        var number: Int
        if case .file = destination { number = count } else { number = 1 }
        while true {
            let name = stem + (number == 1 ? "" : "-\(number)") + suffix
            let path = folder.appending(path: name).path
            guard FileManager.default.fileExists(atPath: path) else { return path }
            number += 1
        }
    }
}
