import Foundation
import Imaging
import Movies
import UNet

/// What tells a recording from others of the same name, however it is reached: light of three frames, its name, and those
/// of three folders above it.
enum MovieIdentity {
    /// Folders above a movie that usually tell condition, animal and cell.
    private static let folderCount = 3

    /// - Throws: `TIFFError` for a damaged frame.
    static func of(_ movie: borrowing TIFFMovie) throws -> String {
        let place = URL(filePath: movie.path).standardizedFileURL.pathComponents.suffix(folderCount + 1)
        var bytes: [UInt8] = []
        let counts = UnsafeMutableBufferPointer<Float>.allocate(capacity: movie.size.pixelCount)
        defer { counts.deallocate() }
        for frame in Set([0, movie.frameCount / 2, movie.frameCount - 1]).sorted() {
            try movie.read(frame: frame, into: counts)
            for count in counts { withUnsafeBytes(of: count.bitPattern.littleEndian) { bytes += $0 } }
        }
        return (place + ["\(movie.frameCount)", SHA256.hexDigest(of: bytes)]).joined(separator: "/")
    }
}
