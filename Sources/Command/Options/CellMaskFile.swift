import ArgumentParser
import Detection
import Movies

/// A mask of cells that a person or a program drew: a TIFF image, 0 outside, and 1 to n in n cells.
enum CellMaskFile {
    /// - Throws: `TIFFError` if the file cannot be read, `ValidationError` if it is no mask.
    static func read(_ path: String) throws -> DrawnCells {
        let image = try TIFFMovie(path: path)
        guard image.frameCount == 1 else {
            throw ValidationError("\(path) has \(image.frameCount) frames; a cell mask is a single image.")
        }
        let values = try image.labels(frames: 0..<1)
        let found = Set(values).subtracting([0]).sorted()
        guard let largest = found.last else {
            throw ValidationError("\(path) is 0 everywhere; a cell mask is not 0 where the cell is.")
        }
        // A mask of one cell has any value, such as 255.
        guard found.count > 1 else {
            return DrawnCells(size: image.size, labels: values.map { $0 == 0 ? 0 : 1 })
        }
        guard largest <= UInt8.max, Int(largest) <= 2 * found.count else {
            let some = found.prefix(5).map(String.init).joined(separator: ", ")
            throw ValidationError(
                "\(path) holds \(found.count) values (\(some)\(found.count > 5 ? ", ..." : "")); a mask of several cells "
                    + "holds 1 to n, 255 at most, and a mask of one cell a single value besides 0."
            )
        }
        return DrawnCells(size: image.size, labels: values.map { UInt8($0) })
    }
}
