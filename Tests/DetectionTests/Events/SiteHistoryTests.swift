import Detection
import Imaging
import Testing

@Suite struct SiteHistoryTests {
    /// An event at a place in pixels of 0.2 µm, with an onset or a first frame only.
    static func event(row: Double = 30, column: Double, onset: Double? = nil, startFrame: Int = 0) -> CalciumEvent {
        CalciumEvent(
            number: 1,
            eventClass: .spark,
            startFrame: startFrame,
            peakFrame: startFrame + 2,
            endFrame: startFrame + 5,
            rows: 25..<36,
            columns: 0..<512,
            centroidRow: row,
            centroidColumn: column,
            voxelCount: 100,
            footprintPixelCount: 25,
            parameters: onset.map { [.onset: $0] } ?? [:],
            classConfidence: 1,
            missingFrameCount: 0,
            flags: [],
            unavailable: [.delay: .noEarlierEvent]
        )
    }

    /// Delays of events that become final in this order; where there is one, no reason is left.
    static func delays(_ events: [CalciumEvent]) -> [Double?] {
        var history = SiteHistory(calibration: .published)
        return events.map { event in
            var event = event
            history.noteDelay(of: &event)
            #expect(event.unavailable[.delay] == (event.parameters[.delay] == nil ? .noEarlierEvent : nil))
            return event.parameters[.delay]
        }
    }

    @Test func theFirstEventOfASiteHasNone() {
        #expect(Self.delays([Self.event(column: 100, onset: 500)]) == [nil])
    }

    @Test func theLastOnsetWithinTwoMicrometresCounts() {
        let events = [
            Self.event(column: 100, onset: 500), Self.event(column: 104, onset: 800),
            // 6 down and 8 right: 10 pixels, 2 µm.
            Self.event(row: 36, column: 108, onset: 1250),
            Self.event(row: 36, column: 108.1, onset: 1250),
        ]
        #expect(Self.delays([events[0], events[1]]) == [nil, 300])
        #expect(Self.delays([events[0], events[1], events[2]]).last == 450)
        #expect(Self.delays([events[0], events[2]]).last == 750)
        #expect(Self.delays([events[0], events[3]]).last == .some(nil))
    }

    @Test func otherPlacesDoNotCount() {
        let events = [Self.event(column: 100, onset: 100), Self.event(column: 200, onset: 300)]
        #expect(Self.delays(events + [Self.event(column: 101, onset: 700)]) == [nil, nil, 600])
    }

    @Test func onlyOnsetsBeforeCount() {
        // A long event may become final after a later short one.
        let events = [Self.event(column: 100, onset: 900), Self.event(column: 100, onset: 200)]
        #expect(Self.delays(events + [Self.event(column: 100, onset: 900)]) == [nil, nil, 700])
    }

    @Test func withoutAnOnsetTheFirstFrameStandsIn() throws {
        let delays = Self.delays([
            Self.event(column: 100, startFrame: 100), Self.event(column: 100, onset: 1000),
        ])
        #expect(abs(try #require(delays[1]) - 320) < 1e-9)
    }
}
