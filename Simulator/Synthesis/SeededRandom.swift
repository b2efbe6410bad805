import Foundation

/// A small seeded generator whose stream of bits is the same on every platform and for every Swift version.
///
/// SplitMix64 (Steele, Lea and Flood 2014). The distributions below are written out here because the algorithms behind
/// the standard library's `random(in:)` may change. They call the C library's `log`, `exp` and `cos`; where two C
/// libraries round these differently, a sampled value may differ in its last bit.
package struct SeededRandom: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(seed: UInt64) {
        state = seed
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return Self.mix(state)
    }

    /// An independent generator for one purpose: drawing from it leaves all others as they are.
    package func stream(_ index: UInt64) -> SeededRandom {
        SeededRandom(seed: Self.mix(state ^ Self.mix(index &+ 0xD1B5_4A32_D192_ED03)))
    }

    private static func mix(_ value: UInt64) -> UInt64 {
        var mixed = value
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// Uniform in 0 ..< 1.
    package mutating func uniform() -> Double {
        Double(next() >> 11) * 0x1p-53
    }

    /// Uniform between the bounds of `range`.
    package mutating func uniform(_ range: ClosedRange<Double>) -> Double {
        range.lowerBound + (range.upperBound - range.lowerBound) * uniform()
    }

    /// Uniform on a logarithmic scale between the bounds of `range`.
    package mutating func logUniform(_ range: ClosedRange<Double>) -> Double {
        exp(uniform(log(range.lowerBound)...log(range.upperBound)))
    }

    /// Uniform among the integers of `range`.
    package mutating func integer(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + Int(uniform() * Double(range.count))
    }

    /// True with the given probability.
    package mutating func chance(_ probability: Double) -> Bool {
        uniform() < probability
    }

    /// Normal with the given mean and standard deviation (Box and Muller).
    package mutating func normal(mean: Double = 0, standardDeviation: Double = 1) -> Double {
        let radius = (-2 * log(1 - uniform())).squareRoot()
        return mean + standardDeviation * radius * cos(2 * .pi * uniform())
    }

    /// Log-normal with the given median and standard deviation of the logarithm, limited to `range`.
    package mutating func logNormal(
        median: Double,
        logDeviation: Double,
        within range: ClosedRange<Double>
    ) -> Double {
        let value = median * exp(normal(standardDeviation: logDeviation))
        return min(max(value, range.lowerBound), range.upperBound)
    }

    /// Exponential with the given mean.
    package mutating func exponential(mean: Double) -> Double {
        -mean * log(1 - uniform())
    }

    /// Poisson with the given mean: inversion below 12, a third-order normal expansion above.
    package mutating func poisson(mean: Double) -> Int {
        guard mean > 0 else { return 0 }
        if mean < 12 {
            var probability = exp(-mean)
            var remainder = uniform() - probability
            var count = 0
            while remainder > 0, count < 80 {
                count += 1
                probability *= mean / Double(count)
                remainder -= probability
            }
            return count
        }
        let deviate = normal()
        let value = mean + mean.squareRoot() * deviate + (deviate * deviate - 1) / 6
        return max(0, Int(value.rounded()))
    }

    /// The index of an entry of `weights`, chosen with probability proportional to it.
    package mutating func index(weights: [Double]) -> Int {
        var remainder = uniform() * weights.reduce(0, +)
        for (index, weight) in weights.enumerated() {
            remainder -= weight
            if remainder < 0 { return index }
        }
        return weights.count - 1
    }
}
