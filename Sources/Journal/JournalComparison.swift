package import Foundation
import Session
import Wire

/// The final events of a journal, series by series, with every field as it was written.
package struct JournalledRun: Sendable {
    struct Series: Sendable {
        var id: String
        /// Events by their number within the series, with all fields.
        var events: [Int: [String: JSONValue]] = [:]
    }

    private(set) var series: [Series] = []
    /// Times that detection was behind and left something out: such a run cannot be repeated exactly.
    private(set) var overloadCount = 0

    /// - Throws: ``JournalReadError`` if the journal cannot be read.
    package init(path: String) throws(JournalReadError) {
        self.init(try JournalReadError.read(path))
    }

    /// - Parameter journal: The bytes of a journal; lines that are no JSON, such as a torn last one, are passed over.
    package init(_ journal: Data) {
        for line in journal.split(separator: UInt8(ascii: "\n")) {
            guard let message = try? JSONDecoder().decode(JSONValue.self, from: Data(line)) else { continue }
            take(message.fields())
        }
    }

    /// Those fields that no event has; none where there are no events.
    fileprivate func missing(of fields: Set<String>) -> Set<String> {
        let events = series.flatMap(\.events.values)
        return events.isEmpty ? [] : fields.filter { field in events.allSatisfy { $0[field] == nil } }
    }

    private mutating func take(_ fields: [String: JSONValue]) {
        let id = fields["series_id"]?.asText ?? ""
        switch fields["topic"]?.asText {
        case Topic.seriesStart.rawValue:
            series.append(Series(id: id))
        case Topic.gap.rawValue where fields["origin"]?.asText == Gap.Origin.detector.rawValue:
            overloadCount += 1
        case Topic.status.rawValue where fields["code"]?.asText == "stride_doubled":
            overloadCount += 1
        case let topic? where topic.hasPrefix("event.") && fields["state"]?.asText == "final":
            let name = fields["event_id"]?.asText ?? ""
            guard let number = name.split(separator: "-").last.flatMap({ Int($0) }) else { return }
            if series.last?.id != id { series.append(Series(id: id)) }
            series[series.count - 1].events[number] = fields
        default: break
        }
    }
}

/// Whether two runs found the same events, field by field.
///
/// Series are compared in their order, events by their number. Names of series, numbers of messages, times of day on
/// this computer and the fingerprint of the options are those of a run, not of its events.
package struct JournalComparison: Sendable, Equatable {
    /// Events compared, of both runs together where only one has them.
    package private(set) var eventCount = 0
    package private(set) var seriesCount = 0
    /// What differs, a line each.
    package private(set) var differences: [String] = []
    /// Why the runs could not be expected to be the same.
    package private(set) var remarks: [String] = []

    /// Fields that are not compared.
    private var ignored: Set<String>

    /// Fields that belong to a run.
    static let ignoredFields: Set = [
        "version", "message_num", "topic_num", "event_id", "series_id", "t_pub_ns", "t_ready_ns", "config_sha256",
        "latency_ms.compute", "latency_ms.total",
    ]

    /// Fields that version 0.1.0 did not write.
    private static let laterFields: Set = ["cell", "site", "site_events", "blank_origin"]

    /// - Parameters:
    ///   - expected: The run to compare with.
    ///   - found: The run at hand.
    package init(expected: JournalledRun, found: JournalledRun) {
        ignored = Self.ignoredFields
        let missing = [expected, found].map { $0.missing(of: Self.laterFields) }
        for (missing, name) in [
            (missing[0].subtracting(missing[1]), "the other run"),
            (missing[1].subtracting(missing[0]), "the present run"),
        ] where !missing.isEmpty {
            remarks.append(
                "\(name) is of an older version: \(missing.sorted().joined(separator: ", ")) are not compared"
            )
            ignored.formUnion(missing)
        }
        seriesCount = max(expected.series.count, found.series.count)
        for index in 0..<seriesCount {
            let name = "series \(index + 1)"
            guard index < expected.series.count, index < found.series.count else {
                let isMissing = index >= found.series.count
                let events = (isMissing ? expected : found).series[index].events
                eventCount += events.count
                differences.append(
                    "\(name) with \(events.count) events: only in the \(isMissing ? "other" : "present") run"
                )
                continue
            }
            compare(expected.series[index], found.series[index], name: name)
        }
        for (run, name) in [(expected, "the other run"), (found, "the present run")] where run.overloadCount > 0 {
            remarks.append("detection was behind \(run.overloadCount) times in \(name), which changes events")
        }
    }

    private mutating func compare(_ expected: JournalledRun.Series, _ found: JournalledRun.Series, name: String) {
        for number in Set(expected.events.keys).union(found.events.keys).sorted() {
            eventCount += 1
            let label = "\(name) event \(number)"
            guard let expectedFields = expected.events[number] else {
                differences.append("\(label): only in the present run")
                continue
            }
            guard let foundFields = found.events[number] else {
                differences.append("\(label): only in the other run")
                continue
            }
            for field in Set(expectedFields.keys).union(foundFields.keys).subtracting(ignored).sorted()
            where expectedFields[field] != foundFields[field] {
                let values = [expectedFields[field], foundFields[field]].map { $0?.description ?? "absent" }
                differences.append("\(label): \(field) is \(values[1]), was \(values[0])")
            }
        }
    }

    /// Lines for people, the differences cut off after some.
    package func summary(listing limit: Int = 20) -> [String] {
        let outcome = differences.isEmpty ? "the same" : "\(differences.count) differences"
        var lines = ["compared   \(eventCount) events of \(seriesCount) series: \(outcome)"]
        lines += (differences.prefix(limit) + remarks).map { "           \($0)" }
        if differences.count > limit { lines.append("           and \(differences.count - limit) more") }
        return lines
    }
}
