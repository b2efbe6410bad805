import Foundation
import Imaging
import Movies

/// The memory that work on a whole movie takes.
struct MemoryNeed {
    private let path: String
    private let byteCount: Int

    init(of movie: borrowing TIFFMovie, bytesPerVoxel: Int) {
        path = movie.path
        byteCount = movie.frameCount * movie.size.pixelCount * bytesPerVoxel
    }

    /// - Parameter alternative: What else a user may do than to take a shorter movie.
    /// - Throws: ``NotEnoughMemory`` if it is more than the machine has left.
    func check(alternative: String? = nil) throws(NotEnoughMemory) {
        guard let available = Computer.availableMemoryByteCount, byteCount > available else { return }
        throw NotEnoughMemory(path: path, needed: byteCount, available: available, alternative: alternative)
    }
}

/// A movie is too long to be worked on as a whole.
struct NotEnoughMemory: Error, CustomStringConvertible {
    let path: String
    let needed: Int
    let available: Int
    let alternative: String?

    var description: String {
        func gigabytes(_ byteCount: Int) -> String { String(format: "%.1f GB", Double(byteCount) / 1e9) }
        return "\(path): the whole movie needs about \(gigabytes(needed)) of memory, and \(gigabytes(available)) are "
            + "available; take a shorter movie" + (alternative.map { ", or \($0)" } ?? "")
    }
}
