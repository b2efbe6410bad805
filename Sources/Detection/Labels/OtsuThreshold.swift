/// Otsu's threshold of a whole movie, with the rounding of the published pipeline.
///
/// Everything is computed in single precision and every sum runs strictly in sequence, because the
/// counts of a long movie exceed what single precision holds exactly (`quirks.md`, Class mask).
package enum OtsuThreshold {
    static let binCount = 256

    /// Splits values into two groups so that the variance between them is largest.
    ///
    /// - Parameter values: for the class mask the total event probability of every voxel; what is not finite is
    ///   left out.
    /// - Returns: the centre of the last bin of the lower group; the value itself if all are equal,
    ///   0 if there are none.
    package static func threshold(of values: [Float]) -> Float {
        var lowest = Float.infinity
        var highest = -Float.infinity
        for value in values where value.isFinite {
            lowest = min(lowest, value)
            highest = max(highest, value)
        }
        if lowest > highest { return 0 }
        if lowest == highest { return lowest }

        let edges = binEdges(lowest: lowest, highest: highest)
        let counts = histogram(of: values, edges: edges).map { Float($0) }
        let centres = (0..<binCount).map { (edges[$0] + edges[$0 + 1]) / 2 }
        return threshold(counts: counts, centres: centres)
    }

    private static func binEdges(lowest: Float, highest: Float) -> [Float] {
        let step = (highest - lowest) / Float(binCount)
        var edges = (0...binCount).map { Float($0) * step + lowest }
        edges[binCount] = highest
        return edges
    }

    /// Counts values per bin; a bin holds its lower edge but not its upper one, except the last, which holds both.
    private static func histogram(of values: [Float], edges: [Float]) -> [Int] {
        var counts = [Int](repeating: 0, count: binCount)
        let lowest = edges[0]
        let binsPerUnit = Double(binCount) / (Double(edges[binCount]) - Double(lowest))
        edges.withUnsafeBufferPointer { edges in
            for value in values where value.isFinite {
                let estimate = Int((Double(value) - Double(lowest)) * binsPerUnit)
                var bin = min(max(estimate, 0), binCount - 1)
                while bin > 0, value < edges[bin] { bin -= 1 }
                while bin < binCount - 1, value >= edges[bin + 1] { bin += 1 }
                counts[bin] += 1
            }
        }
        return counts
    }

    private static func threshold(counts: [Float], centres: [Float]) -> Float {
        let ascending = cumulative(counts: counts, centres: centres, order: Array(0..<binCount))
        let descending = cumulative(counts: counts, centres: centres, order: (0..<binCount).reversed())
        var best = 0
        var bestVariance = -Float.infinity
        for bin in 0..<(binCount - 1) {
            let difference = ascending.means[bin] - descending.means[bin + 1]
            let variance = ascending.weights[bin] * descending.weights[bin + 1] * (difference * difference)
            if variance > bestVariance {
                bestVariance = variance
                best = bin
            }
        }
        return centres[best]
    }

    /// Weight and mean of all bins up to and including each one, in the given order.
    private static func cumulative(
        counts: [Float],
        centres: [Float],
        order: [Int]
    ) -> (weights: [Float], means: [Float]) {
        var weights = [Float](repeating: 0, count: binCount)
        var means = weights
        var weight: Float = 0
        var moment: Float = 0
        for bin in order {
            weight += counts[bin]
            moment += counts[bin] * centres[bin]
            weights[bin] = weight
            means[bin] = moment / weight
        }
        return (weights, means)
    }
}
