import Foundation

/// A sum of squares to minimise.
package protocol LeastSquaresProblem {
    var residualCount: Int { get }
    var parameterCount: Int { get }

    /// Writes the residuals and their derivatives.
    ///
    /// - Parameters:
    ///   - parameters: Where to evaluate.
    ///   - residuals: Overwritten, one value per residual.
    ///   - jacobian: Overwritten, d residual / d parameter, parameter by parameter.
    func evaluate(_ parameters: [Double], residuals: inout [Double], jacobian: inout [Double])
}

/// Nonlinear least squares after Levenberg and Marquardt, with MINPACK's scaling of the parameters.
///
/// With a `lossScale` s, large residuals count less: the cost is s² Σ (√(1 + (r/s)²) - 1), which scipy calls
/// `soft_l1`; without, it is ½ Σ r².
package struct LevenbergMarquardt {
    /// Where the loss turns from square to linear, in units of the residuals; nil: squares throughout.
    package var lossScale: Double?
    package var maximumIterationCount: Int
    /// Relative change of cost or parameters below which the search ends.
    package var tolerance = 1e-8

    package struct Solution: Equatable {
        package var parameters: [Double]
        package var cost: Double
        /// False if the search ended for another reason than that nothing could be gained.
        package var isConverged: Bool
        package var iterationCount: Int
    }

    package init(lossScale: Double? = nil, maximumIterationCount: Int = 60) {
        self.lossScale = lossScale
        self.maximumIterationCount = maximumIterationCount
    }

    /// Searches for the nearest minimum.
    ///
    /// - Returns: nil if the residuals at the start are not finite, or fewer than the parameters.
    /// - Complexity: O(iterations × residuals × parameters²), and never more than ``maximumIterationCount`` iterations.
    package func minimise(_ problem: some LeastSquaresProblem, from start: [Double]) -> Solution? {
        let (rowCount, columnCount) = (problem.residualCount, problem.parameterCount)
        precondition(start.count == columnCount, "\(start.count) values for \(columnCount) parameters")
        guard rowCount >= columnCount else { return nil }
        var state = State(problem, at: start, lossScale: lossScale)
        guard state.cost.isFinite else { return nil }
        var solver = LinearLeastSquares(rowCount: rowCount + columnCount, columnCount: columnCount)
        var scales = state.columnNorms.map { $0 > 0 ? $0 : 1 }
        var damping = 1e-3
        var dampingFactor = 2.0
        for iteration in 1...maximumIterationCount {
            for (index, norm) in state.columnNorms.enumerated() { scales[index] = max(scales[index], norm) }
            guard let step = state.step(damping: damping, scales: scales, solver: &solver) else {
                damping = max(damping * 10, 1e-8)
                if damping > 1e15 { return state.solution(isConverged: false, iterationCount: iteration) }
                continue
            }
            let predicted = state.predictedDecrease(step: step, damping: damping, scales: scales)
            let next = State(problem, at: zip(state.parameters, step).map { $0 + $1 }, lossScale: lossScale)
            let decrease = state.cost - next.cost
            let isStepSmall = zip(step, state.parameters).allSatisfy { abs($0) <= tolerance * (tolerance + abs($1)) }
            let isPredictionSmall = predicted <= tolerance * state.cost
            if next.cost.isFinite, decrease > 0 {
                let isGainSmall = decrease <= tolerance * state.cost
                state = next
                let ratio = predicted > 0 ? decrease / predicted : 1
                damping = max(damping * max(1.0 / 3, 1 - pow(2 * ratio - 1, 3)), 1e-14)
                dampingFactor = 2
                if isGainSmall && isPredictionSmall || isStepSmall {
                    return state.solution(isConverged: true, iterationCount: iteration)
                }
            } else {
                if isStepSmall || isPredictionSmall {
                    return state.solution(isConverged: true, iterationCount: iteration)
                }
                damping *= dampingFactor
                dampingFactor *= 2
            }
        }
        return state.solution(isConverged: false, iterationCount: maximumIterationCount)
    }
}

/// Residuals, derivatives and cost at one place, after the loss has been applied.
private struct State {
    let parameters: [Double]
    let cost: Double
    private var residuals: [Double]
    private var jacobian: [Double]

    init(_ problem: some LeastSquaresProblem, at parameters: [Double], lossScale: Double?) {
        self.parameters = parameters
        residuals = [Double](repeating: 0, count: problem.residualCount)
        jacobian = [Double](repeating: 0, count: problem.residualCount * problem.parameterCount)
        problem.evaluate(parameters, residuals: &residuals, jacobian: &jacobian)
        if let lossScale {
            cost = Self.applyLoss(scale: lossScale, &residuals, &jacobian)
        } else {
            cost = 0.5 * Self.dot(residuals, residuals)
        }
    }

    /// Changes residuals and derivatives so that a step of ordinary least squares is one of the robust problem.
    ///
    /// The method is from Triggs and others (2000), Bundle adjustment: a modern synthesis.
    private static func applyLoss(scale: Double, _ residuals: inout [Double], _ jacobian: inout [Double]) -> Double {
        let rowCount = residuals.count
        var cost = 0.0
        var factors = [Double](repeating: 1, count: rowCount)
        for row in 0..<rowCount {
            let square = (residuals[row] / scale) * (residuals[row] / scale)
            let root = (1 + square).squareRoot()
            cost += scale * scale * (root - 1)
            let slope = 1 / root
            let curvature = -0.5 * slope * slope * slope
            let weight = max(slope + 2 * curvature * square, 2.2e-16).squareRoot()
            factors[row] = weight
            residuals[row] *= slope / weight
        }
        for column in 0..<jacobian.count / max(rowCount, 1) {
            for row in 0..<rowCount { jacobian[column * rowCount + row] *= factors[row] }
        }
        return cost
    }

    var columnNorms: [Double] {
        parameters.indices.map { column in
            let values = jacobian[column * residuals.count..<(column + 1) * residuals.count]
            return values.reduce(0) { $0 + $1 * $1 }.squareRoot()
        }
    }

    /// Minimises |r + J step|² + damping |scales step|².
    func step(damping: Double, scales: [Double], solver: inout LinearLeastSquares) -> [Double]? {
        let (rowCount, columnCount) = (residuals.count, parameters.count)
        let totalCount = rowCount + columnCount
        var matrix = [Double](repeating: 0, count: totalCount * columnCount)
        for column in 0..<columnCount {
            for row in 0..<rowCount { matrix[column * totalCount + row] = jacobian[column * rowCount + row] }
            matrix[column * totalCount + rowCount + column] = damping.squareRoot() * scales[column]
        }
        var rightHandSide = residuals.map { -$0 } + [Double](repeating: 0, count: columnCount)
        return solver.solve(&matrix, &rightHandSide)
    }

    /// How much less the cost of the linearised problem becomes.
    func predictedDecrease(step: [Double], damping: Double, scales: [Double]) -> Double {
        var linear = [Double](repeating: 0, count: residuals.count)
        for column in step.indices {
            for row in linear.indices { linear[row] += jacobian[column * residuals.count + row] * step[column] }
        }
        let penalty = zip(step, scales).reduce(0) { $0 + $1.0 * $1.0 * $1.1 * $1.1 }
        return 0.5 * Self.dot(linear, linear) + damping * penalty
    }

    func solution(isConverged: Bool, iterationCount: Int) -> LevenbergMarquardt.Solution {
        LevenbergMarquardt.Solution(
            parameters: parameters,
            cost: cost,
            isConverged: isConverged,
            iterationCount: iterationCount
        )
    }

    private static func dot(_ a: [Double], _ b: [Double]) -> Double {
        zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
    }
}
