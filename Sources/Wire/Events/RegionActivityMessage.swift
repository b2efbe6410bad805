import Imaging
package import Session

/// What happened in a drawn region.
package struct RegionActivityMessage: Codable, Sendable, Equatable {
    package var region: String
    /// Of the pixels in the frame whose centres lie in the region.
    package var areaSquareMicrometres: Double
    package var observedSeconds: Double
    /// By the name of the class; null without area or time, or where the region was drawn too late to count in a phase.
    package var frequencies: [String: CellActivityMessage.Frequency?]

    package init(_ activity: RegionActivity) {
        region = activity.region
        areaSquareMicrometres = activity.areaSquareMicrometres.rounded(decimals: 2) ?? 0
        observedSeconds = activity.observedSeconds.rounded(decimals: 4) ?? 0
        frequencies = Dictionary(
            uniqueKeysWithValues: EventClass.allCases.map { eventClass in
                (
                    eventClass.name,
                    activity.frequency(of: eventClass).map {
                        CellActivityMessage.Frequency(events: activity.eventCounts[eventClass] ?? 0, $0)
                    }
                )
            }
        )
    }

    enum CodingKeys: String, CodingKey {
        case region
        case areaSquareMicrometres = "area_um2"
        case observedSeconds = "observed_s"
        case frequencies
    }
}
