import Foundation
import Imaging
import Movies
import Samples
import Session
import TestSupport
import Testing
import Wire

/// Folders of movies: what is analysed, what is reported, what is skipped.
struct AnalyzeBatchTests {
    private static let size = FrameSize(height: 16, width: 24)

    /// A movie of noise.
    private func writeMovie(
        _ path: String,
        frameCount: Int = 40,
        seed: UInt64,
        options: TIFFMovieWriter.Options = .init()
    ) throws {
        let url = URL(filePath: path)
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(),
            withIntermediateDirectories: true
        )
        var generator = SeededGenerator(seed: seed)
        var writer = try TIFFMovieWriter(path: path, size: Self.size, pixelType: .uint16, options: options)
        for _ in 0..<frameCount {
            try writer.append((0..<Self.size.pixelCount).map { _ in UInt16.random(in: 0...9000, using: &generator) })
        }
        try writer.finish()
    }

    private func files(in folder: URL) -> Set<String> {
        Set((FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []))
    }

    @Test func aBadFileIsReportedAndTheRestGoOn() throws {
        let folder = try TemporaryFolder()
        try writeMovie(folder.path("day/a_video.tif"), seed: 1)
        try writeMovie(folder.path("day/cell 2/b.tiff"), seed: 2)
        try Data("no movie".utf8).write(to: URL(filePath: folder.path("day/bad.tif")))
        for name in ["a_class_label.tif", "b_instances.tif", ".hidden.tif", "notes.txt"] {
            try Data("not looked at".utf8).write(to: URL(filePath: folder.path("day/\(name)")))
        }
        let output = folder.url.appending(path: "day/out")
        let run = try AnalyzeRun(["day", "--output", output.path], in: folder.url)
        #expect(run.status == 1)
        #expect(run.errors.contains("bad: ") && run.errors.contains("not a TIFF file"))
        #expect(run.errors.contains("1 of 3 movies failed") && !run.errors.contains("not looked at"))
        #expect(run.output.split(separator: "\n").count == 2)
        let kinds = [
            "class.tif", "instances.tif", "events.csv", "cells.csv", "sites.csv", "events.json", "movement.csv",
            "run.json",
        ]
        let expected = ["a", "cell 2/b"].flatMap { name in kinds.map { "\(name)_\($0)" } }
        #expect(files(in: output) == Set(expected + ["cell 2"]))

        let again = try AnalyzeRun(["day", "--output", output.path, "--resume"], in: folder.url)
        #expect(again.status == 1)
        #expect(again.output.components(separatedBy: "analysed before").count == 3)
        try writeMovie(folder.path("day/a_video.tif"), frameCount: 41, seed: 1)
        let changed = try AnalyzeRun(
            ["day/a_video.tif", "day/c*/*.tiff", "--output", "day/out", "--resume"],
            in: folder.url
        )
        #expect(changed.status == 0, "\(changed.errors)")
        #expect(changed.output.contains("in 41 frames") && !changed.output.contains("analysed before"))
        let otherwise = try AnalyzeRun(
            ["day/a_video.tif", "--output", "day/out", "--resume", "--threshold", "0.3"],
            in: folder.url
        )
        #expect(!otherwise.output.contains("analysed before"))
    }

    @Test func theRecordSaysWhereTheCalibrationCameFrom() throws {
        let folder = try TemporaryFolder()
        let options = TIFFMovieWriter.Options(
            dialect: .ome,
            calibration: Calibration(pixelSizeMicrometres: 0.15, frameIntervalMilliseconds: 5)
        )
        try writeMovie(folder.path("cell.tif"), seed: 3, options: options)
        let run = try AnalyzeRun(["cell.tif", "--frame-interval-ms", "7", "-o", "."], in: folder.url)
        #expect(run.status == 0, "\(run.errors)")
        let record = try RunFile.read(folder.url.appending(path: "cell_run.json"))
        #expect(record.setup.calibration.pixel_size_um == .init(value: 0.15, origin: "OME-XML PhysicalSizeX"))
        #expect(record.setup.calibration.frame_interval_ms == .init(value: 7, origin: "option --frame-interval-ms"))
        #expect(record.setup.model_sha256?.hasPrefix("57562f3c") == true)
        #expect(record.setup.software_version == SparkwatchVersion.current)
        #expect(record.outcome.frames == 40)
        let masks = try TIFFMovie(path: folder.path("cell_instances.tif"))
        #expect(masks.calibration.pixelSizeMicrometres?.value == 0.15)
        #expect(masks.calibration.frameIntervalMilliseconds?.value == 7)
    }

    @Test(arguments: [false, true])
    func writtenProbabilitiesGiveTheSameEvents(isStreaming: Bool) throws {
        let folder = try TemporaryFolder()
        try writeMovie(folder.path("cell.tif"), frameCount: 300, seed: 4)
        let first = try AnalyzeRun(
            ["cell.tif", "--write-probabilities", "-o", "maps"]
                + (isStreaming ? ["--streaming", "--threshold", "0.5"] : []),
            in: folder.url
        )
        #expect(first.status == 0, "\(first.errors)")
        let maps = try ["sparks", "waves", "puffs"].map { eventClass in
            let movie = try TIFFMovie(path: folder.path("maps/cell_\(eventClass).tif"))
            #expect(movie.pixelType == .float32 && movie.frameCount == 300)
            return try movie.counts(frames: 0..<300)
        }
        #expect(maps.allSatisfy { $0.allSatisfy { (0...1).contains($0) } && $0.contains { $0 > 0 } })
        if isStreaming { return }
        let second = try AnalyzeRun(["cell.tif", "--probabilities", "maps", "-o", "again"], in: folder.url)
        #expect(second.status == 0, "\(second.errors)")
        for name in ["class", "instances"] {
            let files = try ["maps", "again"].map { try TIFFMovie.labels(of: folder.path("\($0)/cell_\(name).tif")) }
            #expect(files[0] == files[1])
        }
    }

    @Test func theRecordHoldsTheCellThatWasDrawn() throws {
        let folder = try TemporaryFolder()
        try writeMovie(folder.path("cell.tif"), seed: 8)
        let mask = (0..<Self.size.pixelCount).map { UInt8($0 % 3 == 0 ? 255 : 0) }
        var writer = try TIFFMovieWriter(path: folder.path("drawn.tif"), size: Self.size, pixelType: .uint8)
        try writer.append(mask)
        try writer.finish()
        let run = try AnalyzeRun(
            ["cell.tif", "-o", "out", "--cell-mask", "drawn.tif"]
                + ["--pixel-size-um", "0.5", "--frame-interval-ms", "5"],
            in: folder.url
        )
        #expect(run.status == 0, "\(run.errors)")
        let record = try RunFile.read(folder.url.appending(path: "out/cell_run.json"))
        #expect(record.setup.configuration.cell_mask == "drawn.tif")
        let cell = try #require(record.outcome.cell)
        #expect(cell.origin == .given && cell.areaSquareMicrometres == 128 * 0.25 && cell.observedSeconds == 0.2)
        #expect(cell.frequencies.mapValues(\.events) == record.outcome.events)

        // As many pixels, but rows and columns changed over.
        let turned = FrameSize(height: Self.size.width, width: Self.size.height)
        var other = try TIFFMovieWriter(path: folder.path("turned.tif"), size: turned, pixelType: .uint8)
        try other.append(mask)
        try other.finish()
        let refused = try AnalyzeRun(["cell.tif", "-o", "again", "--cell-mask", "turned.tif"], in: folder.url)
        #expect(refused.status == 1)
        #expect(refused.errors.contains("turned.tif has 24 x 16 pixels (height x width), but"), "\(refused.errors)")
        #expect(refused.errors.contains("cell.tif frames of 16 x 24 pixels"), "\(refused.errors)")
    }

    @Test func resultsOfOthersAreNotOverwritten() throws {
        let folder = try TemporaryFolder()
        try writeMovie(folder.path("cell_video.tif"), seed: 5)
        let truth = #"{"events": []}"#
        try truth.write(toFile: folder.path("cell_events.json"), atomically: true, encoding: .utf8)
        let run = try AnalyzeRun(["cell_video.tif", "-o", "."], in: folder.url)
        #expect(run.status == 1)
        #expect(run.errors.contains("was not written by sparkwatch analyze"))
        #expect(try String(contentsOfFile: folder.path("cell_events.json"), encoding: .utf8) == truth)
    }

    @Test(arguments: [
        (["nowhere/*.tif"], "nowhere/*.tif: no movies there"), (["empty"], "empty: no movies there"),
        (["a/cell.tif", "b/cell.tif"], "would both write cell_class.tif"),
        (["a/cell.tif", "--streaming", "--probabilities", "a"], "--probabilities needs the whole movie"),
    ])
    func selectionsThatCannotBeAnalysedAreRefused(arguments: [String], message: String) throws {
        let folder = try TemporaryFolder()
        try FileManager.default.createDirectory(
            at: folder.url.appending(path: "empty"),
            withIntermediateDirectories: true
        )
        let run = try AnalyzeRun(arguments, in: folder.url)
        #expect(run.status != 0)
        #expect(run.errors.contains(message), "\(run.errors)")
        #expect(!FileManager.default.fileExists(atPath: folder.path("sparkwatch-output")))
    }

    /// Peak memory of a program that Python starts.
    private func peakMegabytes(of frameCount: Int, in folder: borrowing TemporaryFolder) throws -> Double {
        let path = folder.path("long\(frameCount).tif")
        let flat = [UInt16](repeating: 500, count: 32 * 64)
        var generator = SeededGenerator(seed: 6)
        let size = FrameSize(height: 32, width: 64)
        var writer = try TIFFMovieWriter(path: path, size: size, pixelType: .uint16)
        for _ in 0..<frameCount {
            var frame = flat
            for _ in 0..<20 { frame[Int.random(in: 0..<frame.count, using: &generator)] = 60_000 }
            try writer.append(frame)
        }
        try writer.finish()
        let executable = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
            .appending(path: "sparkwatch").path
        let script = """
            import resource, subprocess, sys
            subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
            print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)
            """
        let output = try Python.run(
            script: script,
            arguments: [
                executable, "analyze", "--model", AnalyzeRun.weights, path, "--streaming", "--threads", "1",
                "--output", folder.path("long"), "--write-probabilities", "--threshold", "1",
                "--longest-event-frames", "64",
            ]
        )
        return try #require(
            Double(String(decoding: output, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines))
        )
    }

    /// Without events, whose list does grow; the longer movie holds 25 MB more in floating point, its probabilities 74 MB.
    @Test func memoryDoesNotGrowWithAStreamedMovie() throws {
        let folder = try TemporaryFolder()
        let short = try peakMegabytes(of: 600, in: folder)
        let long = try peakMegabytes(of: 3600, in: folder)
        #expect(long < short + 10, "\(short) MB for 600 frames, \(long) MB for 3600")
    }
}

extension TIFFMovie {
    /// All labels of a movie, `[t][y][x]`.
    static func labels(of path: String) throws -> [UInt32] {
        let movie = try TIFFMovie(path: path)
        return try movie.labels(frames: 0..<movie.frameCount)
    }
}
