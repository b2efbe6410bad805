import Foundation
import Streams
import UNet

/// The memory that work on a whole movie takes.
struct MemoryNeed {
    private let path: String
    private let byteCount: Int

    init(of movie: borrowing TIFFMovie, bytesPerVoxel: Int) {
        path = movie.path
        byteCount = movie.frameCount * movie.size.pixelCount * bytesPerVoxel
    }

    /// - Throws: ``NotEnoughMemory`` if it is more than the machine has left.
    func check() throws(NotEnoughMemory) {
        guard let available = Computer.availableMemoryByteCount, byteCount > available else { return }
        throw NotEnoughMemory(path: path, needed: byteCount, available: available)
    }
}

/// A movie is too long to be worked on as a whole.
struct NotEnoughMemory: Error, CustomStringConvertible {
    let path: String
    let needed: Int
    let available: Int

    var description: String {
        func gigabytes(_ byteCount: Int) -> String { String(format: "%.1f GB", Double(byteCount) / 1e9) }
        return "\(path): the whole movie needs about \(gigabytes(needed)) of memory, and \(gigabytes(available)) are "
            + "available; take a shorter movie, or `analyze --streaming`, which needs no more for longer ones"
    }
}
