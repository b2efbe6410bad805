package import Foundation
package import Imaging

/// Binary messages of a review; pictures are those of the live page.
package enum ReviewPicture {
    /// The voxels of an event, little-endian: 3, 1 for one that is only proposed, 2 unused bytes, its number (4), version
    /// of the mask (4), number of the movie (4), number of runs (4), and for every run frame (4), row, first column, end
    /// column and nothing (2 each).
    ///
    /// - Parameters:
    ///   - mask: The voxels.
    ///   - number: That of the event.
    ///   - version: Counts the changes of its mask.
    ///   - movie: Number of the movie.
    ///   - isDraft: The event is only proposed.
    /// - Returns: The message.
    package static func mask(_ mask: VoxelRuns, number: Int, version: Int, movie: Int, isDraft: Bool = false) -> Data {
        var data = Data(capacity: 20 + 12 * mask.runs.count)
        data.append(contentsOf: [3, isDraft ? 1 : 0, 0, 0])
        data.append(littleEndian: UInt32(clamping: number))
        data.append(littleEndian: UInt32(clamping: version))
        data.append(littleEndian: UInt32(clamping: movie))
        data.append(littleEndian: UInt32(clamping: mask.runs.count))
        for run in mask.runs {
            data.append(littleEndian: UInt32(clamping: run.frame))
            data.append(littleEndian: UInt16(clamping: run.y))
            data.append(littleEndian: UInt16(clamping: run.start))
            data.append(littleEndian: UInt16(clamping: run.end))
            data.append(littleEndian: UInt16(0))
        }
        return data
    }

    /// Change along x over time, little-endian: 4, 3 unused bytes, number of the movie (4), width and height (2 each),
    /// columns and frames that became one pixel (2 each), what 0 and 255 stand for (float each), pixels `[t][x]`.
    ///
    /// - Parameters:
    ///   - profile: Mean change `[t][x]`.
    ///   - width: Number of columns.
    ///   - movie: Number of the movie.
    /// - Returns: The message, with means over columns and frames where there are many.
    package static func scan(_ profile: [Float], width: Int, movie: Int) -> Data {
        let frameCount = profile.count / max(1, width)
        let (columnStep, frameStep) = ((width + 511) / 512, max(1, (frameCount + 1499) / 1500))
        let (columns, rows) = (width / columnStep, frameCount / frameStep)
        var means = [Float](repeating: 0, count: columns * rows)
        for frame in 0..<rows * frameStep {
            for x in 0..<columns * columnStep {
                means[frame / frameStep * columns + x / columnStep] += profile[frame * width + x]
            }
        }
        let scale = 1 / Float(columnStep * frameStep)
        for index in means.indices { means[index] *= scale }
        let sorted = means.sorted()
        let low = sorted.isEmpty ? 0 : sorted[Int(Double(sorted.count - 1) * 0.02)]
        let high = sorted.isEmpty ? 1 : max(low + 1e-3, sorted[Int(Double(sorted.count - 1) * 0.998)])
        var data = Data(capacity: 24 + means.count)
        data.append(contentsOf: [4, 0, 0, 0])
        data.append(littleEndian: UInt32(clamping: movie))
        for value in [columns, rows, columnStep, frameStep] { data.append(littleEndian: UInt16(clamping: value)) }
        data.append(littleEndian: low.bitPattern)
        data.append(littleEndian: high.bitPattern)
        data.append(contentsOf: means.map { UInt8(saturating: ($0 - low) / (high - low) * 255) })
        return data
    }
}
