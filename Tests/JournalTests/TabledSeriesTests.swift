import Detection
import Foundation
import Imaging
import Journal
import Samples
import Session
import TestSupport
import Testing
import Wire

/// Phases, cells and release sites, from journals and as tables.
@Suite struct TabledSeriesTests {
    static let context = SeriesContext(
        seriesID: "05",
        stream: "confocal",
        calibration: Calibration(pixelSizeMicrometres: 0.2, frameIntervalMilliseconds: 10, assumed: [.pixelSize])
    )

    static func event(_ number: Int, frame: Int, site: Int? = nil, cell: Int? = 1, onset: Double? = nil) -> EventMessage
    {
        var event = EventSamples.event(number: number)
        event.startFrame = frame
        event.parameters[.onset] = onset
        event.cell = cell
        event.site = site.map { SiteVisit(site: $0, eventCount: 1) }
        return EventFormatter(context: context).message(of: event)
    }

    /// A journal of messages in this order.
    static func journal(_ messages: [any WireMessage]) throws -> JournalReader {
        var sequencer = MessageSequencer()
        var bytes = Data()
        for message in messages {
            bytes += try sequencer.line(for: message, publication: Publication(nanoseconds: 1)).json + Data("\n".utf8)
        }
        return JournalReader(bytes)
    }

    static func start(_ frame: Int = 0) -> SeriesStartMessage {
        SeriesStartMessage(
            SeriesStart(
                context: context,
                size: FrameSize(height: 64, width: 512),
                firstFrame: frame,
                device: DeviceDescription(instructionSet: "avx2", processor: "2 cores")
            )
        )
    }

    static func end(lastFrame: Int, cells: [CellActivity]) -> SeriesEndMessage {
        SeriesEndMessage(
            SeriesOutcome(
                context: context,
                reason: .sourceEnded,
                lastFrame: lastFrame,
                frames: SeriesOutcome.FrameCounts(),
                refusedMessages: [:],
                progress: SessionProgress(),
                cell: nil,
                cells: cells
            )
        )
    }

    static func cell(_ number: Int, area: Double) -> CellActivity {
        var cell = EventSamples.cellActivity
        cell.number = number
        cell.areaSquareMicrometres = area
        return cell
    }

    static func rows(_ csv: String) throws -> [[String: String]] {
        let folder = try TemporaryFolder()
        try Data(csv.utf8).write(to: URL(filePath: folder.path("t.csv")))
        return try EventTableTests.rowsReadByPython(path: folder.path("t.csv"))
    }

    /// 1000 frames of 10 ms from frame 100 on, a mark at 600, 100 frames missing from 300 on, two cells.
    static func run() throws -> [TabledSeries] {
        // The cell moves in frames 590 to 614.
        let movements = (0..<25).map { _ in
            var movement = FrameMovement()
            movement.isUnsteady = true
            return movement
        }
        let messages: [any WireMessage] = [
            start(100), event(1, frame: 120, site: 1, onset: 1250), event(2, frame: 250, site: 1, onset: 2500),
            GapMessage(Gap(origin: .transport, action: .breakSegment, firstFrame: 300, frameCount: 100), in: context),
            MarkMessage(seriesID: "05", frame: 600, label: "ISO", origin: .page),
            MovementMessage(movements, fromFrame: 590, of: context),
            event(3, frame: 650, site: 1, onset: 6510), event(4, frame: 700, site: 2, cell: 2),
            event(5, frame: 800, site: 1), event(6, frame: 900, site: 1, onset: 9000),
            end(lastFrame: 1099, cells: [cell(1, area: 100), cell(2, area: 50)]),
        ]
        return TabledSeries.list(of: [(URL(filePath: "/runs/a.jsonl"), try journal(messages))])
    }

    @Test func marksBecomeAColumn() throws {
        let rows = try Self.rows(EventTable.table(of: try Self.run()).csv)
        #expect(rows.map { $0["phase"] } == ["", "", "ISO", "ISO", "ISO", "ISO"])
        #expect(rows.allSatisfy { $0["file"] == "a.jsonl" && $0["folder"] == "/runs" && $0["series_id"] == "05" })
        #expect(rows.allSatisfy { $0["assumed"] == "pixel_size_um" && $0["blank_origin"] == "outside" })
    }

    @Test func ratesAreThoseOfCellAndPhase() throws {
        let rows = try Self.rows(CellTable.table(of: try Self.run()).csv)
        #expect(rows.count == 2 * 2 * 3)
        let sparks = rows.filter { $0["event_type"] == "spark" }
        #expect(sparks.map { $0["cell"] } == ["1", "1", "2", "2"])
        #expect(sparks.map { $0["events"] } == ["2", "3", "0", "1"])
        // Frames 100 to 599 without the 100 that are missing, 600 to 1099.
        #expect(sparks.map { $0["observed_s"] } == ["4", "5", "4", "5"])
        #expect(sparks.map { $0["usable_share"] } == ["0.975", "0.97", "0.975", "0.97"])
        #expect(sparks.map { $0["frame_start"] } == ["100", "600", "100", "600"])
        #expect(sparks.map { $0["frame_end"] } == ["599", "1099", "599", "1099"])
        // 2 events on 100 µm² in 4 s; the exact interval of 2 is 0.2422 to 7.2247.
        #expect(sparks[0]["per_100um2_per_s"] == "0.5")
        #expect(abs((Double(sparks[0]["low95"] ?? "") ?? 0) - 0.2422 / 4) < 1e-4)
        #expect(abs((Double(sparks[0]["high95"] ?? "") ?? 0) - 7.2247 / 4) < 1e-4)
        #expect(sparks[3]["per_100um2_per_s"] == "0.4")
    }

    /// The last word on an event counts; one that is none is in no table.
    @Test func correctedEventsAreTabledAsWhatTheyWereTakenFor() throws {
        func correction(_ event: EventMessage, _ action: CorrectionMessage.Action, _ type: EventClass?)
            -> CorrectionMessage
        {
            CorrectionMessage(
                seriesID: "05",
                eventID: event.eventID,
                action: action,
                foundType: .spark,
                eventType: type,
                startFrame: event.startFrame,
                reviewer: "bea"
            )
        }
        let events = (1...4).map { Self.event($0, frame: 100 * $0) }
        let messages: [any WireMessage] =
            [Self.start()] + events + [
                correction(events[0], .reject, nil), correction(events[1], .retype, .puff),
                correction(events[2], .reject, nil), correction(events[2], .restore, .spark),
                Self.end(lastFrame: 999, cells: [Self.cell(1, area: 100)]),
            ]
        let journal = try Self.journal(messages)
        let series = TabledSeries.list(of: [(URL(filePath: "/runs/a.jsonl"), journal)])
        let rows = try Self.rows(EventTable.table(of: series).csv)
        #expect(rows.map { $0["event_type"] } == ["puff", "spark", "spark"])
        #expect(rows.map { $0["event_id"] } == events.dropFirst().map(\.eventID))
        let cells = try Self.rows(CellTable.table(of: series).csv)
        #expect(cells.first { $0["event_type"] == "spark" }?["events"] == "2")
        #expect(cells.first { $0["event_type"] == "puff" }?["events"] == "1")
        let summary = JournalSummary(journal).text
        #expect(
            summary.contains("1 of them rejected at the page") && summary.contains("1 of them taken for another class")
        )
    }

    @Test func sitesHaveLatencyAndIntervalsByPhase() throws {
        let rows = try Self.rows(SiteTable.table(of: try Self.run()).csv)
        // Site 2 had one event only.
        #expect(rows.map { $0["site"] } == ["1", "1"])
        #expect(rows.map { $0["events"] } == ["2", "3"])
        // The first phase begins at 1000 ms, the second at 6000 ms; an event without onset counts from its first frame.
        #expect(rows.map { $0["first_latency_ms"] } == ["250", "510"])
        #expect(rows.map { $0["intervals_ms"] } == ["1250", "1490 1000"])
        #expect(rows.map { $0["interval_median_ms"] } == ["1250", "1245"])
    }

    @Test func aPhaseGoesOnInTheNextRecording() throws {
        let messages: [any WireMessage] = [
            MarkMessage(seriesID: nil, frame: nil, label: "warm", origin: .request), Self.start(),
            Self.event(1, frame: 10), MarkMessage(seriesID: "05", frame: 50, label: "ISO", origin: .page),
            Self.end(lastFrame: 99, cells: []), Self.start(), Self.event(2, frame: 10),
        ]
        let series = TabledSeries.list(of: [(URL(filePath: "/runs/a.jsonl"), try Self.journal(messages))])
        let rows = try Self.rows(EventTable.table(of: series).csv)
        #expect(rows.map { $0["phase"] } == ["warm", "ISO"])
        // The second one was cut off: nothing can be said of its time.
        let cells = try Self.rows(CellTable.table(of: series).csv)
        #expect(cells.last?["usable_share"] == "")
        #expect(cells.last?["observed_s"] == "" && cells.last?["per_100um2_per_s"] == "")
    }

    /// Events of journals whose beginning is gone are not lost, nor those of older versions.
    @Test func eventsWithoutABeginningAreKept() throws {
        var old = Self.event(1, frame: 10)
        (old.cell, old.site, old.siteEventCount, old.blankOrigin) = (nil, nil, nil, nil)
        let series = TabledSeries.list(of: [(URL(filePath: "/runs/b.jsonl"), try Self.journal([old]))])
        let rows = try Self.rows(EventTable.table(of: series).csv)
        #expect(rows.count == 1 && rows[0]["cell"] == "" && rows[0]["blank_origin"] == "" && rows[0]["site"] == "")
        #expect(try Self.rows(SiteTable.table(of: series).csv).isEmpty)
    }

    /// Those of the end of a recording, with the pixels that lie in its frames.
    @Test func regionsCountEventsOfTheirPhases() throws {
        func drawn(_ name: String, _ box: [Double]) throws -> DrawnRegion {
            try DrawnRegion(name: name, rectangle: box, polygon: nil)
        }
        let centre = Self.event(1, frame: 0).centroidPixels
        let messages: [any WireMessage] = [
            RegionsMessage([try drawn("gone", [0, 0, 64, 512])], origin: .file), Self.start(), Self.event(1, frame: 10),
            MarkMessage(seriesID: "05", frame: 50, label: "ISO", origin: .page), Self.event(2, frame: 60),
            RegionsMessage(
                [
                    try drawn("here", [centre[0], centre[1], 100, 600]),
                    try drawn("beside", [0, 0, 64, centre[1].rounded(.down)]),
                ],
                origin: .page
            ),
            Self.event(3, frame: 70), Self.end(lastFrame: 99, cells: []),
            RegionsMessage([try drawn("later", [0, 0, 1, 1])], origin: .page),
        ]
        let series = TabledSeries.list(of: [(URL(filePath: "/runs/a.jsonl"), try Self.journal(messages))])
        let rows = try Self.rows(RegionTable.table(of: series).csv)
        #expect(Set(rows.map { $0["region"] }) == ["here", "beside"])
        let sparks = rows.filter { $0["event_type"] == "spark" }
        #expect(sparks.map { $0["region"] } == ["here", "here", "beside", "beside"])
        #expect(
            sparks.map { $0["events"] } == ["1", "2", "0", "0"] && sparks.map { $0["phase"] } == ["", "ISO", "", "ISO"]
        )
        #expect(sparks.map { $0["observed_s"] } == ["0.5", "0.5", "0.5", "0.5"])
        let pixelCount = (64 - Int((centre[0] - 0.5).rounded(.up))) * (512 - Int((centre[1] - 0.5).rounded(.up)))
        let area = Double(pixelCount) * 0.04
        #expect(abs((Double(sparks[1]["area_um2"] ?? "") ?? 0) - area) < 0.006)
        // 2 events; the exact interval of 2 is 0.2422 to 7.2247.
        #expect(abs((Double(sparks[1]["per_100um2_per_s"] ?? "") ?? 0) - 2 / (area / 100 * 0.5)) < 1e-5)
        #expect(abs((Double(sparks[1]["high95"] ?? "") ?? 0) - 7.2247 / (area / 100 * 0.5)) < 1e-3)
    }
}
