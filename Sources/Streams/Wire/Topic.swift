public import Detection

/// The first part of every published message; subscribers filter by prefix, like `event.` or `event.wave`.
public enum Topic: String, CaseIterable, Sendable, Codable {
    case sparkFinal = "event.spark.final"
    case waveFinal = "event.wave.final"
    case puffFinal = "event.puff.final"
    case seriesStart = "series.start"
    case seriesEnd = "series.end"
    case gap
    case heartbeat = "hb"
    case mark
    case status

    /// The topic of final events of a class.
    public init(finalEventsOf eventClass: EventClass) {
        switch eventClass {
        case .spark: self = .sparkFinal
        case .wave: self = .waveFinal
        case .puff: self = .puffFinal
        }
    }
}
