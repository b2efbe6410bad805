import Foundation
import Live
import Samples
import TestSupport
import Testing

/// Drawn regions in a live run, in the analysis of its recording, and in rules.
@Suite("Regions, live and from file", .serialized)
final class RegionTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func run(_ arguments: [String], status: Int32 = 0) throws -> RunningProcess {
        let process = try RunningProcess.product("sparkwatch", arguments, in: folder.url)
        #expect(try process.wait(seconds: 240) == status, "\(process.errors)")
        return process
    }

    private func write(_ text: String, _ name: String) throws -> String {
        try text.write(toFile: folder.path(name), atomically: true, encoding: .utf8)
        return folder.path(name)
    }

    private static let left = "{ name: \"left\", rectanglePx: [0, 0, 64, 300] }"
    private static let slanted = "{ name: \"slanted\", polygonPx: [[0, 100], [0, 400.5], [64, 300], [64, 200]] }"

    /// What a live run leaves behind, given to `analyze`, gives the same rates; a rule decides the same in both.
    @Test func ratesAndRulesAreThoseOfTheFile() throws {
        let movie = try LiveEqualsFileTests.recording(in: folder)
        let regions = try write("{ regions: [\(Self.slanted)] }", "given.json5")
        let rules = try write(
            """
            { rules: [{ name: "left", class: ["spark", "puff"], tier: "final", region: "left" },
                      { name: "slanted", class: "spark", tier: "any", region: "slanted" }],
              regions: [\(Self.left)] }
            """,
            "rules.json5"
        )
        let live = try LiveRun(in: folder.url)
        try live.startDetector(Scene.detection + ["--regions", regions, "--triggers", rules])
        let player = try live.play(movie)
        let messages = try live.messages()
        try player.wait(seconds: 60)
        #expect(try live.journal().first { $0.topic == "regions" } != nil)

        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path("live"))
        let left = try #require(names.first { $0.hasSuffix("_regions.json") })
        _ = try run(
            ["analyze", movie.path, "--streaming", "--no-masks", "--output", folder.path("file")] + Scene.detection
                + ["--regions", folder.path("live/\(left)")]
        )
        let table = try #require(names.first { $0.hasSuffix("_regions.csv") })
        let found = try EventTableRows.read(folder.path("live/\(table)"))
        let expected = try EventTableRows.read(folder.path("file/01_regions.csv"))
        let same = [
            "region", "phase", "frame_start", "frame_end", "event_type", "events", "area_um2", "observed_s",
            "per_100um2_per_s", "low95", "high95", "assumed",
        ]
        func compared(_ rows: [[String: String]]) -> [[String?]] { rows.map { row in same.map { row[$0] } } }
        #expect(compared(found) == compared(expected) && found.count == 2 * 3)
        // The numbers, counted anew from the table of events.
        let events = try EventTableRows.read(folder.path("file/01_events.csv"))
        for row in expected where row["region"] == "left" {
            let count = events.count { event in
                event["event_type"] == row["event_type"] && (Double(event["centroid_x_px"] ?? "") ?? 1e9) + 0.5 < 300
            }
            #expect(row["events"] == "\(count)")
        }
        let sparks = try #require(expected.first { $0["region"] == "left" && $0["event_type"] == "spark" })
        let number = try #require(sparks["events"].flatMap(Double.init))
        let exposure =
            try #require(sparks["area_um2"].flatMap(Double.init)) / 100
            * (try #require(sparks["observed_s"].flatMap(Double.init)))
        try #require(number > 0, "the scene has sparks on the left")
        #expect(abs((Double(sparks["per_100um2_per_s"] ?? "") ?? 0) - number / exposure) < 1e-4)

        // The journal has the regions, the movie needs them.
        let fired = messages.filter { $0.topic == "trigger.fired" }.compactMap(\.trigger_id)
        #expect(!fired.isEmpty)
        func ids(_ recording: [String], _ json: String) throws -> [String] {
            _ = try run(["triggers", "test", rules] + recording + ["--json", folder.path(json)] + Scene.detection)
            struct Line: Decodable {
                var topic: String
                var trigger_id: String?
            }
            return try String(contentsOfFile: folder.path(json), encoding: .utf8).split(separator: "\n")
                .map { try JSONDecoder().decode(Line.self, from: Data($0.utf8)) }
                .filter { $0.topic == "trigger.fired" }.compactMap(\.trigger_id)
        }
        // Live identifiers end with those of the run.
        let withoutRun = fired.map { $0.split(separator: "-").dropLast().joined(separator: "-") }
        #expect(try ids([live.journalPath()], "journal.jsonl") == withoutRun)
        let wordsOfMovie = try ids([movie.path, "--regions", regions], "movie.jsonl")
        #expect(wordsOfMovie.count == withoutRun.count)
    }

    @Test func aRegionThatNobodyDrewIsNamed() throws {
        let rules = try write("{ rules: [{ name: \"r\", class: \"wave\", region: \"nowhere\" }] }", "rules.json5")
        let live = try run(["live", "--no-page", "--triggers", rules, "--output", folder.path("live")], status: 1)
        #expect(live.errors.contains("rule 'r' names region 'nowhere', which is not drawn"))
        try Data().write(to: URL(filePath: folder.path("empty.jsonl")))
        let trial = try run(["triggers", "test", rules, folder.path("empty.jsonl")])
        #expect(trial.output.contains("no region 'nowhere' was drawn, which rule 'r' names"))
        let wrong = try write("{ regions: [{ name: \"a\", rectanglePx: [5, 0, 5, 9] }] }", "wrong.json5")
        let analysis = try run(["analyze", "none.tif", "--regions", wrong], status: 1)
        #expect(analysis.errors.contains("wrong.json5") && analysis.errors.contains("holds nothing"))
    }
}
