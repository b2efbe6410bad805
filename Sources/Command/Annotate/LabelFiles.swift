import Detection
import Foundation
import Imaging
import Movies

/// The two label movies of one recording.
struct LabelFiles {
    private let folder: URL
    private let classPath: String
    private let eventPath: String

    private static let partialEnding = ".partial"

    init(folder: URL, name: String) {
        self.folder = folder
        classPath = folder.appending(path: "\(name)_class_label.tif").path
        eventPath = folder.appending(path: "\(name)_event_label.tif").path
    }

    /// - Throws: ``LabelsExist`` if there are labels already, which a person may have corrected.
    func checkAreFree() throws(LabelsExist) {
        for path in [classPath, eventPath] where FileManager.default.fileExists(atPath: path) {
            throw LabelsExist(path: path)
        }
    }

    /// Writes both movies; they appear when they are complete.
    ///
    /// - Throws: `TIFFError`, or a file error.
    func write(_ events: [Instance], of movie: borrowing TIFFMovie, calibration: Calibration) throws {
        try OutputFolder.make(folder)
        let paths = [classPath, eventPath]
        defer { for path in paths { unlink(path + Self.partialEnding) } }
        var writer = try EventMaskWriter(
            classPath: classPath + Self.partialEnding,
            instancePath: eventPath + Self.partialEnding,
            size: movie.size,
            frameCount: movie.frameCount,
            calibration: calibration
        )
        for (index, event) in events.enumerated() {
            writer.add(event.voxels, of: event.eventClass, number: index + 1, origin: 0)
        }
        try writer.finish()
        for path in paths {
            guard rename(path + Self.partialEnding, path) == 0 else {
                throw ResultError.cannotComplete(path: path, reason: String(cString: strerror(errno)))
            }
        }
    }
}

/// Labels would be replaced.
struct LabelsExist: Error, CustomStringConvertible {
    let path: String

    var description: String {
        "\(path) is there and may hold corrections; choose another --output folder, or replace it with --overwrite"
    }
}
