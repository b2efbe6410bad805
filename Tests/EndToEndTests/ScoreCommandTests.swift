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

    /// The masks of a folder with the numbers of puffs and waves exchanged.
    private func exchange(_ masks: URL, in folder: borrowing TemporaryFolder) throws -> String {
        try Python.run(
            script: """
                import sys, pathlib, shutil, numpy, tifffile
                source, target = map(pathlib.Path, sys.argv[1:])
                target.mkdir()
                for path in source.glob("*.tif"):
                    labels = tifffile.imread(path)
                    if "class" in path.name:
                        labels = numpy.array([0, 1, 3, 2, 4], labels.dtype)[labels]
                    tifffile.imwrite(target / path.name, labels, imagej=True, resolution=(5, 5),
                                     metadata={"axes": "TYX", "unit": "um", "finterval": 0.0068})
                """,
            arguments: [masks.path, folder.path("exchanged")]
        )
        return folder.path("exchanged")
    }

    @Test func masksWithOtherNumbersAreReadByTheirOrder() throws {
        let folder = try TemporaryFolder()
        let exchanged = try exchange(Self.masks, in: folder)
        let plain = try score([Self.masks.path, Self.masks.path], in: folder)
        let order = ["--class-order", "spark,puff,wave"]
        for arguments in [
            [exchanged, Self.masks.path] + order,
            [Self.masks.path, exchanged] + ["--prediction-class-order"] + order.suffix(1),
            [exchanged, exchanged] + order + ["--prediction-class-order"] + order.suffix(1),
        ] {
            let read = try score(arguments, in: folder)
            #expect(read.process.terminationStatus == 0 && read.output == plain.output, "\(read.errors)")
        }
        #expect(try score([exchanged, Self.masks.path], in: folder).output != plain.output)
        let wrong = try score([exchanged, exchanged, "--class-order", "spark,blink"], in: folder)
        #expect(wrong.process.terminationStatus == 64 && wrong.errors.contains("'spark,blink' is no order of classes"))
    }

    @Test func swappedPuffsAndWavesAreSaidLoudly() throws {
        let folder = try TemporaryFolder()
        let synth = try RunningProcess.product(
            "sparksim",
            [
                "synth", "-o", folder.path("own"), "--frames", "400", "--events", "waves", "--seed", "3",
                "--frame-interval", "6.8",
            ],
            in: folder.url
        )
        #expect(try synth.wait(seconds: 240) == 0, "\(synth.errors)")
        let own = folder.url.appending(path: "own")
        let exchanged = try exchange(own, in: folder)
        for (masks, isSwapped) in [(own.path, false), (exchanged, true)] {
            let movie = ["\(own.path)/01_video.tif", "--labels", masks, "-o", "measured"]
            let measure = try RunningProcess.product("sparkwatch", ["measure"] + movie, in: folder.url)
            #expect(try measure.wait(seconds: 240) == 0, "\(measure.errors)")
            #expect(measure.errors.contains("PUFFS AND WAVES LOOK SWAPPED") == isSwapped, "\(measure.errors)")
            #expect(measure.errors.contains("give --class-order spark,puff,wave") == isSwapped)
        }
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
