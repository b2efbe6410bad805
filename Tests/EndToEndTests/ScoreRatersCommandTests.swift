import Foundation
import Samples
import TestSupport
import Testing

/// `sparkwatch score raters` against the figures of scikit-learn, statsmodels and scipy.
struct ScoreRatersCommandTests {
    private static let fixture = PackagePaths.fixtures.appending(path: "raters")
    private static let experts = (1...6).map { fixture.appending(path: "expert\($0).tif").path }
    private static let model = fixture.appending(path: "model.tif").path

    private struct Comparison: Decodable {
        let cohen: [[Double]]
        let kruskal_h: Double
        let kruskal_p: Double

        var values: [Double] { cohen.flatMap { $0 } + [kruskal_h, kruskal_p] }
    }

    private struct Agreement: Decodable {
        let fleiss: [Double]
        let fleiss_mean: Double
        let model_excluded: Comparison?
        let model_included: Comparison?

        var values: [Double] {
            fleiss + [fleiss_mean] + (model_excluded?.values ?? []) + (model_included?.values ?? [])
        }
    }

    private func raters(_ arguments: [String], in folder: borrowing TemporaryFolder) throws -> RunningProcess {
        let process = try RunningProcess.product("sparkwatch", ["score", "raters"] + arguments, in: folder.url)
        try process.wait(seconds: 60)
        return process
    }

    @Test func agreementEqualsTheReference() throws {
        let folder = try TemporaryFolder()
        let json = folder.path("agreement.json")
        let process = try raters(Self.experts + ["--model", Self.model, "--json", json], in: folder)
        #expect(process.process.terminationStatus == 0, "\(process.errors)")
        let decoder = JSONDecoder()
        let expected = try decoder.decode(
            Agreement.self,
            from: Data(contentsOf: Self.fixture.appending(path: "expected.json"))
        ).values
        let found = try decoder.decode(Agreement.self, from: Data(contentsOf: URL(filePath: json))).values
        #expect(found.count == 155 && found.count == expected.count)
        for (found, expected) in zip(found, expected) { #expect(abs(found - expected) < 1e-9) }
        let lines = process.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        #expect(lines.contains { $0.prefix(2) == ["experts", "0.4106"] })
        #expect(lines.contains(["Kruskal-Wallis", "H", "=", "12.5104,", "p", "=", "0.0515"]))
    }

    @Test func withoutAModelTheExpertsAreCompared() throws {
        let folder = try TemporaryFolder()
        let process = try raters(Array(Self.experts.prefix(2)), in: folder)
        #expect(process.process.terminationStatus == 0, "\(process.errors)")
        #expect(process.output.contains("Fleiss") && !process.output.contains("Cohen"))
    }

    @Test func masksThatDoNotFitAreRefused() throws {
        let folder = try TemporaryFolder()
        let other = PackagePaths.fixtures.appending(path: "eval/case1/m1_class_label.tif").path
        let process = try raters([Self.experts[0], other], in: folder)
        #expect(process.process.terminationStatus == 1)
        #expect(process.errors.contains("compare masks of the same frames"))
    }
}
