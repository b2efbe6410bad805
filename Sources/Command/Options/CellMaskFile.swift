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

    /// - Throws: `TIFFError` if the file cannot be read, `ValidationError` if it has not the size of a movie's frames.
    static func check(_ path: String?, against movie: borrowing TIFFMovie) throws {
        guard let path else { return }
        let size = try TIFFMovie(path: path).size
        guard size == movie.size else {
            throw ValidationError(
                "\(path) has \(size), but \(movie.path) frames of \(movie.size); give a cell mask of the same size."
            )
        }
    }
}
