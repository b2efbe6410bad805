import Foundation
import Streams
import TestSupport

/// A detector, a pyzmq subscriber and room for a sender, all of them processes, on ports of their own.
final class LiveRun {
    let folder: URL
    let framesEndpoint: String
    let eventsEndpoint: String
    let detector: RunningProcess
    let subscriber: RunningProcess

    private static let patienceSeconds = 240.0

    /// Starts subscriber and detector; the detector stops after `seriesCount` series, or is stopped by a signal if 0.
    init(in folder: URL, seriesCount: Int, _ options: [String] = []) throws {
        self.folder = folder
        framesEndpoint = "tcp://127.0.0.1:\(try freePort())"
        eventsEndpoint = "tcp://127.0.0.1:\(try freePort())"
        subscriber = try .python(
            "Tests/Peers/subscribe_events.py",
            [eventsEndpoint, "\(max(1, seriesCount))", "\(Self.patienceSeconds)"],
            in: folder
        )
        detector = try .product(
            "sparkwatch",
            [
                "live", "--frames", framesEndpoint, "--events", eventsEndpoint,
                "--output", folder.appending(path: "live").path, "--series-count", "\(seriesCount)",
                "--no-status", "--no-adaptive-stride",
            ] + options,
            in: folder
        )
    }

    /// Plays a movie to the detector.
    func play(_ movie: URL, _ options: [String] = []) throws -> RunningProcess {
        try .product(
            "sparksim",
            ["play", movie.path, "--endpoint", framesEndpoint, "--wait", "60", "--quiet"] + options,
            in: folder
        )
    }

    /// Waits for the detector to end by itself and returns all messages that the subscriber received.
    func messages() throws -> [ReceivedMessage] {
        try detector.wait(seconds: Self.patienceSeconds)
        try subscriber.wait(seconds: 30)
        return try JSONDecoder().decode([ReceivedMessage].self, from: Data(subscriber.output.utf8))
    }

    /// Journal of the run, line by line.
    func journal() throws -> [ReceivedMessage] {
        let live = folder.appending(path: "live")
        let names = try FileManager.default.contentsOfDirectory(atPath: live.path).filter { $0.hasSuffix(".jsonl") }
        return try names.flatMap { name in
            try String(contentsOf: live.appending(path: name), encoding: .utf8).split(separator: "\n").map {
                try JSONDecoder().decode(ReceivedMessage.self, from: Data($0.utf8))
            }
        }
    }
}

/// A message as any subscriber sees it: what the tests look at, optional because topics differ.
struct ReceivedMessage: Decodable {
    var topic: String
    var message_num: Int
    var topic_num: Int
    var event_type: String?
    var frame_start: Int?
    var frame_peak: Int?
    var frame_end: Int?
    var bbox: [Int]?
    var centroid_px: [Double]?
    var voxels: Int?
    var confidence: Double?
    var params: [String: Double?]?
    var flags: [String]?
    var missing_frames: Int?
    var frames_received: Int?
    var missing_source: Int?
    var missing_transport: Int?
    var refused: [String: Int]?
    var overflow: Int?
    var reason: String?
    var first_frame: Int?

    var isEvent: Bool { topic.hasPrefix("event.") }
}

/// What makes two events the same event: everything but names, numbers and times of day.
struct EventContent: Equatable, CustomStringConvertible {
    let description: String

    init(_ message: ReceivedMessage) {
        let amplitude = message.params?["amplitude_dff0"] ?? nil
        description = """
            \(message.event_type ?? "?") \(message.frame_start ?? -1)-\(message.frame_peak ?? -1)-\
            \(message.frame_end ?? -1) \(message.bbox ?? []) \(message.centroid_px ?? []) \(message.voxels ?? -1) \
            \(message.confidence ?? -1) \(amplitude ?? -1) \(message.flags ?? []) \(message.missing_frames ?? -1)
            """
    }
}

/// A TCP port that nothing listens on.
private func freePort() throws -> Int {
    let context = try ZeroMQContext()
    let socket = try ZeroMQSocket(.pub, in: context)
    try socket.bind("tcp://127.0.0.1:*")
    return Int(try socket.lastEndpoint().split(separator: ":").last ?? "") ?? 0
}
