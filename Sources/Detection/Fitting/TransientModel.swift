import Foundation

/// A calcium transient: nothing until the onset, then an exponential rise, which meets an exponential decay at once, or
/// ends with the release, `baseline + scale (1 - exp(-min(u, release) / rise)) exp(-max(0, u - release) / decay)` with
/// u = t - onset.
///
/// Without an end of the release this is `baseline + scale (1 - exp(-u / rise)) exp(-u / decay)`, the form of
/// Lacampagne et al. (1999). Times are in frames.
package struct TransientModel: Equatable {
    package var baseline: Double
    package var scale: Double
    package var onset: Double
    package var rise: Double
    package var decay: Double
    /// How long the release lasts; nil: no end is seen.
    package var release: Double?

    package init(
        baseline: Double,
        scale: Double,
        onset: Double,
        rise: Double,
        decay: Double,
        release: Double? = nil
    ) {
        self.baseline = baseline
        self.scale = scale
        self.onset = onset
        self.rise = rise
        self.decay = decay
        self.release = release
    }

    /// Time from the onset to the peak.
    package var timeToPeak: Double { release ?? rise * log1p(decay / rise) }

    package var peakTime: Double { onset + timeToPeak }

    package func value(at time: Double) -> Double {
        let age = time - onset
        guard age > 0 else { return baseline }
        let (rising, decaying) = phases(age: age)
        return baseline - scale * expm1(-rising / rise) * exp(-decaying / decay)
    }

    /// For how long the rise and the decay have been going on.
    fileprivate func phases(age: Double) -> (rising: Double, decaying: Double) {
        guard let release else { return (age, age) }
        return (min(age, release), max(0, age - release))
    }
}

/// Finds the transient that a sampled trace shows.
package struct TransientFit: LeastSquaresProblem {
    let times: [Double]
    let values: [Double]
    /// Inverse of each value's standard deviation, up to a common factor.
    let weights: [Double]
    /// Whether the release is given an end: a sixth parameter, the square root of its time.
    private let endsRelease: Bool

    package init(times: [Double], values: [Double], weights: [Double], endsRelease: Bool = false) {
        precondition(values.count == times.count && weights.count == times.count)
        self.times = times
        self.values = values
        self.weights = weights
        self.endsRelease = endsRelease
    }

    /// Shortest time constant, in frames: anything faster looks the same.
    private static let shortestTime = 0.1

    /// How much smaller an end of the release has to make the sum of squares, in units of their variance (Akaike 1974).
    private static let releaseEvidence = 2.0

    /// Starts of the search for an end of the release: time constant of the rise, and the time in units of it.
    private static let releases = [(rise: 0.6, lasting: 2.0), (1, 3), (1.2, 2), (2, 2)]

    package var residualCount: Int { times.count }
    package var parameterCount: Int { endsRelease ? 6 : 5 }

    package func evaluate(_ parameters: [Double], residuals: inout [Double], jacobian: inout [Double]) {
        let model = Self.model(parameters)
        let count = times.count
        for index in 0..<count {
            let weight = weights[index]
            let age = times[index] - model.onset
            jacobian[index] = weight
            guard age > 0 else {
                residuals[index] = weight * (model.baseline - values[index])
                for parameter in 1..<parameters.count { jacobian[parameter * count + index] = 0 }
                continue
            }
            let (rising, decaying) = model.phases(age: age)
            let fade = exp(-rising / model.rise)
            let decline = exp(-decaying / model.decay)
            let shape = (1 - fade) * decline
            let growth = fade * decline / model.rise
            let fall = decaying > 0 ? shape / model.decay : 0
            let isRising = !endsRelease || decaying == 0
            residuals[index] = weight * (model.baseline + model.scale * shape - values[index])
            jacobian[count + index] = weight * shape
            jacobian[2 * count + index] = -weight * model.scale * ((isRising ? growth : 0) - fall)
            jacobian[3 * count + index] = -weight * model.scale * growth * rising
            jacobian[4 * count + index] = weight * model.scale * fall * decaying
            if endsRelease {
                let change = isRising ? 0 : growth + fall
                jacobian[5 * count + index] = weight * model.scale * change * 2 * parameters[5]
            }
        }
    }

    /// Fits from several starts and takes the best, because the onset makes the cost wavy.
    ///
    /// - Parameters:
    ///   - peakTime: About where the peak is.
    ///   - noise: Standard deviation of a value of weight 1; 0 if unknown.
    /// - Returns: nil if there are too few values, no search converged, or the best transient points down.
    package func fit(peakTime: Double, noise: Double) -> TransientModel? {
        guard times.count >= 8,
            let highest = times.indices.min(by: { abs(times[$0] - peakTime) < abs(times[$1] - peakTime) })
        else { return nil }
        let before = values.indices.filter { times[$0] < peakTime - 4 }.map { values[$0] }
        let baseline = before.isEmpty ? values.min() ?? 0 : before.sorted()[before.count / 2]
        let height = max(values[highest] - baseline, noise)
        let decay = decayTime(after: highest, baseline: baseline, height: height)
        let solver = LevenbergMarquardt(lossScale: noise > 0 ? 2.5 * noise : nil)
        var starts: [[Double]] = []
        for (rise, lead) in [(0.6, 1.3), (1.5, 2.6), (3, 5.0), (1, 0.4)] {
            let shape = TransientModel(baseline: 0, scale: 1, onset: 0, rise: rise, decay: decay)
            let scale = height / max(shape.value(at: shape.timeToPeak), 0.05)
            starts.append([baseline, scale, peakTime - lead, log(rise), log(decay)])
        }
        guard let smooth = best(of: starts, solver) else { return nil }
        let ended = solutionWithEnd(near: smooth, solver)
        let variance = 2 * smooth.cost / Double(max(1, times.count - 5))
        let real = ended.flatMap { ended in
            let isSeen = Self.model(ended.parameters).peakTime <= times[times.count - 1]
            return isSeen && 2 * (smooth.cost - ended.cost) > Self.releaseEvidence * variance ? ended : nil
        }
        let model = Self.model((real ?? smooth).parameters)
        guard model.scale > 0, model.onset > times[0] - 1, model.onset < peakTime + 2 else { return nil }
        return isShown(model, by: highest, noise: noise) ? model : nil
    }

    /// Peaks that go beyond every value by more than noise were found between them; those far below the mean of the highest
    /// value and its neighbours have missed the event.
    private func isShown(_ model: TransientModel, by highest: Int, noise: Double) -> Bool {
        let peak = model.value(at: model.peakTime) - model.baseline
        let largest = (values.max() ?? 0) - model.baseline
        let near = values[max(0, highest - 1)...min(values.count - 1, highest + 1)]
        let mean = near.reduce(0, +) / Double(near.count) - model.baseline
        let isMissed = mean > Self.clearNoise * noise && peak < Self.leastShare * mean
        return peak <= largest + Self.tolerableNoise * noise + 0.1 * largest && !isMissed
    }

    private static let clearNoise = 3.0
    private static let leastShare = 0.4
    private static let tolerableNoise = 1.0

    /// The best transient whose release ends about where one without an end has its peak.
    private func solutionWithEnd(
        near smooth: LevenbergMarquardt.Solution,
        _ solver: LevenbergMarquardt
    ) -> LevenbergMarquardt.Solution? {
        let model = Self.model(smooth.parameters)
        let height = model.value(at: model.peakTime) - model.baseline
        let starts = Self.releases.map { rise, lasting in
            let release = rise * lasting
            return [
                model.baseline, height / (1 - exp(-lasting)), model.peakTime - release, log(rise), log(model.decay),
                release.squareRoot(),
            ]
        }
        return TransientFit(times: times, values: values, weights: weights, endsRelease: true).best(of: starts, solver)
    }

    private func best(of starts: [[Double]], _ solver: LevenbergMarquardt) -> LevenbergMarquardt.Solution? {
        starts.compactMap { solver.minimise(self, from: $0) }.filter(\.isConverged).min { $0.cost < $1.cost }
    }

    /// Time until the values have fallen to a third, in frames.
    private func decayTime(after highest: Int, baseline: Double, height: Double) -> Double {
        let later = values.indices.dropFirst(highest + 1).first { values[$0] - baseline < height / 3 }
        return later.map { max(times[$0] - times[highest], 1) } ?? max(times[times.count - 1] - times[highest], 1)
    }

    private static func model(_ parameters: [Double]) -> TransientModel {
        // Beyond a thousand frames or below a tenth of one the model no longer changes.
        let rise = exp(min(max(parameters[3], log(shortestTime)), 7))
        let decay = exp(min(max(parameters[4], log(shortestTime)), 7))
        return TransientModel(
            baseline: parameters[0],
            scale: parameters[1],
            onset: parameters[2],
            rise: rise,
            decay: decay,
            // Squared: never negative.
            release: parameters.count > 5 ? parameters[5] * parameters[5] : nil
        )
    }
}
