import Detection
import Foundation
import Imaging
import Session
package import Wire

/// What a journal says of a run, series by series; also of a run that was killed.
package struct JournalSummary: Sendable {
    /// One series, as far as the journal goes.
    package struct Series: Sendable {
        package let start: SeriesStartMessage
        /// Nil if the run ended before the series did.
        package var end: SeriesEndMessage?
        package var events: [EventMessage] = []
        package var missingFrames = 0
        package var gaps: [GapMessage] = []
        package var marks: [MarkMessage] = []
        /// What was made of events at the page, by their ids: the last word on each.
        package var corrections: [String: CorrectionMessage] = [:]
        /// How it is recorded; nil if the run ended before that was known.
        package var examination: ExaminationMessage?
    }

    package private(set) var series: [Series] = []
    /// What was wrong, by the code of the message.
    package private(set) var notices: [String: Int] = [:]
    package private(set) var triggersFired = 0
    package private(set) var retractedCount = 0
    /// Numbers of lines, from 1, that are no messages.
    package let unreadableLines: [Int]
    package let messageCount: Int
    /// Of the first and the last message, since 1970, UTC, in ns.
    package let firstNanoseconds: Int64?
    package let lastNanoseconds: Int64?

    package init(_ journal: JournalReader) {
        messageCount = journal.entries.count
        unreadableLines = journal.unreadableLines
        firstNanoseconds = journal.entries.first?.stamp.publishedNanoseconds
        lastNanoseconds = journal.entries.last?.stamp.publishedNanoseconds
        for entry in journal.entries { take(entry.content) }
    }

    private mutating func take(_ content: JournalEntry.Content) {
        switch content {
        case .seriesStart(let start): series.append(Series(start: start))
        case .seriesEnd(let end): change(end.seriesID) { $0.end = end }
        case .event(let event) where event.state == .final: change(event.seriesID) { $0.events.append(event) }
        case .gap(let gap):
            change(gap.seriesID) { series in
                series.missingFrames += gap.frameCount
                series.gaps.append(gap)
            }
        case .examination(let examination): change(examination.seriesID) { $0.examination = examination }
        case .mark(let mark): change(mark.seriesID ?? "") { $0.marks.append(mark) }
        case .correction(let correction):
            change(correction.seriesID) { $0.corrections[correction.eventID] = correction }
        case .status(let status): notices[status.code.rawValue, default: 0] += 1
        case .triggerFired: triggersFired += 1
        case .retracted: retractedCount += 1
        default: break
        }
    }

    private mutating func change(_ id: String, _ change: (inout Series) -> Void) {
        guard let index = series.lastIndex(where: { $0.start.seriesID == id }) else { return }
        change(&series[index])
    }

    /// Lines for people.
    package var text: String {
        var lines = ["\(messageCount) messages\(period)"]
        if !unreadableLines.isEmpty {
            let some = unreadableLines.prefix(5).map(String.init).joined(separator: ", ")
            lines.append(
                "\(unreadableLines.count) lines cannot be read (\(some)\(unreadableLines.count > 5 ? ", ..." : "")): "
                    + "the writer died there, or they are of a later version"
            )
        }
        for item in series { lines += Self.lines(on: item) }
        if retractedCount > 0 { lines.append("\(retractedCount) provisional events were taken back") }
        if triggersFired > 0 { lines.append("\(triggersFired) triggers fired") }
        if !notices.isEmpty {
            lines.append(
                "notices: " + notices.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
            )
        }
        return lines.joined(separator: "\n").split(separator: "\n").map { String($0).printable }.joined(separator: "\n")
    }

    private var period: String {
        guard let firstNanoseconds, let lastNanoseconds else { return "" }
        func date(_ nanoseconds: Int64) -> String {
            Date(timeIntervalSince1970: Double(nanoseconds) / 1e9).formatted(.iso8601)
        }
        return ", \(date(firstNanoseconds)) to \(date(lastNanoseconds))"
    }

    private static func lines(on item: Series) -> [String] {
        let counts = EventClass.allCases.map { eventClass in
            "\(item.events.count { $0.eventType == eventClass.name }) \(eventClass.name)s"
        }
        let start = item.start
        let shape = start.frameShape.map(String.init).joined(separator: " x ")
        let end =
            item.end.map { end in
                "\(end.counters.framesReceived) frames, ended (\(end.reason.rawValue))"
            } ?? "the run was cut off in it: what had not been decided is missing"
        var lines = [
            "series \(start.seriesID) from \(start.stream): \(shape) pixels, every \(start.frameIntervalMilliseconds) ms; \(end)",
            "  \(counts.joined(separator: ", ")), \(item.missingFrames) frames missing",
        ]
        if let examination = item.examination { lines.append("  \(examination.message)") }
        if let cell = item.end?.cell { lines.append("  cell of \(cell.text)") }
        let changed = Dictionary(grouping: item.corrections.values, by: \.action).mapValues(\.count)
        if let count = changed[.reject] { lines.append("  \(count) of them rejected at the page") }
        if let count = changed[.retype] { lines.append("  \(count) of them taken for another class at the page") }
        lines += item.marks.map { "  mark \"\($0.label)\" at frame \($0.frame.map(String.init) ?? "-")" }
        return lines
    }
}
