import Detection
import Foundation
import TestSupport
import Testing

@Suite("Logistic regression")
struct LogisticRegressionTests {
    @Test func findsWhatGeneratedTheOutcomes() {
        var random = SeededGenerator(seed: 61)
        var features: [Float] = [], outcomes: [Bool] = []
        for _ in 0..<20_000 {
            let x = Float.random(in: -1...1, using: &random), y = Float.random(in: 0...100, using: &random)
            let sum = 2 * Double(x) - 0.05 * Double(y) + 1
            features += [x, y, 7]
            outcomes.append(Double.random(in: 0..<1, using: &random) < 1 / (1 + exp(-sum)))
        }
        let fit = LogisticRegression(features: features, featureCount: 3, outcomes: outcomes)
        #expect(abs(fit.weights[0] - 2) < 0.1)
        #expect(abs(fit.weights[1] + 0.05) < 0.003)
        #expect(abs(fit.weights[2]) < 1e-6, "a feature that never changes tells nothing")
        #expect(abs(fit.bias - 1) < 0.15)
        let again = LogisticRegression(features: features, featureCount: 3, outcomes: outcomes)
        #expect(fit.weights == again.weights && fit.bias == again.bias)
    }

    /// Outcomes that a line parts would give infinite weights without a penalty.
    @Test func staysFiniteWhereALinePartsTheOutcomes() {
        let features = (0..<100).map { Float($0) }
        let fit = LogisticRegression(features: features, featureCount: 1, outcomes: features.map { $0 > 40 })
        #expect(fit.weights[0].isFinite && fit.bias.isFinite)
        #expect(fit.weights[0] > 0)
        let threshold = -fit.bias / fit.weights[0]
        #expect((38...43).contains(threshold))
    }

    @Test func theGradientVanishesAtTheSolution() {
        var random = SeededGenerator(seed: 62)
        let features = (0..<600).map { _ in Float.random(in: -1...1, using: &random) }
        let outcomes = (0..<200).map { _ in Bool.random(using: &random) }
        let fit = LogisticRegression(features: features, featureCount: 3, outcomes: outcomes)
        // Of the constant, which is not penalised: predicted outcomes are as many as real ones.
        let predicted = (0..<200).reduce(0.0) { sum, sample in
            let score = (0..<3).reduce(fit.bias) { $0 + fit.weights[$1] * Double(features[sample * 3 + $1]) }
            return sum + 1 / (1 + exp(-score))
        }
        #expect(abs(predicted - Double(outcomes.count { $0 })) < 1e-3)
    }
}
