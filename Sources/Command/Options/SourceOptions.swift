import ArgumentParser
import Detection
import Foundation
import Imaging
import Movies

/// What the camera's counts, pixels and frames mean, and where the cell is.
struct SourceOptions: ParsableArguments {
    @Option(
        help:
            "Counts of the camera that mean no light; default: the minimum of the first 256 frames, or of the whole movie."
    )
    var darkLevelCounts: Double?

    @Option(help: "Pixel size in µm, instead of what the frames or the file say.")
    var pixelSizeUm: Double?

    @Option(help: "Time from frame to frame in ms, instead of what the frames or the file say.")
    var frameIntervalMs: Double?

    @Option(
        help: """
            TIFF image of the frame's size, not 0 where the cell is, for its area, the light outside and frequencies; \
            default: the cell is found.
            """
    )
    var cellMask: String?

    @Option(help: "Bits of the camera, 8 to 16, instead of what the frames or the file say.")
    var bitDepth: Int?

    func validate() throws {
        try check(darkLevelCounts, isBetween: 0, and: 65534, named: "--dark-level-counts")
        try check(pixelSizeUm, isBetween: 0.001, and: 100, named: "--pixel-size-um")
        try check(frameIntervalMs, isBetween: 0.01, and: 60000, named: "--frame-interval-ms")
        try check(bitDepth.map(Double.init), isBetween: 8, and: 16, named: "--bit-depth")
    }

    /// The cell that was drawn; nil if none was.
    ///
    /// - Throws: `TIFFError` if the file cannot be read, `ValidationError` if it is no mask.
    func drawnCell() throws -> DrawnCell? { try cellMask.map { try CellMaskFile.read($0) } }

    /// - Throws: `ValidationError` if the drawn cell has not the size of a movie's frames.
    func checkSize(of cell: DrawnCell?, against movie: borrowing TIFFMovie) throws {
        guard let cellMask, let cell, cell.size != movie.size else { return }
        throw ValidationError(
            "\(cellMask) has \(cell.size), but \(movie.path) frames of \(movie.size); give a cell mask of the same size."
        )
    }

    /// Brings the counts of a movie to 16 bits.
    ///
    /// - Throws: `ValidationError` if the bit depth does not fit into the movie's pixels, or the dark level into it.
    func scaling(of movie: borrowing TIFFMovie) throws -> PixelScaling {
        let scaling = try scalingOfPixels(of: movie)
        let largest = (65535 / Double(scaling.factor)).rounded(.up)
        if let darkLevelCounts, darkLevelCounts >= largest {
            throw ValidationError(
                "--dark-level-counts is \(darkLevelCounts), but pixels of \(movie.path) hold less than \(largest)."
            )
        }
        return scaling
    }

    private func scalingOfPixels(of movie: borrowing TIFFMovie) throws -> PixelScaling {
        guard movie.pixelType != .float32 else { return PixelScaling(floatingPointBitDepth: bitDepth) }
        guard movie.pixelType != .uint32 else {
            throw ValidationError("\(movie.path) has 32-bit whole numbers as pixels; convert them to 16 bit.")
        }
        let bitsPerPixel = 8 * movie.pixelType.byteCount
        guard let scaling = PixelScaling(bitDepth: bitDepth, bitsPerPixel: bitsPerPixel) else {
            throw ValidationError("--bit-depth is \(bitDepth ?? 0), but \(movie.path) has \(bitsPerPixel)-bit pixels.")
        }
        return scaling
    }
}

/// Refuses a value outside its range with a message that names both.
func check(_ value: Double?, isBetween lowest: Double, and highest: Double, named name: String) throws {
    guard let value, !(lowest...highest).contains(value) else { return }
    let (text, bounds) = (String(format: "%g", value), String(format: "%g and %g", lowest, highest))
    throw ValidationError("\(name) is \(text); it must lie between \(bounds).")
}
