import ArgumentParser
import Streams
import UNet

/// A cell mask that a person drew: a TIFF image that is not 0 where the cell is.
enum CellMaskFile {
    /// True for every pixel of the cell, `[y][x]`.
    ///
    /// - Throws: `TIFFError` if the file cannot be read, `ValidationError` if it is no mask.
    static func read(_ path: String) throws -> [Bool] {
        let image = try TIFFMovie(path: path)
        guard image.frameCount == 1 else {
            throw ValidationError("\(path) has \(image.frameCount) frames; a cell mask is a single image.")
        }
        let pixels = try image.labels(frames: 0..<1).map { $0 != 0 }
        guard pixels.contains(true) else {
            throw ValidationError("\(path) is 0 everywhere; a cell mask is not 0 where the cell is.")
        }
        return pixels
    }

    /// - Throws: `ValidationError` if a mask has not as many pixels as the frames of a movie.
    static func check(_ pixels: [Bool]?, against movie: borrowing TIFFMovie) throws {
        guard let pixels, pixels.count != movie.size.pixelCount else { return }
        throw ValidationError(
            "The cell mask has \(pixels.count) pixels, but \(movie.path) frames of \(movie.size); give one of the same size."
        )
    }
}
