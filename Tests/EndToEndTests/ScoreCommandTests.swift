import Foundation
import Samples
import TestSupport
import Testing

/// `sparkwatch score` as a user calls it.
struct ScoreCommandTests {
    private static let masks = PackagePaths.fixtures.appending(path: "eval/case2")

    private func score(_ arguments: [String], in folder: borrowing TemporaryFolder) throws -> RunningProcess {
        let process = try RunningProcess.product("sparkwatch", ["score"] + arguments, in: folder.url)
        try process.wait(seconds: 60)
        return process
    }

    @Test func tablesArePrintedAndWritten() throws {
        let folder = try TemporaryFolder()
        let json = folder.path("scores.json")
        let process = try score([Self.masks.path, Self.masks.path, "--json", json], in: folder)
        #expect(process.process.terminationStatus == 0, "\(process.errors)")
        let lines = process.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        #expect(lines.contains(["mean", "over", "movies", "0.1005", "0.6229", "0.3242", "0.3492", "0.5772", "0.5862"]))
        #expect(lines.contains(["sparks", "10", "2", "(20.0%)", "1", "(10.0%)", "0", "(0.0%)", "7", "(70.0%)"]))
        let tables = try numbers(json)
        let expected = try numbers(Self.masks.appending(path: "expected.json").path).filter { path, _ in
            !path.hasPrefix("/iomin")
        }
        #expect(expected.count > 60 && Set(tables.keys) == Set(expected.keys))
        for (path, value) in expected { #expect(abs((tables[path] ?? .nan) - value) < 1e-12, "\(path)") }
    }

    /// The numbers of a JSON file by their paths, for example `/metrics/sparks/recall`.
    private func numbers(_ file: String) throws -> [String: Double] {
        func numbers(_ document: Any, path: String) -> [String: Double] {
            if let number = document as? NSNumber { return [path: number.doubleValue] }
            return (document as? [String: Any] ?? [:]).reduce(into: [:]) { all, part in
                all.merge(numbers(part.value, path: path + "/" + part.key)) { first, _ in first }
            }
        }
        return numbers(try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: file))), path: "")
    }

    @Test func missingPredictionsAreNamed() throws {
        let folder = try TemporaryFolder()
        let process = try score([Self.masks.path, folder.url.path], in: folder)
        #expect(process.process.terminationStatus == 1)
        #expect(process.errors.contains(folder.path("m1_class.tif")))
        #expect(process.errors.contains(folder.path("m1_instances.tif")))
    }

    @Test func aMissingMovieIsReportedAndTheRestGoOn() throws {
        let folder = try TemporaryFolder()
        for name in ["m2_class.tif", "m2_instances.tif", "m1_class.tif"] {
            try FileManager.default.copyItem(
                at: Self.masks.appending(path: name),
                to: folder.url.appending(path: name)
            )
        }
        let process = try score([Self.masks.path, folder.url.path], in: folder)
        #expect(process.process.terminationStatus == 1)
        #expect(process.errors.contains("m1: missing \(folder.path("m1_instances.tif"))"), "\(process.errors)")
        #expect(process.errors.contains("1 of 2 movies were left out: m1"))
        #expect(process.output.contains("Table 3"))
    }

    @Test func folderWithoutAnnotationsIsNamed() throws {
        let folder = try TemporaryFolder()
        let process = try score([folder.url.path, Self.masks.path], in: folder)
        #expect(process.process.terminationStatus == 1)
        #expect(process.errors.contains("\(folder.url.path): no file is named NAME_class_label.tif"))
    }

    @Test func trimThatLeavesNothingIsRefused() throws {
        let folder = try TemporaryFolder()
        let process = try score([Self.masks.path, Self.masks.path, "--trim", "35"], in: folder)
        #expect(process.process.terminationStatus == 1)
        #expect(process.errors.contains("--trim 35 leaves nothing of 70 frames"))
    }
}
