import Foundation
import TestSupport
import Testing
import sparksim

/// What the Python subscriber wrote down about one message.
private struct ReceivedMessage: Decodable {
    struct Header: Decodable {
        var dtype: String?
        var shape: [Int]?
        var frame: Int?
        var message_num: Int?
        var series_id: String?
        var frames_sent: Int?
        var t_acq_ns: Int64?
        var t_send_ns: Int64?
        var frame_interval_ms: Double?
    }

    var kind: String
    var header: Header?
    var parts: Int?
    var equal: Bool?

    /// True for messages of a header and as many pixels as it announces.
    var isFrame: Bool { equal != nil }
}

@Suite(.serialized)
struct PlayCommandTests {
    private struct Playback {
        var messages: [ReceivedMessage]
        var report: PlaybackReport

        var frames: [ReceivedMessage] { messages.filter(\.isFrame) }
        var frameNumbers: [Int] { frames.compactMap { $0.header?.frame } }
    }

    /// Synthesises a movie, plays it with the given options to a pyzmq subscriber and returns what both report.
    private static func play(
        frames: Int = 60,
        _ options: [String],
        seriesEnds: Int = 1,
        offsets: [Int] = [],
        interruptAfter seconds: Double? = nil
    ) throws -> Playback {
        let folder = try TemporaryFolder()
        let synthesis = ["synth", "--output", folder.url.path, "--frames", "\(frames)", "--width", "64", "--seed", "7"]
        #expect(try RunningProgram.sparksim(synthesis).wait() == 0)
        let movie = folder.path("01_video.tif")
        let player = try RunningProgram.sparksim(
            ["play", movie, "--bind", "tcp://127.0.0.1:*", "--wait-for-subscriber"] + options
        )
        let endpoint = try #require(player.word(after: "endpoint"), "\(player.standardError)")
        let output = folder.url.appending(path: "messages.json")
        let arguments = [endpoint, output.path, movie, "\(seriesEnds)"]
        let subscriber = try RunningProgram.peer("receive_frames.py", arguments + offsets.map(String.init))
        if let seconds {
            Thread.sleep(forTimeInterval: seconds)
            player.interrupt()
        }
        #expect(player.wait() == 0, "\(player.standardError)")
        #expect(subscriber.wait() == 0, "\(subscriber.standardError)")
        let messages = try JSONDecoder().decode([ReceivedMessage].self, from: Data(contentsOf: output))
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let report = try decoder.decode(PlaybackReport.self, from: Data(player.standardOutput.utf8))
        return Playback(messages: messages, report: report)
    }

    @Test(.timeLimit(.minutes(2)))
    func everyFrameArrivesUnchangedAndInOrder() throws {
        let playback = try Self.play(["--frame-interval", "5"])
        #expect(playback.frameNumbers == Array(0..<60))
        #expect(playback.frames.allSatisfy { $0.equal == true && $0.kind == "array-1.0" })
        #expect(playback.messages.compactMap { $0.header?.message_num } == Array(0..<62))
        #expect(playback.messages.first?.kind == "series_start-1.0")
        #expect(playback.messages.last?.kind == "series_end-1.0")
        #expect(playback.messages.last?.header?.frames_sent == 60)
        #expect(Set(playback.messages.compactMap { $0.header?.series_id }) == Set(playback.report.series))
        // Acquisition times follow from the frame interval alone; frames are sent after they were acquired.
        let times = playback.frames.compactMap { $0.header?.t_acq_ns }
        #expect(zip(times, times.dropFirst()).allSatisfy { $1 - $0 == 5_000_000 })
        #expect(playback.frames.allSatisfy { $0.header!.t_send_ns! >= $0.header!.t_acq_ns! })
        #expect(playback.frames.allSatisfy { $0.header?.frame_interval_ms == 5 })
        #expect(playback.report.framesSent == 60)
        #expect(playback.report.frameMessagesSent == 60)
    }

    @Test(.timeLimit(.minutes(2)), arguments: ["uint8", "float32"])
    func pixelsAreConverted(type: String) throws {
        let playback = try Self.play(["--type", type, "--speed", "5"])
        #expect(playback.frames.count == 60)
        #expect(playback.frames.allSatisfy { $0.equal == true && $0.header?.dtype == type })
    }

    @Test(.timeLimit(.minutes(2)))
    func theRecipeOfPyZMQHasNothingButTypeAndShape() throws {
        let playback = try Self.play(["--dialect", "pyzmq", "--speed", "5"])
        #expect(playback.messages.count == 60)
        #expect(playback.messages.allSatisfy { $0.kind == "recipe" && $0.equal == true })
        #expect(playback.messages.allSatisfy { $0.header?.frame == nil && $0.header?.series_id == nil })
        #expect(playback.messages.allSatisfy { $0.header?.shape == [64, 64] })
    }

    @Test(.timeLimit(.minutes(2)))
    func everyLoopIsASeriesOfItsOwn() throws {
        let playback = try Self.play(["--loop", "3", "--speed", "10", "--frames", "20"], seriesEnds: 3)
        #expect(playback.frameNumbers == Array(0..<20) + Array(0..<20) + Array(0..<20))
        #expect(playback.frames.allSatisfy { $0.equal == true })
        #expect(Set(playback.report.series).count == 3)
        let ends = playback.messages.filter { $0.kind == "series_end-1.0" }
        #expect(ends.compactMap { $0.header?.series_id } == playback.report.series)
    }

    @Test(.timeLimit(.minutes(2)))
    func everyInjectedFaultIsCounted() throws {
        let rates = [
            "--drop", "0.06", "--skip", "0.06", "--duplicate", "0.06", "--reorder", "0.06", "--corrupt", "0.15",
        ]
        let playback = try Self.play(
            frames: 400,
            rates + ["--jitter", "1", "--speed", "4", "--fault-seed", "3"]
        )
        let report = playback.report
        let faults = [report.dropped, report.skipped, report.duplicated, report.reordered, report.corrupted]
        #expect(faults.allSatisfy { $0.count > 5 })

        var kinds: [String: Int] = [:]
        for message in playback.messages { kinds[message.kind, default: 0] += 1 }
        for kind in Corruption.allCases {
            #expect(kinds[kind.rawValue, default: 0] == report.corruptions[kind.rawValue, default: 0], "\(kind)")
        }
        #expect(report.corruptions.values.reduce(0, +) == report.corrupted.count)

        let numbers = playback.frameNumbers
        #expect(playback.frames.allSatisfy { $0.equal == true })
        #expect(numbers.count == report.framesSent + report.duplicated.count)
        let lost = Set(0..<400).subtracting(numbers)
        let expected = report.dropped.positions + report.skipped.positions + report.corrupted.positions
        #expect(lost == Set(expected))
        #expect(zip(numbers, numbers.dropFirst()).count { $0 == $1 } == report.duplicated.count)
        // A message held back arrives behind its successor, if that one was sent.
        let inversions = zip(numbers, numbers.dropFirst()).count { $0 > $1 }
        #expect(inversions > 0 && inversions <= report.reordered.count)
        // Skipped frames leave no gap in the numbers of messages, dropped ones do.
        let received = Set(playback.messages.compactMap { $0.header?.message_num })
        let gaps = Set(0..<402 - report.skipped.count).subtracting(received).count
        #expect(gaps == report.dropped.count + report.corruptions["bad_json", default: 0])
        #expect(playback.messages.last?.header?.frames_sent == report.framesSent)
    }

    @Test(.timeLimit(.minutes(2)))
    func aRestartedSenderBeginsANewSeriesWithoutEndingTheOld() throws {
        let playback = try Self.play(
            ["--restart-at", "25", "--restart-pause", "200", "--speed", "4"],
            offsets: [0, 25]
        )
        #expect(playback.report.restarts == 1)
        #expect(playback.report.series.count == 2)
        #expect(playback.frameNumbers == Array(0..<25) + Array(0..<35))
        #expect(playback.frames.allSatisfy { $0.equal == true })
        let ends = playback.messages.filter { $0.kind == "series_end-1.0" }
        #expect(ends.compactMap { $0.header?.series_id } == [playback.report.series[1]])
        #expect(ends.first?.header?.frames_sent == 35)
        let starts = playback.messages.filter { $0.kind == "series_start-1.0" }
        #expect(starts.compactMap { $0.header?.message_num } == [0, 0])
    }

    @Test(.timeLimit(.minutes(2)))
    func anInterruptEndsTheSeries() throws {
        let playback = try Self.play(["--loop", "0"], seriesEnds: 1000, interruptAfter: 3)
        #expect(playback.report.isInterrupted)
        #expect(playback.messages.last?.kind == "series_end-1.0")
        #expect(playback.messages.last?.header?.series_id == playback.report.series.last)
        #expect(playback.frames.count == playback.report.framesSent)
    }

    @Test(.timeLimit(.minutes(1)))
    func saysWhenNobodySubscribes() throws {
        let program = try RunningProgram.sparksim([
            "play", "--synth", "--frames", "16", "--bind", "tcp://127.0.0.1:*", "--wait-for-subscriber", "--wait",
            "0.2",
        ]
        )
        #expect(program.wait() != 0)
        #expect(program.standardError.contains("nobody subscribed"))
    }

    @Test(.timeLimit(.minutes(1)))
    func refusesWhatIsNoMovie() throws {
        let folder = try TemporaryFolder()
        let path = folder.url.appending(path: "notes.tif")
        try Data("these are not pixels".utf8).write(to: path)
        let program = try RunningProgram.sparksim(["play", path.path])
        #expect(program.wait() != 0)
        #expect(program.standardError.contains(path.path))
    }
}
