import Foundation
import Imaging
import Movies
import TestSupport
import Testing

/// Input as the field delivers it, through the programs: right results or a clear word.
struct FieldInputTests: ~Copyable {
    private static let weights = AnalyzeRun.weights
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func run(_ arguments: [String]) throws -> RunningProcess {
        let process = try RunningProcess.product("sparkwatch", arguments, in: folder.url)
        try process.wait(seconds: 240)
        return process
    }

    /// A movie of noise with counts below a limit.
    private func writeMovie(_ name: String, below limit: UInt16, description: String? = nil) throws {
        try Python.run(
            script: """
                import os, sys, numpy, tifffile
                os.makedirs(os.path.dirname(sys.argv[1]), exist_ok=True)
                data = numpy.random.default_rng(1).integers(100, int(sys.argv[2]), (40, 16, 24), numpy.uint16)
                with tifffile.TiffWriter(sys.argv[1]) as out:
                    for i, frame in enumerate(data):
                        out.write(frame, contiguous=False, metadata=None, photometric="minisblack",
                                  description=sys.argv[3].encode() if i == 0 else None)
                """,
            arguments: [folder.path(name), "\(limit)", description ?? ""]
        )
    }

    private func ome(_ attributes: String) -> String {
        """
        <OME><Image ID="Image:0"><Pixels ID="Pixels:0" DimensionOrder="XYZCT" Type="uint16" SizeX="24" SizeY="16" \
        SizeZ="1" SizeC="1" SizeT="40" \(attributes)/></Image></OME>
        """
    }

    @Test func oddHeadersNeitherEndTheDetectorNorReachTheTerminal() throws {
        let run = try LiveRun(in: folder.url, seriesCount: 10)
        let detector = try run.startDetector(
            seriesCount: 10,
            ["--model", Self.weights, "--threshold", "0.2", "--page", "--page-port", "0", "--frame-size", "16x24"]
                + ["--wave-clips", folder.path("clips"), "--sound-file", folder.path("sound/events.wav")]
        )
        let sender = try RunningProcess.python(
            "Tests/Peers/publish_odd_headers.py",
            [run.framesEndpoint, "150"],
            in: folder.url
        )
        let messages = try run.messages()
        #expect(try sender.wait(seconds: 60) == 0, "\(sender.errors)")
        let ends = messages.filter { $0.topic == "series.end" }
        #expect(ends.count == 10 && ends.allSatisfy { $0.frames_received == 150 && $0.refused == [:] })
        #expect(messages.filter { $0.topic == "series.start" }.allSatisfy { $0.frame_interval_ms == 6.8 })
        #expect(detector.errors.contains("6.9e-310 ms") && detector.errors.contains("6.8 ms of the model is assumed"))
        #expect(detector.errors.contains("holds NaN or Infinity in laser_mW"))
        #expect(!detector.errors.contains("\u{1B}]") && !detector.errors.contains("\nforged"))
        #expect(detector.errors.contains("\\u{1B}]0;owned\\u{7}\\u{A}forged line"))
        let sounds = try FileManager.default.contentsOfDirectory(atPath: folder.path("sound"))
        for name in sounds {
            let size = try FileManager.default.attributesOfItem(atPath: folder.path("sound/\(name)"))[.size] as? Int
            #expect(try #require(size) < 2_000_000)
        }
    }

    @Test func absurdCalibrationsEndNoBatch() throws {
        for (index, absurd) in [#"PhysicalSizeX="1e-300""#, #"PhysicalSizeX="1e300""#, #"TimeIncrement="1e-320""#]
            .enumerated()
        {
            try writeMovie("movies/\(index).ome.tif", below: 60000, description: ome(absurd))
        }
        try writeMovie("movies/9.tif", below: 60000)
        let analysis = try AnalyzeRun(["movies", "--report", "-o", "analysed"], in: folder.url)
        #expect(analysis.status == 0, "\(analysis.errors)")
        #expect(analysis.output.components(separatedBy: "assumed: pixel size 0.2 µm, frame interval 6.8 ms").count == 5)
        #expect(
            analysis.errors.contains("OME-XML PhysicalSizeX is 1e-300 µm") && analysis.errors.contains("0.001 to 50 µm")
        )
        let annotation = try run(["annotate", "movies", "-o", "labels"])
        #expect(annotation.process.terminationStatus == 0, "\(annotation.errors)")
        #expect(annotation.output.components(separatedBy: "assumed: ").count == 5)
    }

    @Test func whatIsAssumedStandsInEveryResult() throws {
        try writeMovie("cell.tif", below: 4000)
        let analysis = try AnalyzeRun(["cell.tif", "--threshold", "0.2", "-o", "."], in: folder.url)
        #expect(analysis.status == 0, "\(analysis.errors)")
        #expect(analysis.errors.contains("the largest count is 3999, which 12 bits hold"))
        #expect(analysis.errors.contains("the file does not state the pixel size: 0.2 µm of the model is assumed"))
        struct Record: Decodable {
            struct Setup: Decodable {
                struct Value: Decodable { let value: Double, assumed: Bool }
                let calibration: [String: Value]
            }
            let setup: Setup
            let remarks: [String]
        }
        let record = try JSONDecoder().decode(
            Record.self,
            from: Data(contentsOf: folder.url.appending(path: "cell_run.json"))
        )
        #expect(record.setup.calibration.values.allSatisfy(\.assumed) && record.remarks.count == 3)
        let table = try String(contentsOf: folder.url.appending(path: "cell_events.csv"), encoding: .utf8)
        #expect(table.prefix { $0 != "\r\n" }.contains("assumed"))
        let stated = try AnalyzeRun(
            ["cell.tif", "--pixel-size-um", "0.2", "--frame-interval-ms", "6.8", "--bit-depth", "12", "-o", "."],
            in: folder.url
        )
        #expect(!stated.errors.contains("assumed") && !stated.errors.contains("bits hold"), "\(stated.errors)")
        #expect(!stated.output.contains("assumed"))
    }

    @Test func partsOfASeriesAreAnalysedOnce() throws {
        try Python.run(program: "tiff_field.py", folder.url.path)
        let parts = ["part_0.ome.tif", "part_1.ome.tif"]
        let analysis = try AnalyzeRun(parts + ["-o", "out"], in: folder.url)
        #expect(analysis.status == 0, "\(analysis.errors)")
        #expect(analysis.output.contains("in 12 frames"))
        #expect(analysis.output.contains("part_1.ome: part of the series of part_0.ome, analysed with it"))
    }

    @Test func theChannelThatIsTakenIsSaid() throws {
        try Python.run(program: "tiff_field.py", folder.url.path)
        let first = try AnalyzeRun(["tcyx.tif", "-o", "out"], in: folder.url)
        #expect(first.output.contains("in 12 frames") && first.errors.contains("the first is taken"), "\(first.errors)")
        let missing = try AnalyzeRun(["tcyx.tif", "--channel", "5", "-o", "out"], in: folder.url)
        #expect(missing.status == 1 && missing.errors.contains("there is no channel 5; it holds 1, 2"))
    }

    @Test func aRecordingOfTwelveBitsIsAnalysedAsItWasSeenLive() throws {
        try writeMovie("twelve.tif", below: 4000)
        let run = try LiveRun(in: folder.url)
        let model = ["--model", Self.weights, "--threshold", "0.2"]
        try run.startDetector(model + ["--frame-size", "16x24", "--record", folder.path("recorded")])
        let player = try run.play(
            folder.url.appending(path: "twelve.tif"),
            ["--bit-depth", "12", "--frame-interval", "6.8"]
        )
        _ = try run.messages()
        #expect(try player.wait(seconds: 60) == 0, "\(player.errors)")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path("recorded"))
        let recording = folder.path("recorded/\(try #require(names.first))")
        #expect(try TIFFMovie(path: recording).significantBits == 12)
        let options = ["--streaming", "--threshold", "0.2", "-o", "out"]
        let analysis = try AnalyzeRun([recording] + options, in: folder.url)
        #expect(analysis.status == 0, "\(analysis.errors)")
        let live = try EventContent.table(in: folder.url.appending(path: "live"))
        #expect(!live.isEmpty)
        #expect(try EventContent.table(in: folder.url.appending(path: "out")) == live)
    }

    @Test func messagesNameTheValueAndTheRemedy() throws {
        func errors(_ arguments: [String]) throws -> String {
            let process = try run(arguments)
            #expect(process.process.terminationStatus != 0)
            return process.errors
        }
        #expect(try errors(["analyse", "x.tif"]).contains("Did you mean 'analyze'?"))
        #expect(
            try errors(["analyze", "--pixel-size-um", "-1", "x.tif"]).contains(
                "is -1; it must lie between 0.001 and 50"
            )
        )
        let recording = try errors(["live", "--record", "/proc/x"])
        #expect(recording.contains("/proc is no place for folders"), "\(recording)")
        #expect(recording.contains("choose another one with --record"))
        try Data(#"{ threshold: 7 }"#.utf8).write(to: URL(filePath: folder.path("live.json5")))
        let configuration = try errors(["live", "--config", "live.json5"])
        #expect(configuration.contains("--threshold is '7'; give a number from 0 to 1"), "\(configuration)")
        try Data("no model".utf8).write(to: URL(filePath: folder.path("notes.txt")))
        for arguments in [
            ["analyze", "--model", "notes.txt", "x.tif"], ["model", "inspect", "notes.txt"],
            ["model", "convert", "notes.txt", "out.safetensors"],
        ] {
            #expect(try errors(arguments).contains("notes.txt is no model"), "\(arguments)")
        }
    }

    @Test func framesOnWhichAllRatersAgreeByOneClassAreLeftOutAndSaid() throws {
        for name in ["a", "b"] {
            var writer = try TIFFMovieWriter(
                path: folder.path("\(name).tif"),
                size: FrameSize(height: 2, width: 4),
                pixelType: .uint8
            )
            try writer.append([UInt8](repeating: 0, count: 8))
            try writer.append([0, 0, 1, 1, 3, 3, 2, 0] as [UInt8])
            try writer.finish()
        }
        let process = try run(["score", "raters", "a.tif", "b.tif"])
        #expect(process.output.contains("1.0000") && process.output.contains("In 1 of 2 frames"), "\(process.output)")
    }

    @Test func ratersMayLeavePixelsUndefined() throws {
        for (name, label) in [("a", 4), ("b", 1)] {
            var writer = try TIFFMovieWriter(
                path: folder.path("\(name).tif"),
                size: FrameSize(height: 2, width: 4),
                pixelType: .uint8
            )
            for _ in 0..<2 { try writer.append([0, 0, 1, 1, 3, 3, UInt8(label), 0]) }
            try writer.finish()
        }
        let process = try run(["score", "raters", "a.tif", "b.tif"])
        #expect(process.process.terminationStatus == 0, "\(process.errors)")
        #expect(process.output.contains("1.0000"))
    }
}
