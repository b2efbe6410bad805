import Dashboard
import Imaging
import Synchronization
import TestSupport
import Testing
import Wire

/// Which phase an event belongs to.
@Suite("Events from mark to mark")
struct PhaseTallyTests {
    private func event(_ eventClass: EventClass, series: String, frame: Int) -> PhaseTally.Onset {
        PhaseTally.Onset(eventClass, seriesID: series, startFrame: frame)
    }

    private func mark(_ label: String, series: String?, frame: Int?) -> MarkMessage {
        MarkMessage(seriesID: series, frame: frame, label: label, origin: .page)
    }

    @Test func anEventThatBeganBeforeAMarkIsCountedBeforeItEvenIfItCameLater() {
        var tally = PhaseTally()
        tally.seriesStarted("a")
        tally.count(event(.spark, series: "a", frame: 10))
        tally.mark(mark("drug", series: "a", frame: 100))
        tally.count(event(.spark, series: "a", frame: 99))
        tally.count(event(.wave, series: "a", frame: 100))
        #expect(tally.phases.map(\.label) == ["start", "drug"])
        #expect(tally.phases.map(\.events) == [["spark": 2], ["wave": 1]])
    }

    /// Typing a label takes time; the phase begins where it began.
    @Test func aMarkThatComesLateTakesOverWhatWasCountedSince() {
        var tally = PhaseTally()
        tally.seriesStarted("a")
        for _ in 0..<300 { tally.recorded(milliseconds: 10) }
        tally.count(event(.spark, series: "a", frame: 99))
        tally.count(event(.spark, series: "a", frame: 100))
        tally.mark(mark("drug", series: "a", frame: 100), milliseconds: 2000)
        #expect(tally.phases.map(\.events) == [["spark": 1], ["spark": 1]])
        #expect(tally.phases.map(\.recordedMilliseconds) == [1000, 2000])
    }

    @Test func aMarkLiesAtTheFrameGivenOrAtTheNewest() {
        let desk = MarkDesk()
        desk.seriesStarted(Samples.seriesStart(firstFrame: 1000))
        for frame in 1000...1400 { desk.received(frame, milliseconds: 7) }
        func mark(_ frame: Int?, series: String = "0123456789") -> Int? {
            desk.mark("x", at: frame.map { MarkPlace(seriesID: series, frame: $0) }, origin: .page).frame
        }
        #expect(mark(1100) == 1100 && desk.phases.last?.recordedMilliseconds == 2100)
        #expect(mark(999) == 1400 && mark(1401) == 1400 && mark(nil) == 1400)
        #expect(mark(1300, series: "another") == 1400)
        #expect(mark(1200) == 1400, "another mark was set since")
        #expect(desk.phases.last?.recordedMilliseconds == 0)
    }

    @Test func aMarkHoldsInTheSeriesThatFollow() {
        var tally = PhaseTally()
        tally.seriesStarted("a")
        tally.mark(mark("drug", series: "a", frame: 500))
        tally.seriesStarted("b")
        tally.count(event(.puff, series: "b", frame: 3))
        tally.count(event(.puff, series: "a", frame: 3))
        #expect(tally.phases.map(\.events) == [["puff": 1], ["puff": 1]])
    }

    @Test func aMarkSetBeforeAnySeriesCountsFromTheStart() {
        var tally = PhaseTally()
        tally.mark(mark("baseline", series: nil, frame: nil))
        tally.seriesStarted("a")
        tally.count(event(.spark, series: "a", frame: 0))
        tally.recorded(milliseconds: 6.8)
        #expect(tally.phases.map(\.events) == [[:], ["spark": 1]])
        #expect(tally.phases.map(\.recordedMilliseconds) == [0, 6.8])
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
