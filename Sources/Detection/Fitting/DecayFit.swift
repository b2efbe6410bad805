import Foundation

/// An exponential that falls to a known level: `level + height exp(-(t - start) / time)`.
package struct DecayFit: LeastSquaresProblem {
    let start: Double
    let level: Double
    let times: [Double]
    let values: [Double]

    package var residualCount: Int { times.count }
    package var parameterCount: Int { 2 }

    package func evaluate(_ parameters: [Double], residuals: inout [Double], jacobian: inout [Double]) {
        let time = exp(parameters[1])
        for index in times.indices {
            let age = times[index] - start
            let shape = exp(-age / time)
            residuals[index] = level + parameters[0] * shape - values[index]
            jacobian[index] = shape
            jacobian[times.count + index] = parameters[0] * shape * age / time
        }
    }

    /// The time constant, in units of the times.
    ///
    /// - Returns: nil if there are fewer than five values, or the search does not end at a decay that they show.
    func fit() -> Double? {
        guard times.count >= 5, let last = times.last, last > start else { return nil }
        let height = (values.max() ?? 0) - level
        let guess = [height, log(max((last - start) / 2, 1))]
        guard let solution = LevenbergMarquardt().minimise(self, from: guess), solution.isConverged else { return nil }
        let time = exp(solution.parameters[1])
        return solution.parameters[0] > 0 && time < 5 * (last - start) ? time : nil
    }
}
