package import Detection
import Wire

/// What happened at a release site of a recording, phase by phase.
package struct ReleaseSiteActivity: Sendable {
    /// The events of a site in one phase.
    package struct Visits: Sendable {
        /// Times of onset since acquisition frame 0, in rising order.
        package var onsetsMilliseconds: [Double] = []
        /// From the start of the phase to the first onset; nil without events.
        package var firstLatencyMilliseconds: Double?

        /// From each onset to the next one of the same phase.
        package var intervalsMilliseconds: [Double] {
            zip(onsetsMilliseconds, onsetsMilliseconds.dropFirst()).map { $1 - $0 }
        }
    }

    package let number: Int
    /// The cell that it lies in; nil for none.
    package let cell: Int?
    /// Classes of its events.
    package let eventTypes: [String]
    /// Mean of its events' centres.
    package let centroidPixels: (y: Double, x: Double)
    package let centroidMicrometres: (y: Double, x: Double)
    package let blankOrigin: BlankLevel.Origin?
    /// One for every phase of the recording.
    package let visits: [Visits]

    /// The places of a recording at which two events or more arose, by their numbers.
    package static func list(of series: TabledSeries) -> [ReleaseSiteActivity] {
        let bySite = Dictionary(grouping: series.events.filter { $0.site != nil }) { $0.site ?? 0 }
        return bySite.filter { $0.value.count > 1 }.sorted { $0.key < $1.key }.map { number, events in
            ReleaseSiteActivity(number, events, in: series)
        }
    }

    private init(_ number: Int, _ events: [EventMessage], in series: TabledSeries) {
        self.number = number
        cell = events.first?.cell
        eventTypes = Set(events.map(\.eventType)).sorted()
        blankOrigin = events.first?.blankOrigin
        func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
        func centre(_ place: (EventMessage) -> [Double]) -> (Double, Double) {
            (mean(events.compactMap { place($0).first }), mean(events.compactMap { place($0).last }))
        }
        centroidPixels = centre(\.centroidPixels)
        centroidMicrometres = centre(\.centroidMicrometres)
        visits = series.phases.indices.map { phase in
            let own = events.filter { series.phase(ofFrame: $0.startFrame) == phase }
            let onsets = own.map {
                $0.parameters[EventParameter.onset.rawValue].flatMap(\.self) ?? $0.startMilliseconds
            }
            .sorted()
            let start = Double(series.phases[phase].firstFrame) * series.frameIntervalMilliseconds
            return Visits(onsetsMilliseconds: onsets, firstLatencyMilliseconds: onsets.first.map { max(0, $0 - start) })
        }
    }
}
