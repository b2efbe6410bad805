import Imaging

/// Table 2 of the paper: how many events were matched, and with which class.
///
/// One event may match several of the other side; it counts once for each class among them.
package struct EventCounts: Sendable, Equatable {
    /// Table 2A: annotated events of one class.
    package struct Annotated: Sendable, Equatable {
        package internal(set) var total = 0
        /// Those that match a predicted event of the class.
        package internal(set) var matched = PerClass { _ in 0 }
        /// Those that match nothing.
        package internal(set) var undetected = 0
    }

    /// Table 2B: predicted events of one class.
    package struct Predicted: Sendable, Equatable {
        package internal(set) var total = 0
        /// Those that match an annotated event of the class.
        package internal(set) var matched = PerClass { _ in 0 }
        /// Those that match nothing and lie, for half or more, where the annotation is undefined.
        package internal(set) var ignored = 0
        /// The others that match nothing.
        package internal(set) var unlabeled = 0

        /// Those that are held against the annotation.
        package var valid: Int { total - ignored }
    }

    package private(set) var annotated = PerClass { _ in Annotated() }
    package private(set) var predicted = PerClass { _ in Predicted() }

    /// Smallest IoMin of a match, and smallest part on undefined annotation of an ignored event.
    package static let matchingOverlap = 0.5

    package init() {}

    mutating func addAnnotated(_ eventClass: EventClass, matching classes: Set<EventClass>) {
        annotated[eventClass].total += 1
        annotated[eventClass].undetected += classes.isEmpty ? 1 : 0
        for match in classes { annotated[eventClass].matched[match] += 1 }
    }

    mutating func addPredicted(_ eventClass: EventClass, matching classes: Set<EventClass>, isIgnored: Bool) {
        predicted[eventClass].total += 1
        for match in classes { predicted[eventClass].matched[match] += 1 }
        guard classes.isEmpty else { return }
        if isIgnored { predicted[eventClass].ignored += 1 } else { predicted[eventClass].unlabeled += 1 }
    }

    package static func + (left: EventCounts, right: EventCounts) -> EventCounts {
        var sum = left
        for eventClass in EventClass.allCases {
            let (annotated, predicted) = (right.annotated[eventClass], right.predicted[eventClass])
            sum.annotated[eventClass].total += annotated.total
            sum.annotated[eventClass].undetected += annotated.undetected
            sum.predicted[eventClass].total += predicted.total
            sum.predicted[eventClass].ignored += predicted.ignored
            sum.predicted[eventClass].unlabeled += predicted.unlabeled
            for match in EventClass.allCases {
                sum.annotated[eventClass].matched[match] += annotated.matched[match]
                sum.predicted[eventClass].matched[match] += predicted.matched[match]
            }
        }
        return sum
    }
}

extension EventCounts.Annotated: Encodable {
    private enum CodingKeys: String, CodingKey {
        case sparks, waves, puffs, undetected
        case total = "tot"
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(total, forKey: .total)
        try container.encode(matched.sparks, forKey: .sparks)
        try container.encode(matched.waves, forKey: .waves)
        try container.encode(matched.puffs, forKey: .puffs)
        try container.encode(undetected, forKey: .undetected)
    }
}

extension EventCounts.Predicted: Encodable {
    private enum CodingKeys: String, CodingKey {
        case sparks, waves, puffs, ignored, unlabeled
        case total = "tot"
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(total, forKey: .total)
        try container.encode(matched.sparks, forKey: .sparks)
        try container.encode(matched.waves, forKey: .waves)
        try container.encode(matched.puffs, forKey: .puffs)
        try container.encode(ignored, forKey: .ignored)
        try container.encode(unlabeled, forKey: .unlabeled)
    }
}
