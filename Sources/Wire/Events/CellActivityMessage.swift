package import Detection
import Foundation
import Imaging
package import Session

/// What a cell did in a recording, or all cells together: area, and how often events of every class came.
package struct CellActivityMessage: Codable, Sendable, Equatable {
    /// Events of a class, with the exact 95 % interval of a Poisson count, see ``PoissonInterval``.
    package struct Frequency: Codable, Sendable, Equatable {
        package var events: Int
        /// Events per 100 µm² of cell and second.
        package var frequency: Double
        package var lower: Double
        package var upper: Double

        enum CodingKeys: String, CodingKey {
            case events
            case frequency = "per_100um2_per_s"
            case lower = "low95"
            case upper = "high95"
        }
    }

    /// Number of the cell; nil for all cells together, and in journals of old.
    @NullEncoded package var cell: Int?
    package var areaSquareMicrometres: Double
    package var origin: CellActivity.Origin
    /// Where the light outside of the cell comes from; nil in journals of old.
    @NullEncoded package var blankOrigin: BlankLevel.Origin?
    /// Duration of the frames that were searched for events, in s.
    package var observedSeconds: Double
    /// Share of that time in which what was found cannot be movement; nil if movement was not looked for, and in journals
    /// of old.
    @NullEncoded package var usableShare: Double?
    /// By the name of the class, see ``EventClass/name``.
    package var frequencies: [String: Frequency]

    package init(_ activity: CellActivity) {
        areaSquareMicrometres = activity.areaSquareMicrometres.rounded(decimals: 2) ?? 0
        origin = activity.origin
        observedSeconds = activity.observedSeconds.rounded(decimals: 4) ?? 0
        usableShare = activity.usableShare.flatMap { $0.rounded(decimals: 4) }
        frequencies = EventClass.allCases.reduce(into: [:]) { frequencies, eventClass in
            frequencies[eventClass.name] = Frequency(
                events: activity.eventCounts[eventClass] ?? 0,
                activity.frequency(of: eventClass)
            )
        }
        cell = activity.number
        blankOrigin = activity.blankOrigin
    }

    enum CodingKeys: String, CodingKey {
        case cell
        case areaSquareMicrometres = "area_um2"
        case origin
        case blankOrigin = "blank_origin"
        case observedSeconds = "observed_s"
        case usableShare = "usable_share"
        case frequencies
    }
}

extension CellActivityMessage.Frequency {
    package init(events: Int, _ frequency: EventFrequency) {
        self.init(
            events: events,
            frequency: frequency.value.rounded(decimals: 6) ?? 0,
            lower: frequency.lower.rounded(decimals: 6) ?? 0,
            upper: frequency.upper.rounded(decimals: 6) ?? 0
        )
    }
}

extension CellActivityMessage {
    /// Area and frequencies in a line.
    package var text: String {
        let rates = EventClass.allCases.compactMap { eventClass in
            frequencies[eventClass.name].map { rate in
                String(
                    format: "%@s %.3f (%.3f to %.3f)",
                    eventClass.name,
                    rate.frequency,
                    rate.lower,
                    rate.upper
                )
            }
        }
        let area = String(format: "%.0f µm²", areaSquareMicrometres) + (origin == .wholeFrame ? " (whole frame)" : "")
        let share = usableShare ?? 1
        let usable =
            share < 1 ? String(format: "; usable %.1f %% of the time, the cell moved in the rest", 100 * share) : ""
        return "\(area); \(rates.joined(separator: ", ")) per 100 µm² and s (95 %)\(usable)"
    }
}
