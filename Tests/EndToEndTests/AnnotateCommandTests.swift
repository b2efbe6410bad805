import Foundation
import Imaging
import Movies
import Samples
import TestSupport
import Testing

/// `sparkwatch annotate` on simulated recordings, whose events are known.
struct AnnotateCommandTests {
    private struct Scores: Decodable {
        struct Metrics: Decodable {
            let precision: Double
            let recall: Double
            let detected: Double
        }
        let metrics: [String: Metrics?]
    }

    private func sparkwatch(_ arguments: [String], in folder: borrowing TemporaryFolder) throws -> RunningProcess {
        let process = try RunningProcess.product("sparkwatch", arguments, in: folder.url)
        try process.wait(seconds: 240)
        return process
    }

    private func recording(in folder: borrowing TemporaryFolder) throws {
        let synth = try RunningProcess.product(
            "sparksim",
            ["synth", "--output", "truth", "--frames", "320", "--width", "192", "--height", "48"]
                + ["--snr", "5", "--seed", "4", "--events", "waves"],
            in: folder.url
        )
        #expect(try synth.wait(seconds: 240) == 0, "\(synth.errors)")
    }

    @Test func proposalsFindMostEventsAndAreNotOverwritten() throws {
        let folder = try TemporaryFolder()
        try recording(in: folder)
        let annotation = try sparkwatch(["annotate", "truth", "--output", "labels", "--from", "threshold"], in: folder)
        #expect(annotation.process.terminationStatus == 0, "\(annotation.errors)")
        #expect(annotation.output.contains("proposed in 320 frames"))

        // `score` wants names of predictions.
        for (label, mask) in [("class_label", "class"), ("event_label", "instances")] {
            try FileManager.default.copyItem(
                atPath: folder.path("labels/01_\(label).tif"),
                toPath: folder.path("labels/01_\(mask).tif")
            )
        }
        let score = try sparkwatch(["score", "truth", "labels", "--json", "scores.json"], in: folder)
        #expect(score.process.terminationStatus == 0, "\(score.errors)")
        let total = try #require(
            try JSONDecoder().decode(Scores.self, from: Data(contentsOf: URL(filePath: folder.path("scores.json"))))
                .metrics["total"] ?? nil
        )
        #expect(total.precision > 0.5 && total.recall > 0.4 && total.detected > 0.5, "\(total)")

        let movie = try TIFFMovie(path: folder.path("labels/01_event_label.tif"))
        #expect(movie.pixelType == .uint16 && movie.calibration.pixelSizeMicrometres?.value == 0.2)

        let corrected = try Data(contentsOf: URL(filePath: folder.path("labels/01_class_label.tif")))
        let again = try sparkwatch(
            ["annotate", "truth", "--output", "labels", "--from", "threshold", "--threshold-sd", "9"],
            in: folder
        )
        #expect(again.process.terminationStatus == 1)
        #expect(again.errors.contains("may hold corrections"))
        #expect(try Data(contentsOf: URL(filePath: folder.path("labels/01_class_label.tif"))) == corrected)
        let replaced = try sparkwatch(
            ["annotate", "truth", "--output", "labels", "--from", "threshold", "--threshold-sd", "9", "--overwrite"],
            in: folder
        )
        #expect(replaced.process.terminationStatus == 0, "\(replaced.errors)")
        #expect(try Data(contentsOf: URL(filePath: folder.path("labels/01_class_label.tif"))) != corrected)
    }

    private struct Counts: Equatable {
        var byClass: [Int] = []
        var total: Int { byClass.reduce(0, +) }

        /// `01: 3 sparks, 1 waves, 0 puffs proposed in 320 frames`.
        init(_ output: String) {
            let line = output.split(separator: "\n").last { $0.contains("proposed in") } ?? ""
            byClass = line.split(separator: " ").compactMap { Int($0) }.dropLast().map { $0 }
        }
    }

    /// The network proposes unless told otherwise: what `analyze` finds; thresholds may add what it left.
    @Test func theNetworkProposes() throws {
        let folder = try TemporaryFolder()
        try recording(in: folder)
        let network = try sparkwatch(["annotate", "truth", "--output", "network"], in: folder)
        #expect(network.process.terminationStatus == 0, "\(network.errors)")
        let analysis = try sparkwatch(["analyze", "truth", "--output", "analysed"], in: folder)
        #expect(analysis.process.terminationStatus == 0, "\(analysis.errors)")
        for (label, mask) in [("class_label", "class"), ("event_label", "instances")] {
            let proposed = try TIFFMovie.labels(of: folder.path("network/01_\(label).tif"))
            #expect(proposed.contains { $0 != 0 })
            #expect(try proposed == TIFFMovie.labels(of: folder.path("analysed/01_\(mask).tif")))
        }
        let both = try sparkwatch(["annotate", "truth", "--output", "both", "--from", "both"], in: folder)
        #expect(both.process.terminationStatus == 0, "\(both.errors)")
        let counts = (Counts(network.output), Counts(both.output))
        #expect(counts.0.total > 0 && zip(counts.1.byClass, counts.0.byClass).allSatisfy { $0 >= $1 })
    }
}
