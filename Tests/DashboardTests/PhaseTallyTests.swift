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

    @Test func aMarkBeginsAPhase() {
        let desk = MarkDesk()
        let mark = desk.mark("ISO 100 nM", origin: .page)
        let reported = Mutex<[MarkMessage]>([])
        desk.report { mark in reported.withLock { $0.append(mark) } }
        #expect(reported.withLock { $0 } == [mark])
        #expect(desk.phases.map(\.label) == ["start", "ISO 100 nM"])
    }
}
