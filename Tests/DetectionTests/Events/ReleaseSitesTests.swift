import Detection
import Imaging
import TestSupport
import Testing

@Suite struct ReleaseSitesTests {
    /// Sites of events at these places, in pixels of 0.2 µm.
    static func visits(_ places: [(row: Double, column: Double)], eventClass: EventClass = .spark) -> [SiteVisit?] {
        var sites = ReleaseSites(calibration: .published)
        return places.map { place in
            var event = SiteHistoryTests.event(row: place.row, column: place.column)
            event.eventClass = eventClass
            sites.note(&event)
            return event.site
        }
    }

    @Test func eventsWithinAMicrometreShareASite() {
        let visits = Self.visits([(30, 100), (30, 200), (34, 103), (30, 205.2), (31, 101)])
        // (34, 103) is 5 pixels, 1 µm, from the first; 205.2 is 5.2 from the second.
        #expect(visits.map { $0?.site } == [1, 2, 1, 3, 1])
        #expect(visits.map { $0?.eventCount } == [1, 1, 2, 1, 3])
    }

    @Test func theMeanOfASiteCounts() {
        // The mean of 100 and 104 is 102: 107 is within 5 pixels of it, 107.5 of the next mean, 103.7, as well.
        #expect(Self.visits([(30, 100), (30, 104), (30, 107), (30, 108.6)]).map { $0?.site } == [1, 1, 1, 1])
        #expect(Self.visits([(30, 100), (30, 107)]).map { $0?.site } == [1, 2])
    }

    @Test func theNearestSiteWinsAndTheFirstOfEquals() {
        #expect(Self.visits([(30, 100), (30, 106), (30, 103)]).map { $0?.site } == [1, 2, 1])
        #expect(Self.visits([(30, 100), (30, 106), (30, 103.5)]).map { $0?.site } == [1, 2, 2])
    }

    @Test func wavesHaveNone() {
        #expect(Self.visits([(30, 100), (30, 100)], eventClass: .wave) == [nil, nil])
    }

    /// Against a plain search through all that came before.
    @Test(arguments: [1, 2, 3] as [UInt64])
    func manyRandomEventsAreWhereAPlainSearchPutsThem(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let places = (0..<400).map { _ in
            (row: Double.random(in: 0..<64, using: &random), column: Double.random(in: 0..<100, using: &random))
        }
        var members: [[(row: Double, column: Double)]] = []
        let expected = places.map { place -> Int in
            let distances = members.map { own -> Double in
                let row = own.reduce(0) { $0 + $1.row } / Double(own.count)
                let column = own.reduce(0) { $0 + $1.column } / Double(own.count)
                return ((row - place.row) * (row - place.row) + (column - place.column) * (column - place.column))
                    .squareRoot()
            }
            let best = distances.indices.min { distances[$0] < distances[$1] }
            if let best, distances[best] <= 5 {
                members[best].append(place)
                return best + 1
            }
            members.append([place])
            return members.count
        }
        #expect(Self.visits(places).map { $0?.site } == expected)
    }
}
