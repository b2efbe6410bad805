import Foundation
import Imaging

/// What the pixels of a smoothed movie are like without events, from the whole movie.
struct RestingSignal {
    /// F0: the median over time, `[y][x]`.
    private(set) var baseline: [Float]
    /// Standard deviation of the pixel's noise, from what lies below the median: events would widen the upper half.
    private(set) var deviation: [Float]
    /// Whether a pixel lies in a cell: its mean is above Otsu's threshold of the mean image.
    let isInCell: [Bool]

    /// Pixels whose courses are gathered at once, to read memory in longer pieces.
    private static let blockPixelCount = 64

    /// - Precondition: `movie`, `[t][y][x]`, has at least one frame.
    init(of movie: [Float], size: FrameSize, leavingOut unused: [Bool]? = nil) {
        let frameCount = movie.count / size.pixelCount
        precondition(frameCount > 0, "a movie has a frame")
        baseline = [Float](repeating: 0, count: size.pixelCount)
        deviation = baseline
        var means = baseline
        var courses = [Float](repeating: 0, count: Self.blockPixelCount * frameCount)
        for start in stride(from: 0, to: size.pixelCount, by: Self.blockPixelCount) {
            let pixels = start..<min(start + Self.blockPixelCount, size.pixelCount)
            for frame in 0..<frameCount {
                let first = frame * size.pixelCount
                for pixel in pixels { courses[(pixel - start) * frameCount + frame] = movie[first + pixel] }
            }
            for pixel in pixels {
                let course = (pixel - start) * frameCount..<(pixel - start + 1) * frameCount
                courses[course].sort()
                let sorted = courses[course]
                let median =
                    (sorted[course.lowerBound + (frameCount - 1) / 2] + sorted[course.lowerBound + frameCount / 2]) / 2
                var (squares, count): (Double, Int) = (0, 0)
                for value in sorted {
                    guard value < median else { break }
                    squares += Double(value - median) * Double(value - median)
                    count += 1
                }
                baseline[pixel] = median
                deviation[pixel] = Float((squares / Double(max(1, count))).squareRoot())
                means[pixel] = Float(sorted.reduce(0.0) { $0 + Double($1) } / Double(frameCount))
            }
        }
        guard let unused else {
            let threshold = OtsuThreshold.threshold(of: means)
            isInCell = means.map { $0 > threshold }
            return
        }
        let threshold = OtsuThreshold.threshold(of: means.indices.filter { !unused[$0] }.map { means[$0] })
        isInCell = means.indices.map { !unused[$0] && means[$0] > threshold }
    }
}
