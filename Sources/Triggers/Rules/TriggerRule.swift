package import Imaging
import Session

/// When to act, and what to do; all times are those of the recording.
///
/// An event **counts** for a rule once it has the right class, tier and place and has met all thresholds for the dwell
/// time. Without a rate every event that counts fires the rule, at most once; with a rate the rule fires when so many
/// events counted within the time, and again only after their number fell to `release`. Guards then may suppress the firing: disarmed,
/// hold-off, refractory time, maximum count.
package struct TriggerRule: Sendable, Equatable {
    /// Which messages on an event are looked at.
    package enum Tier: String, Decodable, Sendable {
        case provisional
        case final
        case any

        func admits(_ state: EventState) -> Bool {
            switch self {
            case .provisional: state == .provisional
            case .final: state == .final
            case .any: state != .retracted
            }
        }
    }

    /// So many events within a time.
    package struct Rate: Sendable, Equatable {
        package var events: Int
        package var withinMilliseconds: Double
        /// Events within the time down to which the rate has to fall before the rule can fire again.
        package var release: Int
    }

    package var name: String
    package var classes: Set<EventClass>
    package var tier: Tier
    /// Mean probability of the class.
    package var confidence: Threshold?
    /// Area covered so far, in µm².
    package var areaSquareMicrometres: Threshold?
    /// Speed of a wave or of the faster edge of a provisional event, in µm/s.
    package var speedMicrometresPerSecond: Threshold?
    package var durationMilliseconds: Threshold?
    /// [y0, x0, y1, x1] in pixels, half open; the event's box has to touch it.
    package var box: [Int]?
    /// Name of the drawn region that the centre of the event has to lie in.
    package var region: String?
    /// Number of the cell that the event has to lie in.
    package var cell: Int?
    /// False if an event does not count while it carries the flag `motion`.
    package var admitsMotion: Bool
    package var rate: Rate?
    /// Time for which an event has to meet the thresholds; of an event that is final at once, its duration.
    package var dwellMilliseconds: Double
    /// Time after a firing in which the rule does not fire again.
    package var refractoryMilliseconds: Double
    /// Firings per series, at most.
    package var maximumCount: Int?
    /// Time after the start of a series and after a gap in which the rule does not fire.
    package var holdOffMilliseconds: Double
    /// Whether the rule is armed at the start.
    package var isArmed: Bool
    package var actions: [TriggerAction]
}

extension TriggerRule: Decodable {
    enum CodingKeys: String, CodingKey, CaseIterable {
        case name
        case classes = "class"
        case tier, confidence
        case areaSquareMicrometres = "areaUm2"
        case speedMicrometresPerSecond = "speedUmPerS"
        case durationMilliseconds = "durationMs"
        case box = "regionPx"
        case region, cell
        case admitsMotion = "motion"
        case rate
        case dwellMilliseconds = "dwellMs"
        case refractoryMilliseconds = "refractoryMs"
        case maximumCount
        case holdOffMilliseconds = "holdOffMs"
        case isArmed = "armed"
        case actions
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(keyedBy: CodingKeys.self)
        name = try container.decode(String.self, forKey: .name)
        classes = try Self.classes(in: container)
        tier = try Self.tier(in: container)
        confidence = try container.decodeIfPresent(Threshold.self, forKey: .confidence)
        areaSquareMicrometres = try container.decodeIfPresent(Threshold.self, forKey: .areaSquareMicrometres)
        speedMicrometresPerSecond = try container.decodeIfPresent(Threshold.self, forKey: .speedMicrometresPerSecond)
        durationMilliseconds = try container.decodeIfPresent(Threshold.self, forKey: .durationMilliseconds)
        box = try container.decodeIfPresent([Int].self, forKey: .box)
        region = try container.decodeIfPresent(String.self, forKey: .region)
        cell = try container.decodeIfPresent(Int.self, forKey: .cell)
        admitsMotion = try container.decodeIfPresent(Bool.self, forKey: .admitsMotion) ?? true
        rate = try container.decodeIfPresent(Rate.self, forKey: .rate)
        dwellMilliseconds = try container.decodeIfPresent(Double.self, forKey: .dwellMilliseconds) ?? 0
        refractoryMilliseconds = try container.decodeIfPresent(Double.self, forKey: .refractoryMilliseconds) ?? 0
        maximumCount = try container.decodeIfPresent(Int.self, forKey: .maximumCount)
        holdOffMilliseconds = try container.decodeIfPresent(Double.self, forKey: .holdOffMilliseconds) ?? 0
        isArmed = try container.decodeIfPresent(Bool.self, forKey: .isArmed) ?? true
        actions = try container.decodeIfPresent([TriggerAction].self, forKey: .actions) ?? []
    }

    private static func tier(in container: KeyedDecodingContainer<CodingKeys>) throws -> Tier {
        guard let name = try container.decodeIfPresent(String.self, forKey: .tier) else { return .provisional }
        guard let tier = Tier(rawValue: name) else {
            throw DecodingError.dataCorruptedError(
                forKey: .tier,
                in: container,
                debugDescription: "tier '\(name)' is none of provisional, final, any"
            )
        }
        return tier
    }

    /// One name of a class, or a list of them.
    private static func classes(in container: KeyedDecodingContainer<CodingKeys>) throws -> Set<EventClass> {
        var names: [String] = []
        if let list = try? container.decode([String].self, forKey: .classes) {
            names = list
        } else {
            names = [try container.decode(String.self, forKey: .classes)]
        }
        return Set(
            try names.map { name in
                guard let eventClass = EventClass.allCases.first(where: { $0.name == name }) else {
                    throw DecodingError.dataCorruptedError(
                        forKey: .classes,
                        in: container,
                        debugDescription: "class '\(name)' is none of spark, puff, wave"
                    )
                }
                return eventClass
            }
        )
    }
}

extension TriggerRule.Rate: Decodable {
    enum CodingKeys: String, CodingKey, CaseIterable {
        case events
        case withinMilliseconds = "withinMs"
        case release
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(keyedBy: CodingKeys.self)
        events = try container.decode(Int.self, forKey: .events)
        withinMilliseconds = try container.decode(Double.self, forKey: .withinMilliseconds)
        release = try container.decodeIfPresent(Int.self, forKey: .release) ?? 0
    }
}
