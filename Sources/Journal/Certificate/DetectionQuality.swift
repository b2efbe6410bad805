import Wire

/// A proportion with its 95 % interval by Wilson; nil where there is nothing to relate to.
package struct Proportion: Codable, Sendable, Equatable {
    package let value: Double
    package let lower: Double
    package let upper: Double

    /// - Parameters:
    ///   - count: How many of them.
    ///   - total: Of how many.
    init?(_ count: Int, of total: Int) {
        guard total > 0 else { return nil }
        let (n, p, z) = (Double(total), Double(count) / Double(total), 1.959964)
        let centre = (p + z * z / (2 * n)) / (1 + z * z / n)
        let reach = z * (p * (1 - p) / n + z * z / (4 * n * n)).squareRoot() / (1 + z * z / n)
        self.init(
            value: p,
            lower: count == 0 ? 0 : max(0, centre - reach),
            upper: count == total ? 1 : min(1, centre + reach)
        )
    }

    private init(value: Double, lower: Double, upper: Double) {
        self.value = value
        self.lower = lower
        self.upper = upper
    }

    /// F1 of a share of events in which both agree, among all that either has: 2p / (1 + p), which grows with p.
    var harmonic: Proportion {
        func f1(_ share: Double) -> Double { 2 * share / (1 + share) }
        return Proportion(value: f1(value), lower: f1(lower), upper: f1(upper))
    }
}

/// How well detected events are those of a reference.
package struct DetectionQuality: Codable, Sendable, Equatable {
    /// Number of events in both, in the detection only, in the reference only.
    package let both: Int
    package let detectedOnly: Int
    package let referenceOnly: Int
    package let precision: Proportion?
    package let recall: Proportion?
    package let f1: Proportion?

    private enum CodingKeys: String, CodingKey {
        case both, precision, recall, f1
        case detectedOnly = "detected_only"
        case referenceOnly = "reference_only"
    }

    init(_ detected: [EventMessage], reference: [EventMessage]) {
        both = EventPairs(detected, reference).pairs.count
        detectedOnly = detected.count - both
        referenceOnly = reference.count - both
        precision = Proportion(both, of: detected.count)
        recall = Proportion(both, of: reference.count)
        f1 = Proportion(both, of: both + detectedOnly + referenceOnly)?.harmonic
    }

    /// By class, and `all` for all of them.
    static func byClass(_ detected: [EventMessage], reference: [EventMessage]) -> [String: DetectionQuality] {
        let names = Set((detected + reference).map(\.eventType))
        var result = names.reduce(into: [String: DetectionQuality]()) { result, name in
            result[name] = DetectionQuality(
                detected.filter { $0.eventType == name },
                reference: reference.filter { $0.eventType == name }
            )
        }
        result["all"] = DetectionQuality(detected, reference: reference)
        return result
    }
}
