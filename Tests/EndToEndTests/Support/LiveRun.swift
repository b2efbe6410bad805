import Detection
import Foundation
import Live
import TestSupport
import Testing
import ZeroMQ

/// A pyzmq subscriber, a detector and senders, all of them processes, on ports of their own.
final class LiveRun {
    let folder: URL
    let framesEndpoint: String
    let subscriber: RunningProcess
    private(set) var detector: RunningProcess?

    let eventsEndpoint: String
    private static let patienceSeconds = 540.0

    /// Starts the subscriber, which ends after `seriesCount` series; it may have a secret key and know the detector's.
    init(in folder: URL, seriesCount: Int = 1, key: (secret: String, server: String)? = nil) throws {
        self.folder = folder
        framesEndpoint = "tcp://127.0.0.1:\(try freePort())"
        eventsEndpoint = "tcp://127.0.0.1:\(try freePort())"
        subscriber = try .python(
            "Tests/Peers/subscribe_events.py",
            [eventsEndpoint, "\(seriesCount)", "\(Self.patienceSeconds)"] + (key.map { [$0.secret, $0.server] } ?? []),
            in: folder
        )
    }

    /// Starts the detector and waits until the subscriber hears it; it stops after `seriesCount` series, or by a signal
    /// if 0.
    ///
    /// Its standard output may be another than a file, and it may have a terminal of so many columns to itself.
    @discardableResult
    func startDetector(
        seriesCount: Int = 1,
        _ options: [String] = [],
        preparation: String? = nil,
        output: FileHandle? = nil,
        columns: Int? = nil
    ) throws -> RunningProcess {
        let arguments =
            [
                "live", "--frames", framesEndpoint, "--events", eventsEndpoint,
                "--output", folder.appending(path: "live").path, "--series-count", "\(seriesCount)",
                "--no-page", "--no-status", "--no-adaptive-stride", "--ring-frames", "2048",
            ] + options
        let detector =
            if let columns {
                try RunningProcess.python(
                    "Tests/Peers/run_in_terminal.py",
                    ["\(columns)", RunningProcess.executable("sparkwatch").path] + arguments,
                    in: folder
                )
            } else {
                try RunningProcess.product(
                    "sparkwatch",
                    arguments,
                    in: folder,
                    preparation: preparation,
                    output: output
                )
            }
        self.detector = detector
        try wait(seconds: 240, for: "a heartbeat at the subscriber") { subscriber.errors.contains("receiving") }
        return detector
    }

    /// Plays a movie as soon as the detector has subscribed.
    func play(_ movie: URL, _ options: [String] = []) throws -> RunningProcess {
        try playAtOnce(movie, ["--wait-for-subscriber", "--wait", "60"] + options)
    }

    /// Plays a movie whether anybody listens or not.
    func playAtOnce(_ movie: URL, _ options: [String] = []) throws -> RunningProcess {
        try .product("sparksim", ["play", movie.path, "--bind", framesEndpoint] + options, in: folder)
    }

    /// Ends detector and subscriber, as Ctrl-C does, and returns all messages that the subscriber received.
    func messagesSoFar() throws -> [ReceivedMessage] {
        detector?.send(SIGINT)
        if let detector {
            let status = try detector.wait(seconds: Self.patienceSeconds)
            #expect(status == 0, "\(detector.errors)")
        }
        // The last messages are on their way.
        Thread.sleep(forTimeInterval: 0.5)
        subscriber.send(SIGINT)
        return try messages()
    }

    /// Waits for the detector to end by itself and returns all messages that the subscriber received.
    func messages() throws -> [ReceivedMessage] {
        if let detector {
            let status = try detector.wait(seconds: Self.patienceSeconds)
            #expect(status == 0, "\(detector.errors)")
        }
        try subscriber.wait(seconds: 30)
        return try JSONDecoder().decode([ReceivedMessage].self, from: Data(subscriber.output.utf8))
    }

    /// The journal of the run.
    func journalPath() throws -> String {
        let live = folder.appending(path: "live")
        let names = try FileManager.default.contentsOfDirectory(atPath: live.path).filter { $0.hasSuffix(".jsonl") }
        return live.appending(path: try #require(names.first)).path
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
    var state: String?
    var frame_newest: Int?
    var frame_interval_ms: Double?
    var trigger_id: String?
    var rule: String?
    var outcome: String?
    var detail: String?
    var frame_start: Int?
    var frame_peak: Int?
    var frame_end: Int?
    var bbox: [Int]?
    var centroid_px: [Double]?
    var voxels: Int?
    var cell: CellNumber?
    var site: Int?
    var site_events: Int?
    var blank_origin: String?
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
    var series_id: String?
    var event_id: String?
    var origin: String?
    var action: String?
    var first_missing_frame: Int?
    var code: String?
    var events: [String: Int]?
    var windows_done: Int?
    var series_refused: Int?
    var status: Int?
    var connections_refused: [String: Int]?
    var journals_replaced: Int?

    /// Final events.
    var isEvent: Bool { topic.hasPrefix("event.") && state == "final" }
}

/// The number of a cell in an event; nil at the end of a series, where the name stands for what cells did.
struct CellNumber: Decodable {
    let number: Int?

    init(from decoder: any Decoder) throws { number = try? decoder.singleValueContainer().decode(Int.self) }
}

/// What makes two events the same event: everything but names, numbers and times of day.
struct EventContent: Equatable, CustomStringConvertible {
    let description: String

    init(_ message: ReceivedMessage) {
        let parameters = EventParameter.allCases.map { message.params?[$0.rawValue] ?? nil }
        let frames = [message.frame_start, message.frame_peak, message.frame_end].map { $0 ?? -1 }
        description = """
            \(message.event_type ?? "?") frames \(frames) box \(message.bbox ?? []) centre \(message.centroid_px ?? []) \
            voxels \(message.voxels ?? -1) parameters \(parameters) confidence \(message.confidence ?? -1) \
            flags \(message.flags ?? []) missing \(message.missing_frames ?? -1) cell \(message.cell?.number ?? -1) \
            site \(message.site ?? -1) \(message.site_events ?? -1) blank \(message.blank_origin ?? "")
            """
    }

    /// A row of an event table, by column.
    init(_ row: [String: String]) {
        func numbers(_ columns: String...) -> [Int] { columns.map { row[$0].flatMap(Int.init) ?? -1 } }
        func decimal(_ column: String) -> Double? { row[column].flatMap(Double.init) }
        let centre = [decimal("centroid_y_px"), decimal("centroid_x_px")].map { $0 ?? -1 }
        let parameters = EventParameter.allCases.map { decimal($0.rawValue) }
        let flags = (row["flags"] ?? "").split(separator: " ").map(String.init)
        description = """
            \(row["event_type"] ?? "?") frames \(numbers("frame_start", "frame_peak", "frame_end")) \
            box \(numbers("bbox_y0_px", "bbox_x0_px", "bbox_y1_px", "bbox_x1_px")) centre \(centre) \
            voxels \(numbers("voxels")[0]) parameters \(parameters) \
            confidence \(decimal("confidence") ?? -1) \
            flags \(flags) missing \(numbers("missing_frames")[0]) cell \(numbers("cell")[0]) \
            site \(numbers("site")[0]) \(numbers("site_events")[0]) blank \(row["blank_origin"] ?? "")
            """
    }

    /// The events of the only table of events in a folder.
    static func table(in folder: URL) throws -> [EventContent] {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { name in
            name.hasSuffix(".csv") && !["_cells", "_sites", "_movement"].contains { name.hasSuffix("\($0).csv") }
        }
        let text = try String(contentsOf: folder.appending(path: names.first ?? "no table"), encoding: .utf8)
        let lines = text.split(separator: "\r\n").map {
            $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        let columns = lines.first ?? []
        return lines.dropFirst().map { EventContent(Dictionary(uniqueKeysWithValues: zip(columns, $0))) }
    }
}

/// A line of a journal on an event, final or not: all that does not depend on when and where it was written.
struct EventLine: Decodable, Equatable {
    var event_id: String
    var rev: Int
    var state: String
    var event_type: String
    var frame_start: Int
    var frame_end: Int
    var bbox: [Int]?
    var voxels: Int?
    var confidence: Double?
    var params: [String: Double?]?
    var lead_ms: Double?
    var reason: String?

    /// The lines on events of the only journal in a folder; identifiers without the name of the series.
    static func journal(in folder: URL) throws -> [EventLine] {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".jsonl") }
        let text = try String(contentsOf: folder.appending(path: names.first ?? "no journal"), encoding: .utf8)
        return text.split(separator: "\n").compactMap { text in
            guard var line = try? JSONDecoder().decode(EventLine.self, from: Data(text.utf8)) else { return nil }
            line.event_id = String(line.event_id.split(separator: "-").last ?? "")
            return line
        }
    }
}

/// A TCP port that nothing listens on.
func freePort() throws -> Int {
    let context = try ZeroMQContext()
    let socket = try ZeroMQSocket(.publish, in: context)
    try socket.bind(to: "tcp://127.0.0.1:*")
    return Int(try socket.lastEndpoint.split(separator: ":").last ?? "") ?? 0
}

/// What `sparksim play` says that it did.
struct PlaybackSummary: Decodable {
    struct Faults: Decodable {
        let count: Int
    }

    let dropped: Faults
    let corrupted: Faults

    /// Reads the report of a player that has ended.
    static func of(_ player: RunningProcess) throws -> PlaybackSummary {
        try JSONDecoder().decode(PlaybackSummary.self, from: Data(player.output.utf8))
    }
}
