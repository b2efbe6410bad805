import Foundation

/// The smoothing kernel of spark peaks and of the watershed cost: sigma 3 in frames, rows and columns.
///
/// The weights carry the published pipeline's rounding (`quirks.md`, Sparks): the exponentials are added in
/// eight interleaved partial sums before they are divided by their total. Sums over the kernel start with
/// the centre and go on pair by pair from the far ends inwards, in double precision.
package enum GaussianKernel {
    static let sigma = 3.0
    /// Four sigma, rounded.
    static let radius = 12

    /// Weight of the centre, then of the pairs at distance 12, 11, ..., 1.
    static let centreWeight = weights[0]
    /// `pairWeights[j]` belongs to the two samples at distance `radius - j`.
    static let pairWeights = [Double](weights.dropFirst().reversed())

    /// `weights[d]` belongs to samples at distance `d` from the centre.
    package static let weights: [Double] = {
        let exponent = -0.5 / (sigma * sigma)
        let unscaled = (-radius...radius).map { exp(exponent * Double($0 * $0)) }
        let total = interleavedSum(unscaled)
        return (0...radius).map { unscaled[radius + $0] / total }
    }()

    private static func interleavedSum(_ values: [Double]) -> Double {
        let laneCount = 8
        let wholeCount = values.count / laneCount * laneCount
        var lanes = [Double](repeating: 0, count: laneCount)
        for index in 0..<wholeCount {
            lanes[index % laneCount] += values[index]
        }
        let whole = ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3])) + ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7]))
        return values[wholeCount...].reduce(whole, +)
    }

    /// Where a sample beyond the border is read instead: `d c b a | a b c d | d c b a`.
    @inline(__always)
    package static func mirrored(_ index: Int, count: Int) -> Int {
        if index >= 0, index < count { return index }
        let period = 2 * count
        let remainder = index % period
        let wrapped = remainder < 0 ? remainder + period : remainder
        return wrapped < count ? wrapped : period - 1 - wrapped
    }
}
