/// Otsu's threshold over all frames seen so far, for recordings that have no end yet.
///
/// A fixed histogram of the total event probability over 0 to 1 takes the place of the movie, so that
/// memory does not grow and a threshold depends on the frames only, not on how they were cut into slabs.
package struct RunningOtsu: Sendable, Equatable {
    static let binCount = 256

    private var counts = [Int](repeating: 0, count: binCount)

    package init() {}

    /// Adds voxels; values outside 0...1 count as the nearest end, NaN as 0.
    ///
    /// - Parameter totals: total event probability per voxel.
    package mutating func add(_ totals: [Float]) {
        counts.withUnsafeMutableBufferPointer { counts in
            for total in totals {
                let clamped = total > 0 ? min(total, 1) : 0
                let bin = Int(clamped * Float(Self.binCount))
                counts[min(bin, Self.binCount - 1)] += 1
            }
        }
    }

    /// The upper edge of the last bin below the split; nil until voxels fall into two different bins.
    ///
    /// - Complexity: O(1), independent of the frames seen.
    package var threshold: Float? {
        var totalWeight = 0.0
        var totalMoment = 0.0
        for (bin, count) in counts.enumerated() {
            totalWeight += Double(count)
            totalMoment += Double(count) * Double(bin)
        }
        var weight = 0.0
        var moment = 0.0
        var best: Int?
        var bestVariance = 0.0
        for (bin, count) in counts.dropLast().enumerated() {
            weight += Double(count)
            moment += Double(count) * Double(bin)
            let rest = totalWeight - weight
            if weight == 0 || rest == 0 { continue }
            let difference = moment / weight - (totalMoment - moment) / rest
            let variance = weight * rest * difference * difference
            if variance > bestVariance {
                bestVariance = variance
                best = bin
            }
        }
        return best.map { Float($0 + 1) / Float(Self.binCount) }
    }
}
