import Foundation
import Movies
import Samples
import TestSupport
import Testing

/// The results of the published pipeline, from its probability maps, as a user gets them.
struct PublishedResultTests {
    private struct Expected: Decodable {
        let otsu: Double
        let peaks: [[Int]]
    }

    private struct Found: Decodable {
        struct Event: Decodable {
            let event_type: String
            let voxels: Int
        }
        let events: [Event]
        let spark_peaks: [[Int]]
    }

    /// Whether two masks differ in nothing but the numbers.
    private func areEqualUpToNumbers(_ left: [UInt32], _ right: [UInt32]) -> Bool {
        var (numbers, backwards): ([UInt32: UInt32], [UInt32: UInt32]) = ([0: 0], [0: 0])
        for (left, right) in zip(left, right) {
            guard numbers[left, default: right] == right, backwards[right, default: left] == left else { return false }
            numbers[left] = right
            backwards[right] = left
        }
        return left.count == right.count
    }

    @Test(arguments: ["post/sparks", "post/slow", "post/mixed", "post/empty", "post_more/gaps", "post_more/ties"])
    func masksAndPeaksEqualTheFixture(name: String) throws {
        let fixture = PackagePaths.fixtures.appending(path: name)
        let folder = try TemporaryFolder()
        for eventClass in ["sparks", "waves", "puffs"] {
            try FileManager.default.copyItem(
                at: fixture.appending(path: "prob_\(eventClass).tif"),
                to: folder.url.appending(path: "movie_\(eventClass).tif")
            )
        }
        let movie = fixture.appending(path: "movie.tif").path
        let run = try AnalyzeRun([movie, "--probabilities", folder.url.path, "--out", "out"], in: folder.url)
        #expect(run.status == 0, "\(run.errors)")

        let results = folder.url.appending(path: "out")
        let classes = try TIFFMovie.labels(of: results.appending(path: "movie_class.tif").path)
        #expect(classes == (try TIFFMovie.labels(of: fixture.appending(path: "expected_class.tif").path)))
        let instances = try TIFFMovie.labels(of: results.appending(path: "movie_instances.tif").path)
        #expect(
            try areEqualUpToNumbers(
                instances,
                TIFFMovie.labels(of: fixture.appending(path: "expected_instances.tif").path)
            )
        )

        let decoder = JSONDecoder()
        let expected = try decoder.decode(
            Expected.self,
            from: Data(contentsOf: fixture.appending(path: "expected.json"))
        )
        let found = try decoder.decode(
            Found.self,
            from: Data(contentsOf: results.appending(path: "movie_events.json"))
        )
        #expect(Set(found.spark_peaks) == Set(expected.peaks))
        #expect(found.events.map(\.voxels).reduce(0, +) == instances.count { $0 != 0 })
        let record = try RunFile.read(results.appending(path: "movie_run.json"))
        #expect(abs(record.outcome.threshold - expected.otsu) < 1e-6)
        #expect(record.setup.model_sha256 == nil && record.setup.configuration.mode == "probabilities")
        #expect(record.outcome.events.values.reduce(0, +) == found.events.count)
    }

    @Test func mapsThatDoNotFitAreRefused() throws {
        let folder = try TemporaryFolder()
        let fixture = PackagePaths.fixtures.appending(path: "post/mixed")
        for (eventClass, file) in [("sparks", "movie"), ("waves", "prob_waves"), ("puffs", "prob_puffs")] {
            try FileManager.default.copyItem(
                at: fixture.appending(path: "\(file).tif"),
                to: folder.url.appending(path: "movie_\(eventClass).tif")
            )
        }
        let movie = fixture.appending(path: "movie.tif").path
        let run = try AnalyzeRun([movie, "--probabilities", folder.url.path], in: folder.url)
        #expect(run.status == 1)
        #expect(run.errors.contains("movie_sparks.tif: frame 0 holds") && run.errors.contains("no probability"))
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path("sparkwatch-output"))
        #expect(files.isEmpty)
    }
}
