import Foundation
import Imaging
import UNet

/// A cubic spline with evenly spaced knots, fitted to samples by least squares.
package struct SmoothingSpline {
    package let start: Double
    package let knotDistance: Double
    private let coefficients: [Double]

    /// Fits a spline; nil where the samples leave a part of it undetermined.
    ///
    /// - Parameters:
    ///   - times: Rising.
    ///   - values: One per time.
    ///   - weights: Inverse of each value's standard deviation, up to a common factor.
    ///   - knotDistance: In units of the times.
    package init?(times: [Double], values: [Double], weights: [Double], knotDistance: Double) {
        guard let first = times.first, let last = times.last, last > first else { return nil }
        let intervalCount = max(1, min(times.count, Int(saturating: ((last - first) / knotDistance).rounded())))
        let distance = (last - first) / Double(intervalCount)
        let columnCount = intervalCount + 3
        guard times.count >= columnCount else { return nil }
        var matrix = [Double](repeating: 0, count: times.count * columnCount)
        for (row, time) in times.enumerated() {
            let (interval, basis) = Self.basis(at: (time - first) / distance, intervalCount: intervalCount)
            for (offset, value) in basis.enumerated() {
                matrix[(interval + offset) * times.count + row] = value * weights[row]
            }
        }
        var rightHandSide = zip(values, weights).map { $0 * $1 }
        var solver = LinearLeastSquares(rowCount: times.count, columnCount: columnCount)
        guard let coefficients = solver.solve(&matrix, &rightHandSide) else { return nil }
        self.start = first
        self.knotDistance = distance
        self.coefficients = coefficients
    }

    /// The value at a time; outside of the samples that of the nearest.
    package func value(at time: Double) -> Double {
        let position = (time - start) / knotDistance
        let (interval, basis) = Self.basis(at: position, intervalCount: coefficients.count - 3)
        return basis.enumerated().reduce(0) { $0 + $1.element * coefficients[interval + $1.offset] }
    }

    /// The four cubic B-splines that are not zero at a position, counted in intervals.
    private static func basis(at position: Double, intervalCount: Int) -> (interval: Int, values: [Double]) {
        let clamped = min(max(position, 0), Double(intervalCount))
        let interval = min(Int(saturating: clamped), intervalCount - 1)
        let t = clamped - Double(interval)
        let s = 1 - t
        let values = [s * s * s, 3 * t * t * t - 6 * t * t + 4, 3 * s * s * s - 6 * s * s + 4, t * t * t]
        return (interval, values.map { $0 / 6 })
    }
}
