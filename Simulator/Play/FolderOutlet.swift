import Foundation
import Imaging
import Movies
import Wire

/// Writes every frame into a file of its own, as acquisition software does: `img_000000017.tif`.
///
/// The files of another series in the same folder are `img-2_000000017.tif`; none is written over.
final class FolderOutlet: FrameOutlet {
    private let folder: URL
    private var prefix = ""

    private static let digits = 9

    init(path: String) throws {
        folder = URL(filePath: path)
        try OutputFolder.make(folder, option: "--to-folder")
    }

    var place: String { folder.path }

    func waitForReader(seconds: Double, isCancelled: () -> Bool) -> Bool { true }

    func start(_ series: PlaybackSeries, _ header: SeriesStartHeader) throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        for number in 1... {
            prefix = number == 1 ? "img_" : "img-\(number)_"
            guard names.contains(where: { $0.hasPrefix(prefix) }) else { break }
        }
    }

    func send(_ frame: OutgoingFrame) throws -> Bool {
        let number = String(frame.header.frameIndex ?? 0)
        let name = prefix + String(repeating: "0", count: max(0, Self.digits - number.count)) + number + ".tif"
        let path = folder.appending(path: name).path
        var options = TIFFMovieWriter.Options(expectedFrameCount: 1)
        options.calibration = frame.header.series.calibration
        var writer = try TIFFMovieWriter(
            path: path,
            size: frame.header.size,
            pixelType: frame.header.pixelType,
            options: options
        )
        // A program that dies within a frame leaves its beginning.
        if frame.corruption != nil { return true }
        try frame.pixels.withUnsafeBytes { try writer.append($0) }
        try writer.finish()
        return true
    }

    func end(_ header: SeriesEndHeader) {}
    func replace() {}
}
