import Detection
package import Imaging

/// What happened in a drawn region: area, and how often events of every class came whose centre lies in it.
package struct RegionActivity: Sendable, Equatable {
    package var region: String
    package var areaSquareMicrometres: Double
    /// Duration of the frames that were searched for events, in s.
    package var observedSeconds: Double
    package var eventCounts: [EventClass: Int]

    package init(
        region: String,
        areaSquareMicrometres: Double,
        observedSeconds: Double,
        eventCounts: [EventClass: Int]
    ) {
        self.region = region
        self.areaSquareMicrometres = areaSquareMicrometres
        self.observedSeconds = observedSeconds
        self.eventCounts = eventCounts
    }

    /// How often events of a class came; nil where there is no area or no time to relate them to.
    package func frequency(of eventClass: EventClass) -> EventFrequency? {
        guard areaSquareMicrometres > 0, observedSeconds > 0 else { return nil }
        return EventFrequency(
            count: eventCounts[eventClass] ?? 0,
            areaSquareMicrometres: areaSquareMicrometres,
            observedSeconds: observedSeconds
        )
    }
}
