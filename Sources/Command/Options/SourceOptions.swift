import ArgumentParser
import Detection
import Foundation
import Imaging
import Movies

/// What the camera's counts, pixels and frames mean, and where the cell is.
struct SourceOptions: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help:
            "Counts of the camera that mean no light; default: the minimum of the first 256 frames, or of the whole movie."
    )
    var darkLevelCounts: Double?

    @Option(parsing: .unconditional, help: "Pixel size in µm, instead of what the frames or the file say.")
    var pixelSizeUm: Double?

    @Option(
        parsing: .unconditional,
        help: "Time from frame to frame in ms, instead of what the frames or the file say."
    )
    var frameIntervalMs: Double?

    @Option(
        help: """
            TIFF image of the frame's size, not 0 where the cell is, for its area, the light outside and frequencies; \
            default: the cell is found.
            """
    )
    var cellMask: String?

    @Option(parsing: .unconditional, help: "Bits of the camera, 8 to 16, instead of what the frames or the file say.")
    var bitDepth: Int?

    @Option(help: "Name or number, from 1, of the channel to take where there are several; default: the first.")
    var channel: String?

    func validate() throws {
        try check(darkLevelCounts, isBetween: 0, and: 65534, named: "--dark-level-counts")
        try check(pixelSizeUm, is: .pixelSize)
        try check(frameIntervalMs, is: .frameInterval)
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

    /// Opens a movie at the wanted channel.
    ///
    /// - Throws: `TIFFError` that says what the file is instead.
    func movie(_ path: String) throws -> TIFFMovie { try TIFFMovie(path: path, channel: channel) }

    /// Brings the counts of a movie to 16 bits, and says what looks wrong about them.
    ///
    /// - Throws: `BitDepthError` if the bit depth does not fit the movie's counts, `ValidationError` if the dark level does
    ///   not, `TIFFError` for damaged frames.
    func scaling(of movie: borrowing TIFFMovie) throws -> MovieScaling {
        let scaling = try MovieScaling(of: movie, option: bitDepth)
        let largest = (65535 / Double(scaling.scaling.factor)).rounded(.up)
        if let darkLevelCounts, darkLevelCounts >= largest {
            throw ValidationError(
                "--dark-level-counts is \(darkLevelCounts), but pixels of \(movie.path) hold less than \(largest)."
            )
        }
        return scaling
    }

    /// What is taken for the pixel size and the frame interval of a movie.
    ///
    /// - Parameters:
    ///   - movie: The movie.
    ///   - model: What is assumed where neither the user nor the file says it.
    /// - Returns: Values, and where they come from.
    func calibration(of movie: borrowing TIFFMovie, model: Calibration) -> CalibrationChoice {
        CalibrationChoice(
            options: statedByUser,
            stated: movie.calibration.stated,
            implausible: movie.calibration.implausible,
            model: model,
            source: "the file"
        )
    }

    /// What the options state.
    var statedByUser: [Quantity: Double] {
        var options: [Quantity: Double] = [:]
        options[.pixelSize] = pixelSizeUm
        options[.frameInterval] = frameIntervalMs
        return options
    }
}

/// Refuses a value that a quantity cannot have.
func check(_ value: Double?, is quantity: Quantity, named name: String? = nil) throws {
    try check(
        value,
        isBetween: quantity.range.lowerBound,
        and: quantity.range.upperBound,
        named: name ?? quantity.option
    )
}

/// Refuses a value outside its range with a message that names both.
func check(_ value: Double?, isBetween lowest: Double, and highest: Double, named name: String) throws {
    guard let value, !(lowest...highest).contains(value) else { return }
    let (text, bounds) = (String(format: "%g", value), String(format: "%g and %g", lowest, highest))
    throw ValidationError("\(name) is \(text); it must lie between \(bounds).")
}
