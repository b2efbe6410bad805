import Foundation
import Live
import Samples
import TestSupport
import Testing

/// Rules in a running detector, with peers that act on what it sees.
@Suite("Triggers from microscope to microscope", .serialized)
final class TriggerTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// A recording whose wave begins as the first window of the detector gets full.
    func wave() throws -> URL {
        let synth = try RunningProcess.product(
            "sparksim",
            [
                "synth", "--output", folder.url.path, "--count", "1", "--frames", "420", "--seed", "777",
                "--first-number",
            ]
                + ["7", "--events", "waves"],
            in: folder.url
        )
        #expect(try synth.wait(seconds: 120) == 0, "\(synth.errors)")
        return folder.url.appending(path: "07_video.tif")
    }

    func rules(_ actions: String) throws -> String {
        let path = folder.path("rules.json5")
        let text = "{ rules: [{ name: \"wave\", class: \"wave\", confidence: 0.8, actions: [\(actions)] }] }"
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    /// What the bridge says that it did.
    struct BridgeReport: Decodable {
        struct Trigger: Decodable { var trigger_id: String }
        struct Change: Decodable {
            var acted: Bool
            var exposure_ms: Double
            var properties: [String: String]
        }
        var frames_before: Int
        var trigger: Trigger?
        var changed: Change?
        var frames_after: Int?
    }

    @Test func aWaveChangesTheProtocolOfMicroManager() throws {
        let movie = try wave()
        let endpoint = "tcp://127.0.0.1:\(try freePort())"
        let action = "{ type: \"request\", endpoint: \"\(endpoint)\", timeoutMs: 20000 }"
        let run = try LiveRun(in: folder.url, seriesCount: 2)
        try run.startDetector(seriesCount: 2, ["--triggers", rules(action)])
        let bridge = try RunningProcess.python(
            "Documentation/bridges/micromanager_triggered.py",
            [
                "--endpoint", run.framesEndpoint, "--triggers", endpoint, "--frames", "20000", "--wait", "60",
                "--exposure-ms", "20",
                "--after-frames", "60", "--after-exposure-ms", "3.4", "--after-property", "Camera", "Gain", "4",
                "--specimen", movie.path, "--rule", "wave",
                "--property", "Camera", "OnCameraCCDXSize", "64", "--property", "Camera", "OnCameraCCDYSize", "64",
            ],
            in: folder.url
        )
        let messages = try run.messages()
        #expect(try bridge.wait(seconds: 60) == 0, "\(bridge.errors)")
        let report = try JSONDecoder().decode(BridgeReport.self, from: Data(bridge.output.utf8))
        let change = try #require(report.changed)
        #expect(change.acted && change.exposure_ms == 3.4 && change.properties == ["Camera-Gain": "4"])
        #expect(report.frames_before < 20000 && report.frames_after == 60)

        let fired = try #require(messages.first { $0.topic == "trigger.fired" })
        #expect(fired.trigger_id == report.trigger?.trigger_id)
        let ended = try #require(messages.first { $0.topic == "trigger.action" })
        #expect(ended.trigger_id == fired.trigger_id && ended.outcome == "acknowledged")
        #expect(ended.detail?.contains("\"acted\": true") == true)
        let starts = messages.filter { $0.topic == "series.start" }
        #expect(starts.map(\.frame_interval_ms) == [20, 3.4])
        let journal = try run.journal().map(\.topic)
        #expect(journal.contains("trigger.fired") && journal.contains("trigger.action"))
    }

    /// The dry run on a movie decides as the dry run of the live detector does.
    @Test func aDryRunOnTheMovieDecidesAsTheLiveOne() throws {
        let movie = try wave()
        let path = try rules("{ type: \"command\", program: \"/bin/false\" }")
        let trial = try RunningProcess.product(
            "sparkwatch",
            ["triggers", "test", path, movie.path, "--json", folder.path("trial.jsonl")],
            in: folder.url
        )
        #expect(try trial.wait(seconds: 240) == 0, "\(trial.errors)")
        #expect(trial.output.contains("fired") && trial.output.contains("ms after it"))
        let run = try LiveRun(in: folder.url)
        let control = "tcp://127.0.0.1:\(try freePort())"
        try run.startDetector(["--triggers", path, "--dry-run-triggers", "--trigger-control", control])
        let tell = try RunningProcess.product(
            "sparkwatch",
            ["triggers", "tell", "status", "--control", control],
            in: folder.url
        )
        #expect(try tell.wait(seconds: 60) == 0, "\(tell.errors)")
        #expect(tell.output.contains("\"armed\":true"))
        let player = try run.play(movie)
        let messages = try run.messages()
        try player.wait(seconds: 60)
        let live = messages.filter { $0.topic.hasPrefix("trigger.") }
        #expect(live.contains { $0.topic == "trigger.fired" } && !live.contains { $0.topic == "trigger.action" })
        let text = try String(contentsOfFile: folder.path("trial.jsonl"), encoding: .utf8)
        let recorded = try text.split(separator: "\n").map { line in
            try JSONDecoder().decode(Decision.self, from: Data(line.utf8))
        }
        #expect(live.map(Decision.init) == recorded)
        let analysed = try RunningProcess.product(
            "sparkwatch",
            [
                "analyze", movie.path, "--streaming", "--no-masks", "--provisional", "waves", "--output",
                folder.path("file"),
            ],
            in: folder.url
        )
        #expect(try analysed.wait(seconds: 240) == 0, "\(analysed.errors)")
        let replay = try RunningProcess.product(
            "sparkwatch",
            ["triggers", "test", path, folder.path("file/07_events.jsonl"), "--json", folder.path("replay.jsonl")],
            in: folder.url
        )
        #expect(try replay.wait(seconds: 60) == 0, "\(replay.errors)")
        let replayed = try String(contentsOfFile: folder.path("replay.jsonl"), encoding: .utf8)
            .split(separator: "\n").map { try JSONDecoder().decode(Decision.self, from: Data($0.utf8)) }
        #expect(replayed == recorded)

        // Without what was announced a rule on the provisional tier has nothing to decide, which is said.
        let finals = try String(contentsOfFile: folder.path("file/07_events.jsonl"), encoding: .utf8)
            .split(separator: "\n").filter { $0.contains("\"state\":\"final\"") }
        try finals.joined(separator: "\n").write(toFile: folder.path("finals.jsonl"), atomically: true, encoding: .utf8)
        try "no event\n".write(toFile: folder.path("garbage.jsonl"), atomically: true, encoding: .utf8)
        let unannounced = try RunningProcess.product(
            "sparkwatch",
            ["triggers", "test", path, folder.path("finals.jsonl")],
            in: folder.url
        )
        #expect(try unannounced.wait(seconds: 60) == 0)
        #expect(unannounced.output.contains("finals: holds no provisional waves, which a rule waits for"))
        let garbage = try RunningProcess.product(
            "sparkwatch",
            ["triggers", "test", path, folder.path("garbage.jsonl")],
            in: folder.url
        )
        #expect(try garbage.wait(seconds: 60) == 1)
        #expect(garbage.errors.contains("garbage.jsonl holds no events"))
    }

    /// What does not depend on where and when a rule decided.
    struct Decision: Decodable, Equatable {
        var topic: String
        var rule: String?
        var reason: String?
        var outcome: String?
        var frame_start: Int?
        var frame_newest: Int?

        init(_ message: ReceivedMessage) {
            topic = message.topic
            rule = message.rule
            reason = message.reason
            outcome = message.outcome
            frame_start = message.frame_start
            frame_newest = message.frame_newest
        }
    }

    @Test(arguments: [
        (["--dry-run-triggers"], "Give them with --triggers"),
        (["--triggers", "no-such-rules.json5"], "no-such-rules.json5 cannot be read"),
    ])
    func wrongOptionsAreNamed(options: [String], message: String) throws {
        let process = try RunningProcess.product("sparkwatch", ["live"] + options, in: folder.url)
        #expect(try process.wait(seconds: 60) != 0)
        #expect(process.errors.contains(message))
    }

    @Test func rulesForEventsThatAreNotAnnouncedAreRefused() throws {
        let process = try RunningProcess.product(
            "sparkwatch",
            ["live", "--provisional", "off", "--triggers", rules("")],
            in: folder.url
        )
        #expect(try process.wait(seconds: 60) != 0)
        #expect(process.errors.contains("use --provisional all"))
    }
}
