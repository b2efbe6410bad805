import Foundation
import Imaging
import Movies
import Samples
import TestSupport
import Testing

/// Results of `analyze`, of `measure` and of reviews do not replace each other unasked, and labels that cannot be are
/// refused.
struct OverwritingTests {
    private static let fixture = PackagePaths.fixtures.appending(path: "post/mixed")
    private static let calibration = ["--pixel-size-um", "0.2", "--frame-interval-ms", "6.8"]

    private func analyze(_ options: [String] = [], in folder: borrowing TemporaryFolder) throws -> AnalyzeRun {
        for eventClass in ["sparks", "waves", "puffs"]
        where !FileManager.default.fileExists(atPath: folder.path("movie_\(eventClass).tif")) {
            try FileManager.default.copyItem(
                atPath: Self.fixture.appending(path: "prob_\(eventClass).tif").path,
                toPath: folder.path("movie_\(eventClass).tif")
            )
        }
        let movie = Self.fixture.appending(path: "movie.tif").path
        return try AnalyzeRun(
            [movie, "--probabilities", folder.url.path, "-o", "out"] + Self.calibration + options,
            in: folder.url
        )
    }

    private func measure(_ options: [String] = [], in folder: borrowing TemporaryFolder) throws -> RunningProcess {
        let movie = Self.fixture.appending(path: "movie.tif").path
        let process = try RunningProcess.product(
            "sparkwatch",
            ["measure", movie, "--labels", "masks", "-o", "out"] + Self.calibration + options,
            in: folder.url
        )
        try process.wait(seconds: 120)
        return process
    }

    /// Copies the masks of an analysis to where `measure` reads them.
    private func keepMasks(of folder: borrowing TemporaryFolder) throws {
        try FileManager.default.createDirectory(atPath: folder.path("masks"), withIntermediateDirectories: true)
        for kind in ["class", "instances"] {
            try FileManager.default.copyItem(
                atPath: folder.path("out/movie_\(kind).tif"),
                toPath: folder.path("masks/movie_\(kind).tif")
            )
        }
    }

    private func table(_ folder: borrowing TemporaryFolder) throws -> Data {
        try Data(contentsOf: URL(filePath: folder.path("out/movie_events.csv")))
    }

    @Test func measureAndAnalyzeAskBeforeTheyReplaceEachOther() throws {
        let folder = try TemporaryFolder()
        #expect(try analyze(in: folder).status == 0)
        try keepMasks(of: folder)
        let analysed = try table(folder)
        let refused = try measure(in: folder)
        #expect(
            refused.process.terminationStatus != 0
                && refused.errors.contains("movie_events.csv is that of `sparkwatch analyze`")
        )
        #expect(try table(folder) == analysed)
        // One's own results are replaced as ever.
        #expect(try analyze(in: folder).status == 0)

        let forced = try measure(["--overwrite"], in: folder)
        #expect(forced.process.terminationStatus == 0, "\(forced.errors)")
        #expect(!FileManager.default.fileExists(atPath: folder.path("out/movie_events.json")))
        #expect(!FileManager.default.fileExists(atPath: folder.path("out/movie_run.json")))
        let measured = try table(folder)
        let back = try analyze(in: folder)
        #expect(back.status == 1 && back.errors.contains("movie_events.csv is there and is not by analyze"))
        #expect(try table(folder) == measured)
        #expect(try measure(in: folder).process.terminationStatus == 0)
        #expect(try analyze(["--overwrite"], in: folder).status == 0)
        #expect(FileManager.default.fileExists(atPath: folder.path("out/movie_run.json")))
    }

    @Test func whatWasReviewedIsNotReplaced() throws {
        let folder = try TemporaryFolder()
        #expect(try analyze(in: folder).status == 0)
        let movie = Self.fixture.appending(path: "movie.tif").path
        let review = try RunningProcess.product(
            "sparkwatch",
            ["review", "out", movie, "--reviewer", "bea", "--write"],
            in: folder.url
        )
        #expect(try review.wait(seconds: 120) == 0, "\(review.errors)")
        #expect(review.output.contains("movie: ") && review.output.contains("not reviewed yet"))
        // Who only looked has corrected nothing.
        #expect(try analyze(in: folder).status == 0)
        try Data("{\"action\":\"accept\"}\n".utf8).write(to: URL(filePath: folder.path("out/movie_review.jsonl")))
        let refused = try analyze(in: folder)
        #expect(refused.status == 1 && refused.errors.contains("movie_review.jsonl holds corrections"))
        #expect(try analyze(["--overwrite"], in: folder).status == 0)

        try keepMasks(of: folder)
        let process = try RunningProcess.product(
            "sparkwatch",
            ["measure", movie, "--labels", "masks", "-o", "out/reviewed-bea"] + Self.calibration,
            in: folder.url
        )
        #expect(try process.wait(seconds: 120) != 0)
        #expect(process.errors.contains("is the outcome of a review"), "\(process.errors)")
    }

    @Test func labelsThatCannotBeAreRefusedByMeasureAndScore() throws {
        let folder = try TemporaryFolder()
        #expect(try analyze(in: folder).status == 0)
        try keepMasks(of: folder)
        let movie = try TIFFMovie(path: folder.path("masks/movie_class.tif"))
        var labels = try movie.labels(frames: 0..<movie.frameCount).map { UInt8($0) }
        let first = try #require(labels.firstIndex { $0 != 0 })
        labels[first] = 7
        var writer = try TIFFMovieWriter(path: folder.path("seven.tif"), size: movie.size, pixelType: .uint8)
        for frame in 0..<movie.frameCount {
            try writer.append(Array(labels[frame * movie.size.pixelCount..<(frame + 1) * movie.size.pixelCount]))
        }
        try writer.finish()
        try FileManager.default.removeItem(atPath: folder.path("masks/movie_class.tif"))
        try FileManager.default.moveItem(atPath: folder.path("seven.tif"), toPath: folder.path("masks/movie_class.tif"))
        let measured = try measure(["--overwrite"], in: folder)
        #expect(measured.process.terminationStatus != 0)
        #expect(measured.errors.contains("movie_class.tif: class 7 at frame "), "\(measured.errors)")

        for (from, to) in [("class", "class_label"), ("instances", "event_label")] {
            try FileManager.default.moveItem(
                atPath: folder.path("masks/movie_\(from).tif"),
                toPath: folder.path("masks/movie_\(to).tif")
            )
        }
        let score = try RunningProcess.product("sparkwatch", ["score", "masks", "out"], in: folder.url)
        #expect(try score.wait(seconds: 60) == 1)
        #expect(score.errors.contains("movie_class_label.tif: class 7 at frame "), "\(score.errors)")
    }
}
