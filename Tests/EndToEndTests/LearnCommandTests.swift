import Foundation
import Samples
import TestSupport
import Testing

/// Real processes, small movies, few steps: reviewed movies in, a model with its proof out.
@Suite(.serialized)
final class LearnCommandTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        let words = ["synth", "--output", folder.path("lab"), "--count", "4", "--frames", "260", "--seed", "5"]
        let simulator = try RunningProcess.product(
            "sparksim",
            words + ["--width", "64", "--height", "24"],
            in: folder.url
        )
        #expect(try simulator.wait(seconds: 60) == 0)
        let tiny = PackagePaths.fixtures.appending(path: "unet_tiny/weights.safetensors")
        try FileManager.default.copyItem(at: tiny, to: folder.url.appending(path: "tiny.safetensors"))
    }

    private func sparkwatch(_ arguments: [String]) throws -> (output: String, errors: String, status: Int32) {
        let process = try RunningProcess.product(
            "sparkwatch",
            arguments,
            in: folder.url,
            preparation: "export XDG_DATA_HOME='\(folder.path("home"))'; umask 022"
        )
        let status = try process.wait(seconds: 240)
        return (process.output, process.errors, status)
    }

    private func learn(_ options: String...) throws -> (output: String, errors: String, status: Int32) {
        try sparkwatch(["learn", "lab", "--model", "tiny.safetensors", "--minutes", "0.1"] + options)
    }

    private struct Report: Decodable {
        struct Point: Decodable { let cells: Double }
        struct Numbers: Decodable {
            let learning_curve: [Point]
        }

        let is_better: Bool
        let summary: String
        let tables: [String]
        let numbers: Numbers
    }

    @Test func reviewedMoviesBecomeAModelWithProof() throws {
        let before = try Data(contentsOf: folder.url.appending(path: "tiny.safetensors"))
        let result = try learn("--output", "new", "--install")
        let report = try JSONDecoder().decode(
            Report.self,
            from: Data(contentsOf: folder.url.appending(path: "new/report.json"))
        )
        #expect(result.output.contains("4 cells, 4 movies"), "\(result.errors)")
        #expect(result.errors.contains("left] learning from"))
        #expect(report.tables.count == 1 && report.tables[0].contains("| mean of classes |"))
        #expect(report.numbers.learning_curve.first?.cells == 0 && report.numbers.learning_curve.last?.cells == 2)
        #expect(try Data(contentsOf: folder.url.appending(path: "tiny.safetensors")) == before)
        // A better one is in use; one that is not is refused, with its reason.
        #expect(report.is_better == (result.status == 0), "\(result.errors)")
        #expect(report.is_better || result.errors.contains("not installed"))
        let inUse = try sparkwatch(["model", "use"]).output
        #expect(report.is_better == inUse.contains("home/sparkwatch/models/model-"), "\(inUse)")
        let model = folder.path("new/model.safetensors")
        guard FileManager.default.fileExists(atPath: model) else {
            #expect(report.summary.contains("no training found more"))
            return
        }
        let mode = try FileManager.default.attributesOfItem(atPath: model)[.posixPermissions] as? Int
        #expect(mode == 0o644)
        let inspected = try sparkwatch(["model", "inspect", model])
        #expect(inspected.status == 0 && inspected.output.contains("fine-tuned from tiny.safetensors on 4 cells"))
    }

    @Test func aModelOfOnesOwnIsUsedUntilOneGoesBack() throws {
        let chosen = try sparkwatch(["model", "use", "tiny.safetensors"])
        #expect(chosen.status == 0 && chosen.output.contains("models/tiny-57562f3c7c6a.safetensors"))
        let analysed = try sparkwatch(["analyze", "lab/01_video.tif", "-o", "found"])
        #expect(analysed.status == 0 && analysed.errors.contains("model of your own"), "\(analysed.errors)")
        let run = try String(contentsOf: folder.url.appending(path: "found/01_run.json"), encoding: .utf8)
        #expect(run.contains("57562f3c7c6a2daf707b87083dff3c9dd46956109059c8816c0db55da1ad386d"))
        #expect(try sparkwatch(["model", "use", "--shipped"]).output.contains("default-model.safetensors"))
        #expect(
            FileManager.default.fileExists(atPath: folder.path("home/sparkwatch/models/tiny-57562f3c7c6a.safetensors"))
        )
    }

    @Test func tooFewCellsAreNamed() throws {
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path("lab")) where !name.hasPrefix("01")
        {
            try FileManager.default.removeItem(atPath: folder.path("lab/\(name)"))
        }
        let result = try learn()
        #expect(result.status != 0 && result.errors.contains("of 1 cell; at least 2 are needed"), "\(result.errors)")
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.path("lab")).allSatisfy { $0.hasPrefix("01") }
        )
    }

    @Test func aMissingMovieIsNamed() throws {
        try FileManager.default.removeItem(atPath: folder.path("lab/03_video.tif"))
        let result = try learn()
        #expect(result.status != 0 && result.errors.contains("the movie of 03 is missing"), "\(result.errors)")
    }
}
