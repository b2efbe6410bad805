package import Foundation
package import Imaging

/// All rules of a file.
package struct TriggerRules: Sendable, Equatable {
    package let rules: [TriggerRule]
    /// Regions that the file itself draws.
    package let regions: [DrawnRegion]

    private static let maximumByteCount = 1 << 20
    private static let maximumRuleCount = 64

    /// Reads and checks a file in JSON5.
    ///
    /// - Throws: ``TriggerError`` if it cannot be read, is not of the form of `Config/triggers.json5`, or holds values
    ///   out of range.
    package init(_ url: URL) throws(TriggerError) {
        let data: Data
        do {
            data = try Data(contentsOf: url)
        } catch {
            throw .unreadable(path: url.path, reason: error.localizedDescription)
        }
        try self.init(data, path: url.path)
    }

    /// - Parameters:
    ///   - json: the rules in JSON5.
    ///   - path: where they are from, for messages.
    /// - Throws: ``TriggerError``
    package init(_ json: Data, path: String) throws(TriggerError) {
        guard json.count <= Self.maximumByteCount else { throw .tooLarge(path: path, byteCount: json.count) }
        do {
            let file = try JSON5.decode(File.self, from: json)
            (rules, regions) = (file.rules, file.regions)
        } catch {
            throw .malformed(path: path, reason: Self.reason(error))
        }
        try check(path)
    }

    /// Whether a rule needs events of a class before they are final.
    package func needsProvisional(_ eventClass: EventClass) -> Bool {
        rules.contains { $0.tier == .provisional && $0.classes.contains(eventClass) }
    }

    /// The rules that name a region which is none of some, and what they say of it.
    package func missing(in regions: [DrawnRegion]) -> [(rule: String, region: String)] {
        let names = Set(regions.map(\.name))
        return rules.compactMap { rule in
            rule.region.flatMap { names.contains($0) ? nil : (rule.name, $0) }
        }
    }

    /// Refuses rules that wait for a region which is none of some.
    ///
    /// - Throws: ``TriggerError``
    package func checkDrawn(_ regions: [DrawnRegion]) throws(TriggerError) {
        if let (rule, region) = missing(in: regions).first { throw .notDrawn(rule: rule, region: region) }
    }

    private struct File: Decodable {
        enum CodingKeys: String, CodingKey, CaseIterable { case rules, regions }
        let rules: [TriggerRule]
        let regions: [DrawnRegion]

        init(from decoder: any Decoder) throws {
            let container = try decoder.strictContainer(keyedBy: CodingKeys.self)
            rules = try container.decode([TriggerRule].self, forKey: .rules)
            regions = try container.decodeIfPresent([DrawnRegion].self, forKey: .regions) ?? []
            if let fault = RegionFile.fault(of: regions) {
                throw DecodingError.dataCorruptedError(forKey: .regions, in: container, debugDescription: fault)
            }
        }
    }

    private func check(_ path: String) throws(TriggerError) {
        guard (1...Self.maximumRuleCount).contains(rules.count) else {
            throw .invalid(
                path: path,
                rule: "-",
                reason: "\(rules.count) rules; a file has 1 to \(Self.maximumRuleCount)"
            )
        }
        var names: Set<String> = []
        for rule in rules {
            if let reason = rule.fault { throw .invalid(path: path, rule: rule.name, reason: reason) }
            guard names.insert(rule.name).inserted else {
                throw .invalid(path: path, rule: rule.name, reason: "two rules have this name; give each its own")
            }
        }
    }

    private static func reason(_ error: any Error) -> String {
        switch error {
        case DecodingError.dataCorrupted(let context), DecodingError.typeMismatch(_, let context),
            DecodingError.valueNotFound(_, let context):
            place(context.codingPath) + context.debugDescription
        case DecodingError.keyNotFound(let key, let context):
            place(context.codingPath) + "the key '\(key.stringValue)' is missing"
        default: "\(error)"
        }
    }

    private static func place(_ path: [any CodingKey]) -> String {
        path.isEmpty ? "" : path.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".") + ": "
    }
}

extension TriggerRule {
    /// What is wrong with the values; nil if nothing is.
    var fault: String? {
        if name.isEmpty || name.count > 64 || !name.allSatisfy({ $0.isLetter || $0.isNumber || "-_".contains($0) }) {
            return "a name has 1 to 64 letters, digits, - and _"
        }
        if classes.isEmpty { return "class is an empty list; name spark, puff or wave" }
        for (key, threshold, highest) in [
            ("confidence", confidence, 1), ("areaUm2", areaSquareMicrometres, 1e9),
            ("speedUmPerS", speedMicrometresPerSecond, 1e6), ("durationMs", durationMilliseconds, 1e9),
        ] {
            guard let threshold else { continue }
            if !(0...highest).contains(threshold.on) { return "\(key) is \(threshold.on); use 0 to \(highest)" }
            if !(0...threshold.on).contains(threshold.off) {
                return "\(key): off is \(threshold.off); use 0 to \(threshold.on), the value of on"
            }
        }
        if let box, box.count != 4 || box[0] >= box[2] || box[1] >= box[3] {
            return "regionPx is \(box); use [y0, x0, y1, x1] with y0 < y1 and x0 < x1"
        }
        if let region, DrawnRegion.plainName(region) != region {
            return "region is not the name of one, which is \(DrawnRegion.nameRule)"
        }
        if let cell, !(1...255).contains(cell) { return "cell is \(cell); use its number, 1 to 255" }
        if let rate {
            if !(2...10_000).contains(rate.events) { return "rate.events is \(rate.events); use 2 to 10000" }
            if !(1...1e8).contains(rate.withinMilliseconds) {
                return "rate.withinMs is \(rate.withinMilliseconds); use 1 to 1e8"
            }
            if !(0..<rate.events).contains(rate.release) {
                return "rate.release is \(rate.release); use 0 to \(rate.events - 1)"
            }
        }
        for (key, value) in [
            ("dwellMs", dwellMilliseconds), ("refractoryMs", refractoryMilliseconds),
            ("holdOffMs", holdOffMilliseconds),
        ] where !(0...1e8).contains(value) {
            return "\(key) is \(value); use 0 to 1e8"
        }
        if let maximumCount, maximumCount < 1 { return "maximumCount is \(maximumCount); use 1 or more" }
        if actions.count > 16 { return "\(actions.count) actions; a rule has at most 16" }
        return actions.lazy.compactMap(\.fault).first
    }
}
