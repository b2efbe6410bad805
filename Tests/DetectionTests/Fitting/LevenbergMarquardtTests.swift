import Detection
import Foundation
import TestSupport
import Testing

/// Fits are compared with `scipy.optimize.least_squares` on the same data, from the same start.
@Suite struct LevenbergMarquardtTests {
    struct Problem: Encodable {
        var model: String
        var x: [[Double]]
        var y: [Double]
        var weights: [Double]
        var start: [Double]
        var lossScale: Double?

        enum CodingKeys: String, CodingKey {
            case model, x, y, weights, start
            case lossScale = "loss_scale"
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(model, forKey: .model)
            if model == "spot" { try container.encode(x, forKey: .x) } else { try container.encode(x[0], forKey: .x) }
            try container.encode(y, forKey: .y)
            try container.encode(weights, forKey: .weights)
            try container.encode(start, forKey: .start)
            try container.encode(lossScale, forKey: .lossScale)
        }
    }

    struct PeerSolution: Decodable {
        var parameters: [Double]
        var cost: Double
    }

    func normal(_ random: inout SeededGenerator) -> Double {
        (0..<12).reduce(-6) { sum, _ in sum + Double.random(in: 0..<1, using: &random) }
    }

    func transient(seed: UInt64, lossScale: Double?, release: Double? = nil) -> (Problem, TransientFit) {
        var random = SeededGenerator(seed: seed)
        let model = TransientModel(
            baseline: 0.03,
            scale: Double.random(in: 0.6...2, using: &random),
            onset: 20.37,
            rise: Double.random(in: 1...3, using: &random),
            decay: Double.random(in: 4...12, using: &random),
            release: release
        )
        let times = (0..<60).map(Double.init)
        let weights = times.map { _ in Double.random(in: 0.7...1, using: &random) }
        var values = times.map { model.value(at: $0) + 0.04 * normal(&random) }
        if lossScale != nil { values[41] += 1.5 }
        let start: [Double] = [0, 1, 20.1, 0.6, 1.9] + (release == nil ? [] : [1.6])
        let problem = Problem(
            model: "transient",
            x: [times],
            y: values,
            weights: weights,
            start: start,
            lossScale: lossScale
        )
        let fit = TransientFit(times: times, values: values, weights: weights, endsRelease: release != nil)
        return (problem, fit)
    }

    func spot(seed: UInt64, lossScale: Double?) -> (Problem, SpotFit) {
        var random = SeededGenerator(seed: seed)
        let spot = Spot(height: 0.8, row: 9.3, column: 11.8, sigmaY: 3.4, sigmaX: 4.4)
        var pixels: [SpotFit.Pixel] = []
        var x: [[Double]] = []
        var y: [Double] = []
        for row in 0..<20 {
            for column in 0..<24 {
                let resting = Double.random(in: 0.02...0.04, using: &random)
                var increase = resting * (spot.height * spot.shape(row: row, column: column) + 0.05)
                increase += 0.1 * resting * normal(&random)
                if lossScale != nil, row == 15, column < 4 { increase += 2 * resting }
                pixels.append(
                    SpotFit.Pixel(row: Double(row), column: Double(column), increase: increase, resting: resting)
                )
                x.append([Double(row), Double(column), resting])
                y.append(increase)
            }
        }
        let problem = Problem(
            model: "spot",
            x: x,
            y: y,
            weights: x.map { 1 / $0[2].squareRoot() },
            start: [1, 10, 11, 1.1, 1.1, 0],
            lossScale: lossScale
        )
        return (problem, SpotFit(pixels: pixels))
    }

    func solutions(of problems: [Problem]) throws -> [PeerSolution] {
        let folder = try TemporaryFolder()
        let path = folder.path("problems.json")
        try JSONEncoder().encode(problems).write(to: URL(filePath: path))
        return try Python.json([PeerSolution].self, from: "fit_least_squares.py", path)
    }

    /// Our cost may be lower, never higher; near the same minimum the parameters agree.
    func expectAgreement(_ solution: LevenbergMarquardt.Solution?, _ peer: PeerSolution) throws {
        let solution = try #require(solution)
        #expect(solution.isConverged)
        #expect(solution.cost <= peer.cost * (1 + 1e-6))
        guard solution.cost > peer.cost * (1 - 1e-6) else { return }
        for (own, other) in zip(solution.parameters, peer.parameters) {
            #expect(abs(own - other) < 2e-3 * max(1, abs(other)))
        }
    }

    @Test(arguments: [nil, 0.1], [nil, 4])
    func transientsAgreeWithScipy(lossScale: Double?, release: Double?) throws {
        let problems = (0..<10).map { transient(seed: $0, lossScale: lossScale, release: release) }
        let peers = try solutions(of: problems.map(\.0))
        var sameCount = 0
        for ((problem, fit), peer) in zip(problems, peers) {
            let own = LevenbergMarquardt(lossScale: lossScale).minimise(fit, from: problem.start)
            guard let own, abs(own.cost / peer.cost - 1) < 1e-6 else { continue }
            sameCount += 1
            try expectAgreement(own, peer)
        }
        // The cost has a kink wherever the onset, or the end of the release, passes a sample: either search may stop there.
        #expect(sameCount >= (release == nil ? 8 : 5))
    }

    @Test(arguments: [nil, 0.05])
    func spotsAgreeWithScipy(lossScale: Double?) throws {
        let problems = (0..<5).map { spot(seed: $0, lossScale: lossScale) }
        let peers = try solutions(of: problems.map(\.0))
        for ((problem, fit), peer) in zip(problems, peers) {
            let own = LevenbergMarquardt(lossScale: lossScale).minimise(fit, from: problem.start)
            try expectAgreement(own, peer)
            #expect(abs((own?.cost ?? 0) / peer.cost - 1) < 1e-6)
        }
    }

    @Test func derivativesAreThoseOfTheResiduals() {
        func check(_ problem: some LeastSquaresProblem, at parameters: [Double]) {
            let count = problem.residualCount
            var residuals = [Double](repeating: 0, count: count)
            var jacobian = [Double](repeating: 0, count: count * problem.parameterCount)
            problem.evaluate(parameters, residuals: &residuals, jacobian: &jacobian)
            for parameter in parameters.indices {
                var values: [[Double]] = []
                for step in [-1e-5, 1e-5] {
                    var moved = parameters
                    moved[parameter] += step
                    var result = residuals
                    var unused = jacobian
                    problem.evaluate(moved, residuals: &result, jacobian: &unused)
                    values.append(result)
                }
                let worst = (0..<count).map { index in
                    abs((values[1][index] - values[0][index]) / 2e-5 - jacobian[parameter * count + index])
                }.max()
                #expect(worst ?? .infinity < 1e-6)
            }
        }
        check(transient(seed: 3, lossScale: nil).1, at: [0.1, 1.2, 20.31, 0.4, 2.1])
        let (_, ended) = transient(seed: 3, lossScale: nil, release: 3.4)
        check(ended, at: [0.1, 1.2, 20.31, 0.4, 2.1, 1.7])
        check(spot(seed: 3, lossScale: nil).1, at: [0.7, 9, 12, 1.2, 1.4, 0.1])
    }

    @Test(arguments: [(1.5, 3.0, 5.0), (2.0, 4.0, 3.0), (1.0, 2.0, 12.0)])
    func anEndOfTheReleaseIsFoundWhereThereIsOne(rise: Double, release: Double, decay: Double) throws {
        for hasEnd in [true, false] {
            let model = TransientModel(
                baseline: 0.02,
                scale: 1,
                onset: 20.4,
                rise: rise,
                decay: decay,
                release: hasEnd ? release : nil
            )
            var random = SeededGenerator(seed: 5)
            let times = (0..<60).map(Double.init)
            let fit = TransientFit(
                times: times,
                values: times.map { model.value(at: $0) + 0.003 * normal(&random) },
                weights: times.map { _ in 1 }
            )
            let found = try #require(fit.fit(peakTime: 23, noise: 0.003))
            #expect(abs(found.value(at: found.peakTime) / model.value(at: model.peakTime) - 1) < 0.02)
            #expect(abs(found.peakTime - model.peakTime) < 0.15)
            if hasEnd {
                #expect(abs(try #require(found.release) - release) < 0.15)
            } else {
                #expect(times.allSatisfy { abs(found.value(at: $0) - model.value(at: $0)) < 0.01 })
            }
        }
    }

    @Test func anEndOfTheReleaseBehindTheTraceIsNone() {
        for seed in UInt64(0)..<40 {
            var random = SeededGenerator(seed: seed)
            let slope = Double.random(in: 0...0.03, using: &random)
            let values = (0..<40).map { slope * max(0, Double($0) - 12) + 0.05 * normal(&random) }
            let fit = TransientFit(
                times: (0..<40).map(Double.init),
                values: values,
                weights: values.map { _ in 1 }
            )
            guard let found = fit.fit(peakTime: 35, noise: 0.05), let release = found.release else { continue }
            #expect(found.onset + release <= 39)
        }
    }

    @Test func valuesThatAreNotFiniteGiveNoSolution() {
        let fit = TransientFit(
            times: (0..<20).map(Double.init),
            values: [.nan] + [Double](repeating: 1, count: 19),
            weights: [Double](repeating: 1, count: 20)
        )
        #expect(LevenbergMarquardt().minimise(fit, from: [0, 1, 5, 0, 1]) == nil)
        #expect(fit.fit(peakTime: 8, noise: 0.1) == nil)
    }

    @Test func tooFewValuesGiveNoSolution() {
        let fit = TransientFit(times: [0, 1, 2, 3], values: [0, 1, 1, 0], weights: [1, 1, 1, 1])
        #expect(LevenbergMarquardt().minimise(fit, from: [0, 1, 0.5, 0, 1]) == nil)
        #expect(fit.fit(peakTime: 1, noise: 0.1) == nil)
    }
}
