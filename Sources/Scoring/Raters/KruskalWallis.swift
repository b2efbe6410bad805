import Foundation

/// The Kruskal-Wallis test of whether several groups of values come from one distribution.
package struct KruskalWallis: Sendable, Equatable {
    /// The statistic, corrected for ties; NaN if a value is, or if all values are equal.
    package let h: Double
    /// The probability of an H as large or larger, by the chi-squared distribution.
    package let p: Double

    /// - Precondition: at least two groups, none empty.
    package init(_ groups: [[Double]]) {
        precondition(groups.count >= 2 && groups.allSatisfy { !$0.isEmpty }, "groups hold values")
        guard groups.allSatisfy({ $0.allSatisfy { !$0.isNaN } }) else {
            h = .nan
            p = .nan
            return
        }
        let values = groups.enumerated().flatMap { group, values in values.map { (value: $0, group: group) } }
            .sorted { $0.value < $1.value }
        let total = Double(values.count)
        var rankSums = [Double](repeating: 0, count: groups.count)
        var ties = 0.0
        var start = 0
        while start < values.count {
            var end = start + 1
            while end < values.count, values[end].value == values[start].value { end += 1 }
            let count = Double(end - start)
            for index in start..<end { rankSums[values[index].group] += Double(start + end + 1) / 2 }
            ties += count * count * count - count
            start = end
        }
        let sum = zip(rankSums, groups).reduce(0) { $0 + $1.0 * $1.0 / Double($1.1.count) }
        let uncorrected = 12 / (total * (total + 1)) * sum - 3 * (total + 1)
        h = uncorrected / (1 - ties / (total * total * total - total))
        p = Self.chiSquaredTail(h, degreesOfFreedom: groups.count - 1)
    }

    /// The probability that a chi-squared variable exceeds `x`: the regularised upper incomplete gamma function
    /// Q(degrees / 2, x / 2), by its series below a + 1 and by its continued fraction above.
    static func chiSquaredTail(_ x: Double, degreesOfFreedom: Int) -> Double {
        let (a, x) = (Double(degreesOfFreedom) / 2, x / 2)
        guard x > 0 else { return x.isNaN ? .nan : 1 }
        let scale = exp(a * log(x) - x - lgamma(a))
        return x < a + 1 ? 1 - scale * lowerSeries(a, x) : scale * upperFraction(a, x)
    }

    private static let termLimit = 10_000
    private static let precision = 1e-16

    private static func lowerSeries(_ a: Double, _ x: Double) -> Double {
        var (term, sum) = (1 / a, 1 / a)
        for step in 1...termLimit {
            term *= x / (a + Double(step))
            sum += term
            if term < sum * precision { break }
        }
        return sum
    }

    /// By Lentz's method.
    private static func upperFraction(_ a: Double, _ x: Double) -> Double {
        let tiny = Double.leastNormalMagnitude / precision
        var b = x + 1 - a
        var c = 1 / tiny
        var d = 1 / b
        var value = d
        for step in 1...termLimit {
            let numerator = -Double(step) * (Double(step) - a)
            b += 2
            d = numerator * d + b
            if abs(d) < tiny { d = tiny }
            c = b + numerator / c
            if abs(c) < tiny { c = tiny }
            d = 1 / d
            value *= d * c
            if abs(d * c - 1) < precision { break }
        }
        return value
    }
}
