import Detection
import Foundation
import Imaging
import Journal
import Samples
import TestSupport
import Testing
import Wire

@Suite struct EventTableTests {
    static func series(_ events: [EventMessage]) -> TabledSeries {
        var series = TabledSeries(
            source: TableSource(file: "05.tif", folder: "/data/day 3"),
            seriesID: events.first?.seriesID ?? "05",
            stream: "confocal-1",
            frameIntervalMilliseconds: 6.8,
            assumed: []
        )
        series.mark("ISO, 100 nM", atFrame: 4000)
        series.events = events
        return series
    }

    static func table(_ events: [EventMessage], style: EventTableStyle = .sparkwatch) -> Table<EventTable.Row> {
        EventTable.table(of: [series(events)], style: style)
    }

    /// What Python's csv module makes of a file: a list of rows, each a dictionary from column to text.
    static func rowsReadByPython(path: String) throws -> [[String: String]] {
        let script = "import csv,json,sys; print(json.dumps(list(csv.DictReader(open(sys.argv[1], newline='')))))"
        let output = try Python.run(script: script, arguments: [path])
        return try JSONDecoder().decode([[String: String]].self, from: output)
    }

    @Test
    func pythonReadsTheTable() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("events.csv")
        var odd = EventSamples.message(number: 13, eventClass: .wave)
        odd.stream = "scope, \"blue\"\nsecond line"
        odd.startFrame = 3999
        odd.parameters = ["amplitude_dff0": Double?.none]
        odd.reasons = ["amplitude_dff0": "no_baseline", "snr": "too_few_samples"]
        odd.flags = []
        try Self.table([EventSamples.message(), odd]).write(toPath: path)
        let rows = try Self.rowsReadByPython(path: path)
        #expect(rows.count == 2)
        var expected = Dictionary(uniqueKeysWithValues: EventParameter.allCases.map { ($0.rawValue, "") })
        let reasons = EventParameter.allCases.filter { $0 != .amplitude }.map { "\($0.rawValue)=no_baseline" }.sorted()
        let given = [
            "file": "05.tif", "folder": "/data/day 3", "cell": "2", "phase": "ISO, 100 nM",
            "series_id": "7f0c12ab-5d1e-4e0b-9a55-000000000001", "event_id": "b3b884f1d851-000012",
            "event_type": "spark", "frame_start": "4650", "frame_peak": "4655", "frame_end": "4661",
            "t_start_ms": "31620", "t_peak_ms": "31654", "t_end_ms": "31694.8", "duration_ms": "81.6",
            "centroid_y_px": "25.12", "centroid_x_px": "305.5", "centroid_y_um": "5.025", "centroid_x_um": "61.1",
            "bbox_y0_px": "20", "bbox_x0_px": "300", "bbox_y1_px": "31", "bbox_x1_px": "312", "area_px": "101",
            "area_um2": "4.04", "voxels": "640", "site": "7", "site_events": "3", "amplitude_dff0": "0.6123",
            "confidence": "0.8765", "flags": "edge_t0 truncated", "missing_frames": "1",
            "reasons": reasons.joined(separator: " "), "assumed": "", "blank_origin": "outside",
            "stream": "confocal-1",
        ]
        expected.merge(given) { $1 }
        #expect(rows.first == expected)
        #expect(rows.last?["stream"] == odd.stream)
        #expect(rows.last?["phase"] == "")
        #expect(rows.last?["amplitude_dff0"] == "")
        #expect(rows.last?["reasons"] == "amplitude_dff0=no_baseline snr=too_few_samples")
        #expect(rows.last?["event_type"] == "wave")
    }

    /// Python's reader takes what is not quoted for numbers, if it is told so.
    @Test(arguments: ["05", "1e3", "inf", "-7", "0x10"])
    func textThatLooksLikeANumberIsQuoted(name: String) throws {
        let folder = try TemporaryFolder()
        var message = EventSamples.message()
        message.seriesID = name
        try Self.table([message]).write(toPath: folder.path("events.csv"))
        let text = try String(contentsOfFile: folder.path("events.csv"), encoding: .utf8)
        #expect(text.contains(",\"\(name)\","))
    }

    @Test func noFingerprintStandsInEveryRow() {
        var message = EventSamples.message()
        message.modelSHA256 = String(repeating: "a", count: 64)
        message.configurationSHA256 = String(repeating: "b", count: 64)
        let csv = Self.table([message]).csv
        #expect(!csv.contains("aaaaaaaa") && !csv.contains("bbbbbbbb"))
    }

    @Test func sparkmaster2HasItsNamesAndPixelsUpToTheLast() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("events.csv")
        var message = EventSamples.message()
        message.parameters[EventParameter.widthX.rawValue] = 2.1
        message.parameters[EventParameter.widthY.rawValue] = 1.9
        message.parameters[EventParameter.fullDurationHalfMaximum.rawValue] = 42.5
        try Self.table([message], style: .sparkmaster2).write(toPath: path)
        let expected = [
            "object id": "12", "object type": "spark", "amplitude (fluorescence units)": "",
            "amplitude (delta F/F0)": "0.6123", "full width (um)": "2.4", "full duration (ms)": "81.6",
            "full width at half-max amplitude (um)": "2", "full duration at half-max amplitude (ms)": "42.5",
            "bounding box min row (pixels)": "20", "bounding box min column (pixels)": "300",
            "bounding box max row (pixels)": "30", "bounding box max column (pixels)": "311",
            "time to peak (ms)": "", "tau of decay (ms)": "", "delay from preceding object (ms)": "",
            "is incompletely recorded (0 if complete)": "-1",
        ]
        #expect(try Self.rowsReadByPython(path: path) == [expected])
    }

    @Test func anEmptySeriesIsAHeader() {
        let lines = EventTable.table(of: []).csv.split(separator: "\r\n")
        #expect(lines.count == 1)
        #expect(lines.first?.hasPrefix("file,folder,cell,series_id,phase,event_id,event_type,frame_start,") == true)
    }

    @Test func aTableThatCannotBeWrittenLeavesTheOldOne() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("events.csv")
        try Data("old".utf8).write(to: URL(fileURLWithPath: path))
        // Something is in the way of the temporary file.
        try FileManager.default.createDirectory(atPath: path + ".partial", withIntermediateDirectories: false)
        #expect(throws: JournalError.self) { try EventTable.table(of: []).write(toPath: path) }
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "old")
    }

    @Test func theTableReplacesAnOlderOneAndLeavesNothingBehind() throws {
        let folder = try TemporaryFolder()
        try EventTable.table(of: []).write(toPath: folder.path("events.csv"))
        try Self.table([EventSamples.message()]).write(toPath: folder.path("events.csv"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["events.csv"])
        let table = try String(contentsOfFile: folder.path("events.csv"), encoding: .utf8)
        #expect(table == Self.table([EventSamples.message()]).csv)
    }
}
