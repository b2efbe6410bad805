import Foundation

/// Fits the probability of two outcomes to features: Newton's method on the likelihood with a little ridge.
///
/// The same samples in the same order give the same numbers.
package struct LogisticRegression {
    /// One per feature, and the constant.
    package private(set) var weights: [Double]
    package private(set) var bias: Double

    /// Penalty on squared weights of features of unit variance, relative to one sample's likelihood.
    private static let ridge = 1.0
    private static let mostSteps = 40
    /// Steps shorter than this change no probability that matters.
    private static let smallestStep = 1e-5

    /// - Parameters:
    ///   - features: `[sample][feature]`, one after the other.
    ///   - featureCount: at least one.
    ///   - outcomes: one per sample, both kinds.
    ///   - progress: called with the number of steps done.
    package init(features: [Float], featureCount: Int, outcomes: [Bool], progress: (Int) -> Void = { _ in }) {
        precondition(featureCount > 0 && features.count == outcomes.count * featureCount, "features of every sample")
        let scale = FeatureScale(features, featureCount: featureCount)
        let size = featureCount + 1
        var solution = [Double](repeating: 0, count: size)
        var row = [Double](repeating: 1, count: size)
        for step in 0..<Self.mostSteps {
            var gradient = [Double](repeating: 0, count: size)
            var curvature = [Double](repeating: 0, count: size * size)
            for (sample, outcome) in outcomes.enumerated() {
                scale.read(sample, of: features, into: &row)
                var sum = 0.0
                for index in 0..<size { sum += solution[index] * row[index] }
                let probability = 1 / (1 + exp(-sum))
                let error = (outcome ? 1 : 0) - probability
                let weight = probability * (1 - probability)
                for index in 0..<size { gradient[index] += error * row[index] }
                guard weight > 1e-9 else { continue }
                for first in 0..<size {
                    let product = weight * row[first]
                    let start = first * size
                    for second in 0...first { curvature[start + second] += product * row[second] }
                }
            }
            for index in 0..<size {
                // The constant is nearly free.
                let penalty = index < featureCount ? Self.ridge : 1e-6
                gradient[index] -= penalty * solution[index]
                curvature[index * size + index] += penalty
            }
            Self.solve(&curvature, &gradient, size: size)
            // A long step could overshoot.
            let longest = gradient.reduce(0) { max($0, abs($1)) }
            let damping = min(1, 4 / longest)
            for index in 0..<size { solution[index] += damping * gradient[index] }
            progress(step + 1)
            if longest < Self.smallestStep { break }
        }
        weights = (0..<featureCount).map { solution[$0] / scale.spreads[$0] }
        bias = solution[featureCount] - zip(weights, scale.means).reduce(0) { $0 + $1.0 * $1.1 }
    }

    /// Solves a symmetric positive definite system by Cholesky decomposition; only the lower triangle is read.
    private static func solve(_ matrix: inout [Double], _ vector: inout [Double], size: Int) {
        for column in 0..<size {
            for row in column..<size {
                var sum = matrix[row * size + column]
                for index in 0..<column { sum -= matrix[row * size + index] * matrix[column * size + index] }
                matrix[row * size + column] =
                    row == column ? max(sum, 1e-12).squareRoot() : sum / matrix[column * size + column]
            }
        }
        for row in 0..<size {
            for index in 0..<row { vector[row] -= matrix[row * size + index] * vector[index] }
            vector[row] /= matrix[row * size + row]
        }
        for row in (0..<size).reversed() {
            for index in row + 1..<size { vector[row] -= matrix[index * size + row] * vector[index] }
            vector[row] /= matrix[row * size + row]
        }
    }
}

/// Means and standard deviations of features.
private struct FeatureScale {
    let means: [Double]
    let spreads: [Double]

    init(_ features: [Float], featureCount: Int) {
        let count = Double(max(1, features.count / featureCount))
        var sums = [Double](repeating: 0, count: featureCount), squares = sums
        for (index, value) in features.enumerated() {
            sums[index % featureCount] += Double(value)
            squares[index % featureCount] += Double(value) * Double(value)
        }
        let means = sums.map { $0 / count }
        self.means = means
        spreads = squares.indices.map { index in
            let variance = squares[index] / count - means[index] * means[index]
            // A feature that never changes tells nothing.
            return variance > 1e-12 ? variance.squareRoot() : 1e6
        }
    }

    func read(_ sample: Int, of features: [Float], into row: inout [Double]) {
        let start = sample * means.count
        for index in means.indices { row[index] = (Double(features[start + index]) - means[index]) / spreads[index] }
    }
}
