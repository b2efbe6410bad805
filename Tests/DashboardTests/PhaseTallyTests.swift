import Dashboard
import Detection
import Imaging
import Synchronization
import TestSupport
import Testing
import Wire

/// Which phase an event belongs to, and how often events came.
@Suite("Events from mark to mark")
struct PhaseTallyTests {
    private func mark(_ label: String, series: String? = "a", frame: Int?) -> MarkMessage {
        MarkMessage(seriesID: series, frame: frame, label: label, origin: .page)
    }

    private func counts(_ tally: PhaseTally) -> [[Int]] {
        tally.phases.map { phase in
            EventClass.allCases.map { eventClass in phase.eventCounts.values.reduce(0) { $0 + ($1[eventClass] ?? 0) } }
        }
    }

    private func started(_ seriesID: String = "a", firstFrame: Int = 0) -> PhaseTally {
        var tally = PhaseTally()
        tally.seriesStarted(Samples.seriesStart(seriesID, firstFrame: firstFrame))
        return tally
    }

    @Test func anEventThatBeganBeforeAMarkIsCountedBeforeItEvenIfItCameLater() {
        var tally = started()
        tally.decided(0..<90, cells: nil, events: [.init(.spark, frame: 10)])
        tally.mark(mark("drug", frame: 100))
        tally.decided(90..<130, cells: nil, events: [.init(.spark, frame: 99), .init(.wave, frame: 100)])
        #expect(tally.phases.map(\.label) == ["start", "drug"])
        #expect(counts(tally) == [[2, 0, 0], [0, 1, 0]])
        #expect(tally.phases.map(\.observedFrameCount) == [100, 30])
    }

    /// Typing a label takes time; the phase begins where it began.
    @Test func aMarkThatComesLateTakesOverWhatWasCountedSince() {
        var tally = started()
        tally.decided(0..<200, cells: nil, events: [.init(.spark, frame: 99), .init(.spark, frame: 100)])
        // Frames 200 to 249 are missing.
        tally.decided(250..<300, cells: nil, events: [])
        tally.mark(mark("drug", frame: 100))
        #expect(counts(tally) == [[1, 0, 0], [1, 0, 0]])
        #expect(tally.phases.map(\.observedFrameCount) == [100, 150])
    }

    /// Frames in which the cell moved in a way that cannot be undone belong to the phase that they lie in.
    @Test func theUsableShareIsThatOfThePhase() {
        var tally = started()
        tally.decided(0..<90, cells: nil, events: [])
        #expect(tally.phases[0].unsteadyFrameCount == nil)
        tally.decided(90..<200, cells: nil, events: [], unsteadyFrames: [95, 150, 160])
        tally.mark(mark("drug", frame: 160))
        tally.decided(200..<300, cells: nil, events: [], unsteadyFrames: [250])
        #expect(tally.phases.map(\.unsteadyFrameCount) == [2, 2])
        tally.mark(mark("wash", frame: 300))
        #expect(tally.phases.map(\.unsteadyFrameCount) == [2, 2, 0])
    }

    @Test func aMarkLiesAtTheFrameGivenOrAtTheNewest() {
        let desk = MarkDesk()
        desk.seriesStarted(Samples.seriesStart(firstFrame: 1000))
        for frame in 1000...1400 { desk.received(frame) }
        func mark(_ frame: Int?, series: String = "0123456789") -> Int? {
            desk.mark("x", at: frame.map { MarkPlace(seriesID: series, frame: $0) }, origin: .page).frame
        }
        #expect(mark(1100) == 1100 && desk.phases.last?.firstFrame == 1100)
        #expect(mark(999) == 1400 && mark(1401) == 1400 && mark(nil) == 1400)
        #expect(mark(1300, series: "another") == 1400)
        #expect(mark(1200) == 1400, "another mark was set since")
    }

    /// Every recording has phases of its own; a mark holds on in the next one.
    @Test func aMarkHoldsInTheSeriesThatFollow() {
        var tally = started()
        tally.mark(mark("drug", frame: 500))
        tally.decided(0..<600, cells: nil, events: [.init(.puff, frame: 3)])
        tally.seriesStarted(Samples.seriesStart("b", firstFrame: 0))
        tally.decided(0..<100, cells: nil, events: [.init(.puff, frame: 3)])
        #expect(tally.phases.map(\.label) == ["start", "drug", "drug"])
        #expect(tally.phases.map(\.seriesID) == ["a", "a", "b"])
        #expect(counts(tally) == [[0, 0, 1], [0, 0, 0], [0, 0, 1]])
        #expect(tally.phases.map(\.observedFrameCount) == [500, 100, 100])
    }

    @Test func aMarkSetBeforeAnySeriesCountsFromTheStart() {
        var tally = PhaseTally()
        tally.mark(mark("baseline", series: nil, frame: nil))
        tally.seriesStarted(Samples.seriesStart("a", firstFrame: 7))
        tally.decided(7..<20, cells: nil, events: [.init(.spark, frame: 7)])
        #expect(tally.phases.map(\.label) == ["start", "baseline"])
        #expect(counts(tally) == [[0, 0, 0], [1, 0, 0]])
        #expect(tally.phases.map(\.observedFrameCount) == [0, 13])
    }

    /// 50 and 100 µm² of two cells, 2 s: the intervals are those of the tables.
    @Test func ratesAreGivenForEveryCell() throws {
        var tally = started()
        let labels = (0..<64 * 512).map { UInt8($0 < 1250 ? 1 : $0 < 3750 ? 2 : 0) }
        let cells = CellMask(
            size: FrameSize(height: 64, width: 512),
            classes: [UInt8](repeating: 0, count: labels.count),
            intensity: labels.map { $0 == 0 ? 0.01 : 0.5 },
            given: labels
        )
        let events = [
            PhaseTally.Onset(.spark, cell: 1, frame: 5), .init(.spark, cell: 2, frame: 6),
            .init(.spark, cell: 0, frame: 6),
        ]
        tally.decided(0..<250, cells: cells, events: events)
        let phase = try #require(tally.messages().first)
        #expect(phase.observedSeconds == 1.7 && phase.events == ["spark": 3])
        #expect(phase.cells.map(\.cell) == [1, 2] && phase.cells.map(\.areaSquareMicrometres) == [50, 100])
        // One event on 50 µm² in 1.7 s, and the exact interval of one: 0.0253 to 5.5716.
        let spark = try #require(phase.cells[0].frequencies["spark"])
        #expect(abs(spark.frequency - 1 / 0.85) < 1e-5)
        #expect(abs(spark.lower - 0.025318 / 0.85) < 1e-5 && abs(spark.upper - 5.571643 / 0.85) < 1e-5)
        #expect(phase.cell?.frequencies["spark"]?.events == 3)
        #expect(tally.messages().first == phase)
    }

    @Test func memoryIsBounded() {
        var tally = PhaseTally()
        for number in 0..<1000 { tally.mark(mark("m\(number)", series: nil, frame: nil)) }
        #expect(tally.phases.count == 200)
        #expect(tally.phases.last?.label == "m999")
    }

    /// Also if a mark divides the phase after the correction.
    @Test func correctedEventsCountAsWhatTheyWereTakenFor() {
        var tally = started()
        let (first, second) = (PhaseTally.Onset(.spark, frame: 10), PhaseTally.Onset(.spark, frame: 60))
        tally.decided(0..<90, cells: nil, events: [first, second])
        tally.correct(first, from: .spark, to: nil)
        tally.correct(second, from: .spark, to: .puff)
        #expect(counts(tally) == [[0, 0, 1]])
        tally.mark(mark("drug", frame: 50))
        #expect(counts(tally) == [[0, 0, 0], [0, 0, 1]])
        tally.correct(first, from: nil, to: .spark)
        tally.correct(second, from: .puff, to: .spark)
        #expect(counts(tally) == [[1, 0, 0], [1, 0, 0]])
        // What is counted nowhere is taken away nowhere.
        tally.correct(PhaseTally.Onset(.wave, frame: 5), from: .wave, to: nil)
        #expect(counts(tally) == [[1, 0, 0], [1, 0, 0]])
    }

    @Test func unknownEventsAreNotCorrected() {
        let desk = MarkDesk()
        desk.seriesStarted(Samples.seriesStart("a", firstFrame: 0))
        #expect(desk.correct(EventCorrection(.reject, of: "7f0c12ab93de-000012"), by: "bea") == nil)
        #expect(desk.corrections.isEmpty)
    }

    @Test func aMarkBeginsAPhase() {
        let desk = MarkDesk()
        let mark = desk.mark("ISO 100 nM", origin: .page)
        let reported = Mutex<[MarkMessage]>([])
        desk.report { mark in reported.withLock { $0.append(mark) } }
        #expect(reported.withLock { $0 } == [mark])
        #expect(desk.phases.map(\.label) == ["start", "ISO 100 nM"])
    }

    // MARK: Regions

    private func sparks(_ tally: inout PhaseTally, _ region: String) -> [Int?] {
        tally.messages().map { phase in
            phase.regions.first { $0.region == region }.flatMap { $0.frequencies["spark"] ?? nil }?.events
        }
    }

    /// A region counts what lay in it before it was drawn, and by phase; an event lies where its centre is.
    @Test func regionsCountEventsByPlaceAndPhase() throws {
        var tally = started()
        let left = try DrawnRegion(name: "left", rectangle: [0, 0, 64, 100], polygon: nil)
        tally.decided(
            0..<100,
            cells: nil,
            events: [.init(.spark, frame: 10, row: 5, column: 99), .init(.spark, frame: 90, row: 5, column: 100)]
        )
        tally.draw([left])
        #expect(sparks(&tally, "left") == [1])
        tally.decided(
            100..<250,
            cells: nil,
            events: [.init(.spark, frame: 120, row: 63, column: 0), .init(.wave, frame: 130, row: 1, column: 1)]
        )
        tally.mark(mark("drug", frame: 125))
        #expect(sparks(&tally, "left") == [2, 0])
        let phase = try #require(tally.messages().last?.regions.first)
        // 64 x 100 pixels of 0.04 µm², 125 frames of 6.8 ms; the exact interval of one is 0.0253 to 5.5716.
        #expect(phase.areaSquareMicrometres == 256 && phase.observedSeconds == 0.85)
        let wave = try #require(phase.frequencies["wave"] ?? nil)
        #expect(wave.events == 1 && abs(wave.frequency - 1 / (2.56 * 0.85)) < 1e-6)
        #expect(abs(wave.lower - 0.025318 / (2.56 * 0.85)) < 1e-5 && abs(wave.upper - 5.571643 / (2.56 * 0.85)) < 1e-5)
        // Another region of the name takes its place.
        tally.draw([try DrawnRegion(name: "left", rectangle: [0, 0, 64, 101], polygon: nil)])
        #expect(sparks(&tally, "left") == [3, 0])
        tally.draw([])
        #expect(tally.messages().allSatisfy { $0.regions.isEmpty })
    }

    @Test func regionsGoOnInTheNextRecordingAndCountAnew() throws {
        var tally = started()
        tally.draw([try DrawnRegion(name: "all", rectangle: [0, 0, 64, 512], polygon: nil)])
        tally.decided(0..<100, cells: nil, events: [.init(.spark, frame: 10)])
        tally.seriesStarted(Samples.seriesStart("b", firstFrame: 0))
        tally.decided(0..<50, cells: nil, events: [.init(.spark, frame: 10), .init(.spark, frame: 11)])
        #expect(sparks(&tally, "all") == [1, 2])
    }

    /// Where events are forgotten, a region that is drawn later has no rate rather than a wrong one.
    @Test func whatIsForgottenIsNotCounted() throws {
        var tally = started()
        let events = (0..<30_000).map { PhaseTally.Onset(.spark, frame: $0 / 100) }
        tally.decided(0..<200, cells: nil, events: Array(events.prefix(20_000)))
        tally.draw([try DrawnRegion(name: "early", rectangle: [0, 0, 64, 512], polygon: nil)])
        tally.decided(200..<300, cells: nil, events: Array(events.suffix(10_000)))
        tally.draw([
            try DrawnRegion(name: "early", rectangle: [0, 0, 64, 512], polygon: nil),
            try DrawnRegion(name: "late", rectangle: [0, 0, 64, 512], polygon: nil),
        ])
        #expect(sparks(&tally, "early") == [30_000] && sparks(&tally, "late") == [nil])
        tally.mark(mark("drug", frame: 250))
        #expect(sparks(&tally, "early") == [25_000, 5_000] && sparks(&tally, "late") == [nil, 5_000])
    }
}
