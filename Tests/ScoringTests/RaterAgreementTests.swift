import Foundation
import Scoring
import TestSupport
import Testing

/// Agreement of raters against scipy, and where it has no value.
struct RaterAgreementTests {
    @Test func kruskalWallisEqualsSciPy() throws {
        var generator = SeededGenerator(seed: 8)
        // Few different values make ties; shifted groups make small probabilities.
        let samples = (0..<30).map { sample in
            (0..<Int.random(in: 2...8, using: &generator)).map { group in
                (0..<Int.random(in: 1...12, using: &generator)).map { _ in
                    Double(Int.random(in: 0...9, using: &generator)) + (sample > 15 ? Double(group) * 2.5 : 0)
                }
            }
        }
        let script =
            "import json, sys; from scipy.stats import kruskal; "
            + "print(json.dumps([list(kruskal(*groups)) for groups in json.loads(sys.argv[1])]))"
        let input = String(decoding: try JSONEncoder().encode(samples), as: UTF8.self)
        let output = try Python.run(script: script, arguments: [input])
        let expected = try JSONDecoder().decode([[Double]].self, from: output)
        for (groups, expected) in zip(samples, expected) {
            let test = KruskalWallis(groups)
            #expect(abs(test.h - expected[0]) < 1e-9 * max(1, expected[0]))
            #expect(abs(test.p - expected[1]) < 1e-12 + 1e-9 * expected[1], "\(test.p), not \(expected[1])")
        }
    }

    @Test func oneLabelEverywhereHasNoKappa() {
        #expect(Kappa.cohen([1, 1, 1], [1, 1, 1]).isNaN)
        #expect(Kappa.fleiss([[0, 0], [0, 0]]).isNaN)
        #expect(KruskalWallis([[0.5, .nan], [0.2]]).p.isNaN)
        #expect(Kappa.cohen([0, 1, 2, 3], [0, 1, 2, 3]) == 1)
    }

    @Test func tiesOfTheMajorityGoToTheSmallestLabel() {
        #expect(Kappa.majority(of: [[3, 1, 0], [2, 1, 2], [2, 3, 1]]) == [2, 1, 0])
    }

    @Test func labelsBeyondTheCategoriesAreRefused() {
        #expect(throws: ScoringError.notRated(value: 5)) {
            try RaterAgreement(experts: [[[0, 5]], [[0, 1]]], model: nil)
        }
        #expect(throws: ScoringError.nothingRated) { try RaterAgreement(experts: [[[4]], [[0]]], model: nil) }
        #expect(throws: ScoringError.differentFrameCounts(first: 1, other: 2)) {
            try RaterAgreement(experts: [[[0]], [[0], [1]]], model: nil)
        }
    }
}
