import Foundation
import Samples
import TestSupport
import Testing

/// Strangers at the ZeroMQ endpoints of a live run: bytes without end, and wrong keys.
@Suite("Connections of a live run", .serialized)
final class ConnectionTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private struct Damage: Decodable {
        let before: Int
        let largest: Int
        let sent: Int
        let cut: Bool
        let refused: Int?
    }

    /// A network that starts at once, small frames.
    static let small = [
        "--model", PackagePaths.fixtures.appending(path: "unet_tiny/weights.safetensors").path, "--threshold", "0.5",
        "--frame-size", "16x32", "--largest-frame-pixels", "100000",
    ]

    /// The bound: what may wait on the endpoint, what can come in until that is noticed, and what lies about.
    @Test(
        "What never ends is cut off, bounded in memory, counted; events go on",
        arguments: [
            ("multipart", "frames", ["PUB"], 64 << 20), ("multipart", "marks", ["REQ"], 1 << 20),
            ("multipart", "control", ["REQ"], 1 << 20), ("subscription", "events", [], 16 << 10),
            ("subscriptions", "events", [], 16 << 10), ("crowd", "events", ["SUB"], 16 << 10),
        ]
    )
    func attack(kind: String, target: String, type: [String], waitingBytes: Int) throws {
        let run = try LiveRun(in: folder.url)
        let endpoints = [
            "frames": run.framesEndpoint, "marks": "tcp://127.0.0.1:\(try freePort())",
            "control": "tcp://127.0.0.1:\(try freePort())", "events": run.eventsEndpoint,
        ]
        let rules = PackagePaths.root.appending(path: "Config/triggers.json5").path
        let detector = try run.startDetector(
            seriesCount: 0,
            Self.small + ["--bind-frames", "--page", "--page-port", "0", "--marks", endpoints["marks"] ?? ""]
                + ["--triggers", rules, "--dry-run-triggers", "--trigger-control", endpoints["control"] ?? ""]
        )
        let damage = try Python.json(
            Damage.self,
            from: "attack_sockets.py",
            "\(detector.process.processIdentifier)",
            kind,
            endpoints[target] ?? "",
            type.first ?? ""
        )
        #expect(damage.cut)
        #expect(damage.largest - damage.before < waitingBytes + 64 << 20, "\(damage)")
        // Two heartbeats.
        Thread.sleep(forTimeInterval: 2.5)
        let messages = try run.messagesSoFar()
        let heartbeats = messages.filter { $0.topic == "hb" }
        // libzmq cuts off one part that is too large by itself, and tells nobody why.
        if kind != "subscription" {
            let name = target == "control" ? "trigger control" : target
            let reason = kind == "crowd" ? "too_many_connections" : "too_much"
            let refused = try #require(heartbeats.last?.connections_refused, "\(detector.errors)")
            #expect((refused["\(name).\(reason)"] ?? 0) > 0, "\(refused)")
            #expect(detector.errors.contains("\(name): "))
        }
        // Nothing is missing in what the subscriber received; a crowd may take the seat of one that reconnects.
        #expect(
            kind == "crowd" || zip(messages, messages.dropFirst()).allSatisfy { $1.message_num == $0.message_num + 1 }
        )
    }
}
