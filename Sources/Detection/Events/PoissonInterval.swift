import Foundation

/// The expected numbers of events that are compatible with a counted one: the exact interval of Garwood (1936).
///
/// The lower bound is the expectation at which so many events or more come with a probability of 2.5 %, the upper bound
/// that at which so few or fewer do.
package struct PoissonInterval: Sendable, Equatable {
    package let lower: Double
    package let upper: Double

    private static let tail = 0.025

    /// The 95 % interval.
    ///
    /// - Precondition: `count` is not negative.
    package init(count: Int) {
        precondition(count >= 0, "events are counted")
        lower = count == 0 ? 0 : Self.root { 1 - Self.probability(ofAtMost: count - 1, expected: $0) < Self.tail }
        upper = Self.root { Self.probability(ofAtMost: count, expected: $0) > Self.tail }
    }

    /// Probability of `count` events or fewer.
    private static func probability(ofAtMost count: Int, expected: Double) -> Double {
        var term = exp(-expected)
        guard term >= .leastNormalMagnitude else {
            let logarithm = log(expected)
            return (0...count).reduce(0) { $0 + exp(Double($1) * logarithm - expected - lgamma(Double($1) + 1)) }
        }
        var sum = term
        for event in 0..<count {
            term *= expected / Double(event + 1)
            sum += term
        }
        return sum
    }

    /// Where a condition that holds from 0 on ceases to hold.
    private static func root(of condition: (Double) -> Bool) -> Double {
        var high = 1.0
        while condition(high) { high *= 2 }
        var low = 0.0
        // Until the bounds are neighbours.
        while true {
            let middle = (low + high) / 2
            guard middle > low, middle < high else { return middle }
            if condition(middle) { low = middle } else { high = middle }
        }
    }
}
