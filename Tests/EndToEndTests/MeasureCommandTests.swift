import Detection
import Foundation
import Imaging
import Journal
import Movies
import Samples
import Session
import TestSupport
import Testing
import Wire

/// `sparkwatch measure` on a simulated recording with its true labels.
struct MeasureCommandTests {
    private static let size = FrameSize(height: 32, width: 128)
    private static let frameCount = 240

    /// What `01_events.json` says of an event, as far as tests look.
    private struct Truth: Decodable {
        struct Event: Decodable {
            struct Release: Decodable { let measurable_amplitude_dff0: Double? }
            let id: Int
            let label_class: Int
            let part_of_id: Int?
            let start_frame: Int
            let detectability: Double
            let truth: Release
        }
        let events: [Event]

        static func read(_ path: String) throws -> Truth {
            try JSONDecoder().decode(Truth.self, from: Data(contentsOf: URL(filePath: path)))
        }
    }

    /// Sparks in a cell whose edges the frame shows, 0.2 µm and 6.8 ms.
    private func writeRecording(in folder: borrowing TemporaryFolder) throws {
        let synth = try RunningProcess.product(
            "sparksim",
            ["synth", "--output", ".", "--frames", "\(Self.frameCount)", "--frame-interval", "6.8"]
                + ["--height", "\(Self.size.height)", "--width", "\(Self.size.width)"]
                + ["--events", "no-waves", "--snr", "6", "--seed", "18"],
            in: folder.url
        )
        #expect(try synth.wait(seconds: 240) == 0, "\(synth.errors)")
    }

    private func measure(_ arguments: [String], in folder: borrowing TemporaryFolder) throws -> RunningProcess {
        let process = try RunningProcess.product("sparkwatch", ["measure"] + arguments, in: folder.url)
        try process.wait(seconds: 120)
        return process
    }

    /// The number of an event, which is that of the labels.
    private static func number(of message: EventMessage) -> Int? {
        message.eventID.split(separator: "-").last.flatMap { Int($0) }
    }

    private func writeMask(_ path: String, size: FrameSize = size, frameCount: Int = 1, pixels: [UInt8]) throws {
        var writer = try TIFFMovieWriter(path: path, size: size, pixelType: .uint8)
        for _ in 0..<frameCount { try writer.append(pixels) }
        try writer.finish()
    }

    private func cell(_ path: String) throws -> CellActivityMessage {
        try PlainJSON.decode(CellActivityMessage.self, from: Data(contentsOf: URL(filePath: path)))
    }

    @Test func eventsOfTheLabelsAreMeasuredAndWritten() throws {
        let folder = try TemporaryFolder()
        try writeRecording(in: folder)
        let run = try measure(["01_video.tif", "-o", "out"], in: folder)
        #expect(run.process.terminationStatus == 0, "\(run.errors)")

        let truth = try Truth.read(folder.path("01_events.json")).events
        let labelled = truth.filter { (1...3).contains($0.label_class) && $0.part_of_id == nil }
        let lines = try Data(contentsOf: URL(filePath: folder.path("out/01_events.jsonl"))).split(separator: 10)
        let messages = try lines.map { try PlainJSON.decode(EventMessage.self, from: $0) }
        #expect(messages.map { Self.number(of: $0) } == labelled.map(\.id).sorted())
        #expect(run.output.contains("01: \(messages.count) events; cell of "))
        #expect(messages.allSatisfy { $0.seriesID == "01" && $0.reasons.keys.count < EventParameter.allCases.count })

        let bright = try #require(
            labelled.filter { $0.label_class == 1 && $0.start_frame > 40 }
                .max { $0.detectability < $1.detectability }
        )
        let message = try #require(messages.first { Self.number(of: $0) == bright.id })
        let amplitude = try #require(message.parameters[EventParameter.amplitude.rawValue] ?? nil)
        let expected = try #require(bright.truth.measurable_amplitude_dff0)
        #expect(abs(amplitude / expected - 1) < 0.2, "\(amplitude), true \(expected)")

        // The table holds the same events.
        var series = TabledSeries(
            source: TableSource(file: "01_video.tif", folder: folder.url.resolvingSymlinksInPath().path),
            seriesID: "01",
            stream: "01",
            frameIntervalMilliseconds: 6.8,
            assumed: []
        )
        series.events = messages
        let table = try String(contentsOfFile: folder.path("out/01_events.csv"), encoding: .utf8)
        #expect(table == EventTable.table(of: [series]).csv)

        let activity = try cell(folder.path("out/01_cell.json"))
        #expect(activity.origin == .found)
        let frame = Double(Self.size.pixelCount) * 0.04
        #expect((0.4 * frame...0.9 * frame).contains(activity.areaSquareMicrometres))
        #expect(activity.observedSeconds == 1.632)
        let counts = Dictionary(grouping: messages, by: \.eventType).mapValues(\.count)
        #expect(EventClass.allCases.allSatisfy { activity.frequencies[$0.name]?.events == counts[$0.name] ?? 0 })
    }

    /// Eight bits and the same counts in sixteen, dark level on the camera's own scale.
    @Test func theDarkLevelIsOnTheScaleOfTheCamera() throws {
        let folder = try TemporaryFolder()
        try writeRecording(in: folder)
        let frames = 0..<Self.frameCount
        let counts = try TIFFMovie(path: folder.path("01_video.tif")).counts(frames: frames).map { UInt8($0 / 256) }
        for (name, factor) in [("narrow", 1), ("wide", 256)] {
            let path = folder.url.appending(path: name)
            try FileManager.default.createDirectory(at: path, withIntermediateDirectories: true)
            var writer = try TIFFMovieWriter(
                path: path.appending(path: "01_video.tif").path,
                size: Self.size,
                pixelType: factor == 1 ? .uint8 : .uint16
            )
            for frame in frames {
                let pixels = counts[frame * Self.size.pixelCount..<(frame + 1) * Self.size.pixelCount]
                if factor == 1 {
                    try writer.append(Array(pixels))
                } else {
                    try writer.append(pixels.map { UInt16($0) * 256 })
                }
            }
            try writer.finish()
            let run = try measure(
                ["\(name)/01_video.tif", "--labels", ".", "-o", "\(name)-out", "--dark-level-counts", "\(2 * factor)"]
                    + ["--pixel-size-um", "0.2", "--frame-interval-ms", "6.8"],
                in: folder
            )
            #expect(run.process.terminationStatus == 0, "\(run.errors)")
        }
        // Everything but the file and what is made of it.
        let tables = try ["narrow-out", "wide-out"].map { folderName in
            try EventTableRows.read(folder.path("\(folderName)/01_events.csv"))
                .map { row in row.filter { !["folder", "event_id"].contains($0.key) } }
        }
        #expect(tables[0] == tables[1])
        #expect(tables[0].count > 3)
    }

    @Test func aDrawnCellIsTakenAndTablesMayHaveOtherNames() throws {
        let folder = try TemporaryFolder()
        try writeRecording(in: folder)
        let drawn = (0..<Self.size.pixelCount).map { UInt8($0 % 4 == 0 ? 1 : 0) }
        try writeMask(folder.path("drawn.tif"), pixels: drawn)
        let run = try measure(
            ["01_video.tif", "-o", "out", "--cell-mask", "drawn.tif", "--csv-style", "sparkmaster2"],
            in: folder
        )
        #expect(run.process.terminationStatus == 0, "\(run.errors)")
        let activity = try cell(folder.path("out/01_cell.json"))
        #expect(activity.origin == .given)
        #expect(activity.areaSquareMicrometres == 40.96)
        let table = try String(contentsOfFile: folder.path("out/01_events.csv"), encoding: .utf8)
        let lines = table.split(separator: "\r\n")
        #expect(
            lines.first == """
                object id,object type,amplitude (fluorescence units),amplitude (delta F/F0),full width (um),\
                full duration (ms),full width at half-max amplitude (um),full duration at half-max amplitude (ms),\
                bounding box min row (pixels),bounding box min column (pixels),bounding box max row (pixels),\
                bounding box max column (pixels),time to peak (ms),tau of decay (ms),\
                delay from preceding object (ms),is incompletely recorded (0 if complete)
                """
        )
        let eventCount = activity.frequencies.values.reduce(0) { $0 + $1.events }
        #expect(eventCount > 0 && lines.count == 1 + eventCount)
    }

    @Test func masksThatDoNotFitAreRefused() throws {
        let folder = try TemporaryFolder()
        try writeRecording(in: folder)
        let ones = [UInt8](repeating: 1, count: Self.size.pixelCount)
        let turned = FrameSize(height: Self.size.width, width: Self.size.height)
        try writeMask(folder.path("turned.tif"), size: turned, pixels: ones)
        try writeMask(folder.path("small.tif"), size: FrameSize(height: 8, width: 8), pixels: Array(ones.prefix(64)))
        try writeMask(folder.path("empty.tif"), pixels: ones.map { _ in 0 })
        try writeMask(folder.path("movie.tif"), frameCount: 2, pixels: ones)
        let wanted = "but 01_video.tif frames of 32 x 128 pixels"
        for (mask, complaint) in [
            ("turned.tif", "turned.tif has 128 x 32 pixels (height x width), \(wanted)"),
            ("small.tif", "small.tif has 8 x 8 pixels (height x width), \(wanted)"),
            ("empty.tif", "empty.tif is 0 everywhere"), ("movie.tif", "movie.tif has 2 frames"),
            ("nowhere.tif", "nowhere.tif"),
        ] {
            let run = try measure(["01_video.tif", "-o", "out", "--cell-mask", mask], in: folder)
            #expect(run.process.terminationStatus != 0)
            #expect(run.errors.contains(complaint), "\(run.errors)")
        }
        try FileManager.default.removeItem(atPath: folder.path("01_event_label.tif"))
        let run = try measure(["01_video.tif", "-o", "out"], in: folder)
        #expect(run.process.terminationStatus != 0)
        #expect(run.errors.contains("holds neither 01_class_label.tif and 01_event_label.tif nor"), "\(run.errors)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path("out")).isEmpty)
    }

    /// Movies of the same name in two folders, one of them with marks, and one without masks.
    @Test func foldersAreMeasuredAndEventsHaveDifferentNames() throws {
        let folder = try TemporaryFolder()
        try writeRecording(in: folder)
        for place in ["day/control/a", "day/drug/a", "day/drug/b"] {
            let target = folder.url.appending(path: place)
            try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
            for (name, other) in [("01_video.tif", "05_video.tif"), ("01_class_label.tif", "05_class_label.tif")]
                + [("01_event_label.tif", "05_event_label.tif")]
            where place != "day/drug/b" || name == "01_video.tif" {
                try FileManager.default.copyItem(atPath: folder.path(name), toPath: target.appending(path: other).path)
            }
        }
        try Data("frame,label\n100,\"ISO, 100 nM\"\n".utf8)
            .write(to: URL(filePath: folder.path("day/drug/a/05_marks.csv")))
        let run = try measure(["day", "-o", "out"], in: folder)
        #expect(run.process.terminationStatus == 1)
        #expect(run.output.split(separator: "\n").count == 2)
        #expect(run.errors.contains("05_video.tif: ") && run.errors.contains("1 of 3 movies failed"), "\(run.errors)")
        let tables = try ["control", "drug"].map { condition in
            try EventTableRows.read(folder.path("out/\(condition)/a/05_events.csv"))
        }
        let names = tables.map { $0.map { $0["event_id"] ?? "" } }
        #expect(!names[0].isEmpty && names[0].count == names[1].count)
        #expect(Set(names[0]).isDisjoint(with: names[1]))
        #expect(names[0].map { $0.suffix(7) } == names[1].map { $0.suffix(7) })
        #expect(tables[0].allSatisfy { $0["phase"] == "" && $0["file"] == "05_video.tif" && $0["cell"] == "1" })
        #expect(
            tables[1].allSatisfy { row in
                row["phase"] == ((Int(row["frame_start"] ?? "") ?? 0) < 100 ? "" : "ISO, 100 nM")
            }
        )
        let again = try measure(["day/control/a/05_video.tif", "-o", "again"], in: folder)
        #expect(again.process.terminationStatus == 0, "\(again.errors)")
        #expect(try EventTableRows.read(folder.path("again/05_events.csv")) == tables[0])
    }
}
