import Foundation
import Live
import Samples
import TestSupport
import Testing

/// Real processes and files: `sparksim play --to-file` or `--to-folder` -> `sparkwatch live --follow`.
@Suite("From files that grow to events", .serialized)
final class FollowTests {
    let folder: TemporaryFolder
    let movie: URL

    init() throws {
        folder = try TemporaryFolder()
        movie = try LiveEqualsFileTests.recording(in: folder, frameCount: 320, width: 64)
    }

    private func newRun(_ name: String, seriesCount: Int = 1) throws -> LiveRun {
        let url = folder.url.appending(path: name)
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        return try LiveRun(in: url, seriesCount: seriesCount)
    }

    private func write(_ movie: URL, _ options: [String]) throws -> RunningProcess {
        try .product("sparksim", ["play", movie.path] + options, in: folder.url)
    }

    /// Final events as they are in the journal, every field; without what belongs to a run.
    private func events(_ run: LiveRun, without fields: Set<String> = []) throws -> [[String: String]] {
        let text = try String(contentsOfFile: try run.journalPath(), encoding: .utf8)
        let ignored = fields.union([
            "version", "message_num", "topic_num", "event_id", "series_id", "t_pub_ns", "t_ready_ns", "config_sha256",
        ])
        return try text.split(separator: "\n").compactMap { line in
            var fields = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            guard (fields["topic"] as? String)?.hasPrefix("event.") == true, fields["state"] as? String == "final"
            else {
                return nil
            }
            // What an event took to compute is the run's; how old its frames were is the recording's.
            fields["latency_ms"] = (fields["latency_ms"] as? [String: Any])?["structural"]
            return try fields.filter { !ignored.contains($0.key) }.mapValues { value in
                let options: JSONSerialization.WritingOptions = [.sortedKeys, .fragmentsAllowed]
                return String(
                    decoding: try JSONSerialization.data(withJSONObject: value, options: options),
                    as: UTF8.self
                )
            }
        }
    }

    @Test("A recording that another writes: the events of ZeroMQ, every field, times of the frames included")
    func recordingEqualsZeroMQ() throws {
        let path = folder.path("source.ome.tif")
        #expect(
            try write(movie, ["--to-file", path, "--file-format", "recording", "--speed", "50"]).wait(seconds: 120) == 0
        )
        let run = try newRun("zeromq")
        try run.startDetector()
        #expect(try run.play(URL(filePath: path)).wait(seconds: 240) == 0)
        let messages = try run.messages()
        try #require(messages.filter(\.isEvent).count > 5)

        let other = try newRun("file")
        let detector = try other.startDetector([
            "--follow", folder.path("copy.ome.tif"), "--compare", run.journalPath(),
        ])
        let writer = try write(
            URL(filePath: path),
            ["--to-file", folder.path("copy.ome.tif"), "--file-format", "recording"]
        )
        let followed = try other.messages()
        #expect(try writer.wait(seconds: 120) == 0)
        #expect(detector.errors.contains("events of 1 series: the same"), "\(detector.errors)")
        #expect(detector.process.terminationStatus == 0)
        let end = try #require(followed.last { $0.topic == "series.end" })
        #expect(end.frames_received == 320 && end.missing_source == 0 && end.overflow == 0 && end.refused == [:])
        #expect(try events(other) == events(run))
    }

    @Test("Files of other kinds, and a folder of frames: the same but for the times that such files do not hold")
    func otherFilesEqualZeroMQ() throws {
        let options = ["--frame-interval-ms", "6.8", "--follow-end-s", "1"]
        let run = try newRun("zeromq")
        try run.startDetector(options)
        #expect(try run.play(movie).wait(seconds: 240) == 0)
        _ = try run.messages()
        let expected = try events(run, without: ["stream", "t_acq_ns"])
        try #require(expected.count > 5)
        for format in ["imagej", "bigtiff", "ome", "folder"] {
            let other = try newRun(format)
            let path = folder.path(format == "folder" ? "frames" : "\(format).tif")
            try other.startDetector(["--follow", path] + options)
            let target = format == "folder" ? ["--to-folder", path] : ["--to-file", path, "--file-format", format]
            #expect(try write(movie, target).wait(seconds: 120) == 0)
            let end = try #require(try other.messages().last { $0.topic == "series.end" })
            #expect(end.frames_received == 320 && end.missing_source == 0 && end.refused == [:], "\(format)")
            #expect(try events(other, without: ["stream", "t_acq_ns"]) == expected, "\(format)")
        }
    }

    @Test("Lost, late and half-written frames in a folder are counted as what they are")
    func faultyFolder() throws {
        let run = try newRun("faults")
        let detector = try run.startDetector([
            "--follow", folder.path("frames"), "--follow-end-s", "3", "--follow-late-s", "0.5",
        ])
        let writer = try write(
            movie,
            [
                "--to-folder", folder.path("frames"), "--skip", "0.01", "--reorder", "0.03", "--corrupt", "0.01",
                "--fault-seed", "4",
            ]
        )
        #expect(try writer.wait(seconds: 120) == 0)
        let report = try JSONDecoder().decode(FaultyPlayback.self, from: Data(writer.output.utf8))
        try #require(report.skipped.count > 0 && report.reordered.count > 3 && report.corrupted.count > 0)
        let end = try #require(try run.messages().last { $0.topic == "series.end" })
        #expect(end.missing_source == report.skipped.count, "\(detector.errors)")
        #expect(end.refused == ["unfinished_file": report.corrupted.count])
        #expect(end.frames_received == 320 - report.skipped.count - report.corrupted.count)
    }

    @Test("The writer is killed and started again: what it wrote is taken, of both files")
    func killedWriter() throws {
        let path = folder.path("movie.tif")
        let run = try newRun("killed", seriesCount: 2)
        try run.startDetector(seriesCount: 2, ["--follow", path, "--follow-end-s", "1"])
        let first = try write(movie, ["--to-file", path, "--file-format", "imagej"])
        try wait(seconds: 60, for: "half of the frames") {
            let size = try? URL(filePath: path).resourceValues(forKeys: [.fileSizeKey]).fileSize
            return (size ?? 0) > 160 * 64 * 64 * 2
        }
        first.send(SIGKILL)
        try first.wait(seconds: 10)
        let second = try write(movie, ["--to-file", path, "--file-format", "imagej"])
        let ends = try run.messages().filter { $0.topic == "series.end" }
        #expect(try second.wait(seconds: 120) == 0)
        #expect(second.errors.contains("movie-2.tif"))
        let written = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
        let frames = written / (64 * 64 * 2)
        #expect(frames >= 160)
        #expect(ends.map(\.frames_received) == [frames, 320])
        #expect(ends.allSatisfy { $0.missing_source == 0 && $0.overflow == 0 && $0.refused == [:] })
    }

    @Test("Options on files in a configuration file, and those that do not go together")
    func options() throws {
        let configuration = folder.path("live.json5")
        try "{ follow: '\(folder.path("movie.tif"))', followEndS: 0.7, followBy: 'looking' }"
            .write(toFile: configuration, atomically: true, encoding: .utf8)
        let run = try newRun("configured")
        let detector = try run.startDetector(["--config", configuration])
        #expect(try write(movie, ["--to-file", folder.path("movie.tif"), "--speed", "4"]).wait(seconds: 120) == 0)
        #expect(try run.messages().last { $0.topic == "series.end" }?.frames_received == 320)
        #expect(detector.errors.contains("looked at ten times a second"))
        for (arguments, reason) in [
            (["--follow", "x.tif", "--bind-frames"], "leave them out with --follow"),
            (["--follow-existing"], "--follow-existing is for --follow PATH"),
            (["--follow", "x.tif", "--follow-late-s", "0"], "--follow-late-s is 0; it must lie between 0.05 and 3600"),
            (["--follow", "x.tif", "--follow-by", "magic"], "--follow-by"),
        ] {
            let refused = try RunningProcess.product("sparkwatch", ["live"] + arguments, in: folder.url)
            #expect(try refused.wait(seconds: 60) == 64)
            #expect(refused.errors.contains(reason), "\(refused.errors)")
        }
    }
}

/// What `sparksim play` says of the faults that files know.
private struct FaultyPlayback: Decodable {
    let skipped: PlaybackSummary.Faults
    let reordered: PlaybackSummary.Faults
    let corrupted: PlaybackSummary.Faults
}
