import Detection
import Foundation
import Imaging
package import Journal
import Session
package import Wire
package import ZeroMQ

/// What a live run came to.
package struct LiveSummary {
    package let counters: RunCounters
    package let publisher: PublisherStatistics
    package let files: RunFiles
    let parts: [any LivePart]
    /// How detecting, receiving and writing the tables went.
    let outcomes: [Result<Void, any Error>]

    /// What the run failed of first; nil if nothing did.
    package var failure: (any Error)? {
        for case .failure(let error) in outcomes { return error }
        return nil
    }

    /// True if any frame, series, message or journal entry was lost.
    package var hasLoss: Bool {
        counters.missingFromSource + counters.missingInTransport + counters.overflow + counters.seriesRefused > 0
            || counters.refused.contains { $0.key != FrameDropReason.otherChannel.rawValue }
            || parts.contains(where: \.hasLoss)
            || publisher.messagesLost + publisher.messagesNotJournaled + publisher.journalsReplaced > 0
    }

    package var text: String {
        let reasons = counters.refused.sorted { $0.key < $1.key }
        let refused = (reasons.map { "\($0.value) \($0.key)" } + refusedSeries).joined(separator: ", ")
        let text = """
            frames     \(counters.framesReceived) received, \(counters.missingFromSource) missing at the source, \
            \(counters.missingInTransport) lost in transport, \(counters.framesHeld) bridged, \
            \(counters.overflow) lost here because detection was too slow\(withoutLight)
            refused    \(refused.isEmpty ? "nothing" : refused)
            events     \(counters.eventsText)
            early      \(provisional)
            triggers   \(triggers)
            latency    \(percentiles) ms from an event's peak to its publication (50, 95, 99 %)
            speed      \(counters.realTimeFactor.map { "\($0) times real time" } ?? "-"), \(counters.windowsDone) windows, \
            at most \(counters.largestBacklog ?? 0) frames waited
            published  \(publisher.messagesSent) messages, \(publisher.messagesLost) lost, \
            \(publisher.messagesNotJournaled) not journalled
            journal    \(files.journals.map(\.path).joined(separator: ", "))
            tables     \(files.table.path), and of cells and release sites beside it
            """
        return ([text] + parts.flatMap(\.summary)).joined(separator: "\n")
    }

    private var withoutLight: String {
        guard let count = counters.framesWithoutLight, count > 0 else { return "" }
        return ", \(count) without light"
    }

    private var provisional: String {
        guard let provisional = counters.provisional else { return "off" }
        return EventClass.allCases.compactMap { eventClass in
            provisional[eventClass.name].map { "\(eventClass.name)s: \($0.text)" }
        }.joined(separator: "; ")
    }

    private var triggers: String {
        guard let triggers = counters.triggers else { return "none" }
        return triggers.sorted { $0.key < $1.key }.map { name, rule in
            "\(name): \(rule.fired) fired, \(rule.suppressed) suppressed, \(rule.acknowledged) actions acknowledged, "
                + "\(rule.failed) failed"
        }.joined(separator: "; ")
    }

    private var refusedSeries: [String] {
        counters.seriesRefused > 0 ? ["\(counters.seriesRefused) series"] : []
    }

    private var percentiles: String {
        guard let latency = publisher.latency else { return "-" }
        return [latency.p50Milliseconds, latency.p95Milliseconds, latency.p99Milliseconds]
            .map { String(format: "%.0f", $0) }.joined(separator: ", ")
    }
}

extension ProvisionalCounters {
    /// How many were announced, and what became of them.
    var text: String {
        let share = confirmedShare.map { String(format: "%.0f %% confirmed", 100 * $0) } ?? "none decided"
        let lead = leadP50Milliseconds.map { String(format: ", median %.0f ms before they were final", $0) } ?? ""
        return "\(announced) announced, \(share)\(lead), \(reclassified) changed class, \(merged) merged, "
            + "\(retracted) retracted"
    }
}

extension RunCounters {
    /// Final events by class, in words.
    var eventsText: String {
        EventClass.allCases.map { "\(events[$0.name] ?? 0) \($0.name)s" }.joined(separator: ", ")
    }

    /// Frames lost wherever.
    var lostFrames: Int { missingFromSource + missingInTransport + overflow }
}

/// The line that refreshes during a live run; what matters most comes first, because a narrow terminal cuts the rest off.
struct StatusLine {
    let text: String

    init(_ counters: RunCounters, _ state: SourceSnapshot.State, lagMilliseconds: Double) {
        let refused = counters.refused.values.reduce(0, +)
        let events = EventClass.allCases.map { "\($0.name) \(counters.events[$0.name] ?? 0)" }.joined(separator: " ")
        let parts: [String?] = [
            "\(state.rawValue) \(counters.framesReceived) frames",
            "\(counters.lostFrames) lost",
            refused > 0 ? "\(refused) refused" : nil,
            String(format: "lag %.0f ms", lagMilliseconds),
            counters.realTimeFactor.map { String(format: "x%.2f", $0) },
            events,
        ]
        text = parts.compactMap(\.self).joined(separator: ", ")
    }
}
