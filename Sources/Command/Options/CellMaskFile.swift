import ArgumentParser
import Detection
import Movies

/// A cell mask that a person drew: a TIFF image that is not 0 where the cell is.
enum CellMaskFile {
    /// - Throws: `TIFFError` if the file cannot be read, `ValidationError` if it is no mask.
    static func read(_ path: String) throws -> DrawnCell {
        let image = try TIFFMovie(path: path)
        guard image.frameCount == 1 else {
            throw ValidationError("\(path) has \(image.frameCount) frames; a cell mask is a single image.")
        }
        let pixels = try image.labels(frames: 0..<1).map { $0 != 0 }
        guard pixels.contains(true) else {
            throw ValidationError("\(path) is 0 everywhere; a cell mask is not 0 where the cell is.")
        }
        return DrawnCell(size: image.size, pixels: pixels)
    }
}
