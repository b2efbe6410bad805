import Foundation
import Imaging

/// A Gaussian of any width over time and within frames; beyond a border the movie is mirrored.
struct MovieSmoother {
    let size: FrameSize
    private let overTime: [Float]
    private let withinFrame: [Float]

    /// Kernels reach so many standard deviations to either side.
    private static let reach = 4.0

    /// - Parameters:
    ///   - size: Extent of a frame.
    ///   - frames: Standard deviation over time; 0 leaves time alone.
    ///   - pixels: Standard deviation along y and x; 0 leaves frames alone.
    init(size: FrameSize, frames: Double, pixels: Double) {
        self.size = size
        overTime = Self.weights(deviation: frames)
        withinFrame = Self.weights(deviation: pixels)
    }

    /// Smooths a movie `[t][y][x]`.
    func smoothed(_ movie: [Float]) -> [Float] {
        let frameCount = movie.count / size.pixelCount
        var result = [Float](repeating: 0, count: movie.count)
        var plane = [Float](repeating: 0, count: size.pixelCount)
        movie.withUnsafeBufferPointer { movie in
            result.withUnsafeMutableBufferPointer { result in
                plane.withUnsafeMutableBufferPointer { plane in
                    for frame in 0..<frameCount {
                        let pixels = frame * size.pixelCount..<(frame + 1) * size.pixelCount
                        let target = UnsafeMutableBufferPointer(rebasing: result[pixels])
                        addRows(of: movie, overTime, to: target) { offset in
                            GaussianKernel.mirrored(frame + offset, count: frameCount) * size.pixelCount
                        }
                        smoothColumns(UnsafeBufferPointer(target), into: plane)
                        smoothRows(UnsafeBufferPointer(plane), into: target)
                    }
                }
            }
        }
        return result
    }

    private func smoothColumns(_ src: UnsafeBufferPointer<Float>, into dst: UnsafeMutableBufferPointer<Float>) {
        for y in 0..<size.height {
            let row = UnsafeMutableBufferPointer(rebasing: dst[y * size.width..<(y + 1) * size.width])
            addRows(of: src, withinFrame, to: row) { offset in
                GaussianKernel.mirrored(y + offset, count: size.height) * size.width
            }
        }
    }

    private func smoothRows(_ src: UnsafeBufferPointer<Float>, into dst: UnsafeMutableBufferPointer<Float>) {
        let radius = withinFrame.count / 2
        for y in 0..<size.height {
            let start = y * size.width
            for x in 0..<size.width {
                var sum: Float = 0
                for (index, weight) in withinFrame.enumerated() {
                    sum += weight * src[start + GaussianKernel.mirrored(x + index - radius, count: size.width)]
                }
                dst[start + x] = sum
            }
        }
    }

    /// Writes the weighted sum of rows of `src`, which start where `start` says for each offset from the centre.
    private func addRows(
        of src: UnsafeBufferPointer<Float>,
        _ weights: [Float],
        to dst: UnsafeMutableBufferPointer<Float>,
        start: (Int) -> Int
    ) {
        dst.update(repeating: 0)
        for (index, weight) in weights.enumerated() {
            let first = start(index - weights.count / 2)
            for pixel in 0..<dst.count { dst[pixel] += weight * src[first + pixel] }
        }
    }

    private static func weights(deviation: Double) -> [Float] {
        guard deviation > 0 else { return [1] }
        let radius = Int(saturating: min((reach * deviation + 0.5).rounded(.down), 1e5))
        let weights = (-radius...radius).map { exp(-0.5 * Double($0 * $0) / (deviation * deviation)) }
        let total = weights.reduce(0, +)
        return weights.map { Float($0 / total) }
    }
}
