import Foundation
import Live
import Movies
import Samples
import TestSupport
import Testing

/// Real processes: `sparksim play` -> `live --record` -> `sparksim play` the recording -> `live --compare`.
@Suite("Record and replay", .serialized)
final class RecordReplayTests {
    let folder: TemporaryFolder
    let movie: URL

    init() throws {
        folder = try TemporaryFolder()
        movie = try LiveEqualsFileTests.recording(in: folder, frameCount: 320, width: 64)
    }

    private func newRun(_ name: String, seriesCount: Int) throws -> LiveRun {
        let url = folder.url.appending(path: name)
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        return try LiveRun(in: url, seriesCount: seriesCount)
    }

    private func recordings(_ name: String = "recordings") throws -> [URL] {
        let url = folder.url.appending(path: name)
        return try FileManager.default.contentsOfDirectory(atPath: url.path).sorted().map { url.appending(path: $0) }
    }

    /// Frames recorded and not recorded, as the summary says.
    private func recorded(_ detector: RunningProcess) throws -> [Int] {
        let line = try #require(detector.errors.split(separator: "\n").last { $0.hasPrefix("recorded ") })
        let words = line.split(separator: " ")
        let last = try #require(words.firstIndex(of: "not"))
        return [words[1], words[last - 1]].compactMap { Int($0) }
    }

    @Test("Two series, without and with lost frames: the replay has the same events, gaps, counters and names")
    func replayEqualsTheRun() throws {
        let run = try newRun("first", seriesCount: 2)
        let detector = try run.startDetector(seriesCount: 2, ["--record", folder.path("recordings")])
        for faults in [[], ["--drop", "0.01", "--skip", "0.01", "--fault-seed", "6"]] {
            #expect(try run.play(movie, faults).wait(seconds: 540) == 0)
        }
        let messages = try run.messages()
        let ends = messages.filter { $0.topic == "series.end" }
        let lost = try #require(ends.last?.missing_transport) + (ends.last?.missing_source ?? 0)
        try #require(lost > 2)
        #expect(try recorded(detector) == [640 - lost, 0])
        let files = try recordings()
        #expect(files.count == 2)
        #expect(try TIFFMovie(path: files[1].path).frameCount == 320 - lost)
        try #require(messages.filter(\.isEvent).count > 10)

        let replay = try newRun("second", seriesCount: 2)
        let comparing = try replay.startDetector(seriesCount: 2, ["--compare", run.journalPath()])
        let player = try replay.play(folder.url.appending(path: "recordings"))
        let repeated = try replay.messages()
        #expect(try player.wait(seconds: 240) == 0)
        #expect(comparing.errors.contains("events of 2 series: the same"), "\(comparing.errors)")
        #expect(comparing.process.terminationStatus == 0)
        // What `--compare` leaves out, seen from outside.
        for topic in ["event.", "series.start", "gap"] {
            let before = messages.filter { $0.topic.hasPrefix(topic) }.map(\.identity)
            #expect(repeated.filter { $0.topic.hasPrefix(topic) }.map(\.identity) == before)
            #expect(!before.isEmpty, "\(topic)")
        }
        let endings = repeated.filter { $0.topic == "series.end" }
        #expect(endings.map(\.losses) == ends.map(\.losses))
    }

    @Test("Another movie is not the same: differences are listed, exit code 4")
    func differencesAreListed() throws {
        let journal = folder.path("other.jsonl")
        let event = """
            {"topic":"event.wave.final","state":"final","series_id":"x","event_id":"x-000001","frame_start":7}
            """
        try ("{\"topic\":\"series.start\",\"series_id\":\"x\"}\n" + event + "\n")
            .write(toFile: journal, atomically: true, encoding: .utf8)
        let run = try newRun("other", seriesCount: 1)
        let detector = try run.startDetector(["--compare", journal])
        let player = try run.play(movie, ["--frames", "256"])
        #expect(try detector.wait(seconds: 540) == 4)
        try player.wait(seconds: 120)
        #expect(detector.errors.contains("series 1 event 1: event_type is"), "\(detector.errors)")
    }

    @Test("A full disk is announced and counted; no frame is lost to detection; the file can be replayed")
    func fullDisk() throws {
        let run = try newRun("full", seriesCount: 1)
        let detector = try run.startDetector(
            ["--record", folder.path("recordings")],
            preparation: "ulimit -f 1024"
        )
        #expect(try run.play(movie).wait(seconds: 540) == 0)
        let messages = try run.messages()
        #expect(detector.process.terminationStatus == 0)
        let end = try #require(messages.last { $0.topic == "series.end" })
        #expect(end.frames_received == 320 && end.overflow == 0)
        let counts = try recorded(detector)
        #expect((100..<128).contains(counts[0]), "1 MB holds 128 frames of 8 KB")
        #expect(counts[0] + counts[1] == 320)
        #expect(messages.filter { $0.code == "recording_failed" }.count == 1)
        #expect(detector.errors.contains("File too large"))
        let file = try #require(try recordings().first)
        #expect(try TIFFMovie(path: file.path).frameCount == counts[0])
    }

    @Test("After kill -9 tifffile reads every frame up to the last one written, with its times")
    func killedRecorder() throws {
        let run = try newRun("killed", seriesCount: 1)
        let detector = try run.startDetector(seriesCount: 0, ["--record", folder.path("recordings")])
        let player = try run.play(movie)
        try wait(seconds: 540, for: "1 MB of recording") {
            let size = try? recordings().first?.resourceValues(forKeys: [.fileSizeKey]).fileSize
            return (size ?? 0) > 1 << 20
        }
        detector.send(SIGKILL)
        try detector.wait(seconds: 10)
        player.send(SIGINT)
        try player.wait(seconds: 120)
        run.subscriber.send(SIGINT)
        let file = try #require(try recordings().first)
        let data = try Python.run(
            script: """
                import json, sys, tifffile
                recorded, played = (tifffile.TiffFile(path) for path in sys.argv[1:])
                movie = recorded.series[0].asarray()
                stamps = [json.loads(page.aspage().tags[65000].value) for page in recorded.pages]
                assert (movie == played.series[0].asarray()[: len(movie)]).all()
                assert [stamp["frame"] for stamp in stamps] == list(range(len(movie)))
                print(len(movie))
                """,
            arguments: [file.path, movie.path]
        )
        let count = try #require(Int(String(decoding: data.filter { $0 != UInt8(ascii: "\n") }, as: UTF8.self)))
        #expect(count > 60)
        #expect(try TIFFMovie(path: file.path).frameCount == count)
    }
}

/// What a message says about the series, whenever and by whichever run it was published.
extension ReceivedMessage {
    fileprivate var identity: String {
        let losses = "\(origin ?? "") \(action ?? "") \(first_missing_frame ?? -1) \(missing_frames ?? -1)"
        return "\(topic) \(series_id ?? "") \(event_id ?? "") \(first_frame ?? -1) \(losses) \(EventContent(self))"
    }

    fileprivate var losses: [Int?] { [missing_source, missing_transport, frames_received] }
}
