import Imaging

/// The mean light of the frames so far, event by event left out, and its noise: what the cell is found in.
struct CellLight: Sendable {
    let size: FrameSize
    private(set) var frameCount = 0
    /// Sums over background voxels, their numbers, and sums over all voxels, `[y][x]`.
    private var sums: [Float]
    private var counts: [Float]
    private var totals: [Float]
    /// Squared steps from frame to frame between background voxels, their numbers, and the last frame; NaN where it had
    /// none.
    private var steps: [Float]
    private var stepCounts: [Float]
    private var last: [Float]
    /// True for pixels without data; nil if there are none.
    private(set) var unusedPixels: [Bool]?

    init(size: FrameSize) {
        self.size = size
        sums = [Float](repeating: 0, count: size.pixelCount)
        (counts, totals, steps, stepCounts) = (sums, sums, sums, sums)
        last = [Float](repeating: .nan, count: size.pixelCount)
    }

    /// Takes up the next frames, `[t][y][x]`; what is not finite counts as dark.
    mutating func add(classes: [UInt8], intensity: [Float], gaps: LightGaps = LightGaps()) {
        unusedPixels = gaps.unusedPixels ?? unusedPixels
        for frame in 0..<classes.count / size.pixelCount where !gaps.leavesOut(frame) {
            let base = frame * size.pixelCount
            for pixel in 0..<size.pixelCount {
                let value = intensity[base + pixel]
                let light = abs(value) <= .greatestFiniteMagnitude ? value : 0
                let isBackground = classes[base + pixel] == EventClass.background
                let share: Float = isBackground ? 1 : 0
                sums[pixel] += share * light
                counts[pixel] += share
                totals[pixel] += light
                let step = value - last[pixel]
                if isBackground, step.isFinite {
                    steps[pixel] += step * step
                    stepCounts[pixel] += 1
                }
                last[pixel] = isBackground ? value : .nan
            }
            frameCount += 1
        }
    }

    /// Mean over the background voxels of every pixel, or over all of a pixel that has none.
    var mean: [Float] {
        (0..<size.pixelCount).map { counts[$0] > 0 ? sums[$0] / counts[$0] : totals[$0] / Float(frameCount) }
    }

    /// Variance of the noise of a pixel; nil where it was seen for too short a time.
    func variance(_ pixel: Int) -> Float? {
        stepCounts[pixel] >= Self.fewestSteps ? steps[pixel] / (2 * stepCounts[pixel]) : nil
    }

    /// The light at which noise would vanish, because it grows with light: that of no light at all, less what read noise
    /// there is.
    ///
    /// A line through variance over mean, weighted by the inverse of the variance, over medians of pixels of like mean; the
    /// brightest hundredth, which may saturate, is left out. Nil where noise does not grow with light.
    func lightWithoutNoise(of pixels: [Int], mean: [Float]) -> Float? {
        let known = pixels.compactMap { pixel in variance(pixel).map { (mean: mean[pixel], variance: $0) } }
            .sorted { $0.mean < $1.mean }
        let used = known.prefix(known.count - known.count / 100)
        guard used.count >= 8 * Self.binCount else { return nil }
        let bins = (0..<Self.binCount).map { bin in
            let part = used[bin * used.count / Self.binCount..<(bin + 1) * used.count / Self.binCount]
            let variances = part.map(\.variance).sorted()
            return (
                mean: Double(part[part.startIndex + part.count / 2].mean), variance: Double(variances[part.count / 2])
            )
        }
        guard let darkest = bins.first, let brightest = bins.last, darkest.variance > 0,
            bins.allSatisfy({ $0.variance > 0 }), brightest.variance > Self.leastGrowth * darkest.variance
        else { return nil }
        var (weight, x, y) = (0.0, 0.0, 0.0)
        for bin in bins {
            let share = 1 / (bin.variance * bin.variance)
            (weight, x, y) = (weight + share, x + share * bin.mean, y + share * bin.variance)
        }
        (x, y) = (x / weight, y / weight)
        var (square, product) = (0.0, 0.0)
        for bin in bins {
            let share = 1 / (bin.variance * bin.variance)
            square += share * (bin.mean - x) * (bin.mean - x)
            product += share * (bin.mean - x) * (bin.variance - y)
        }
        guard square > 0, product > 0 else { return nil }
        return Float(x - y * square / product)
    }

    private static let fewestSteps: Float = 8
    /// Variance of the brightest group of pixels in units of that of the darkest.
    private static let leastGrowth = 1.2
    private static let binCount = 12
}
