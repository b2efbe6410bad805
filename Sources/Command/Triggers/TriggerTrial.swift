import Detection
import Foundation
import Imaging
import Streams
import Triggers

/// Rules applied to a recording; nothing is acted upon.
final class TriggerTrial: SeriesSink {
    private(set) var decisions: [TriggerDecision] = []
    private var engine: TriggerEngine
    private var interval = 0.0

    init(_ rules: TriggerRules) { engine = TriggerEngine(rules) }

    var tally: TriggerTally { TriggerTally(decisions) }

    /// Takes the messages of a journal; lines that say nothing about events are passed over.
    ///
    /// - Returns: classes of which there are final events, but none that was announced before.
    /// - Throws: `JournalReadError` if it cannot be read or no line says anything about events.
    func takeJournal(path: String) throws -> [EventClass] {
        var (announced, decided): (Set<EventClass>, Set<EventClass>) = ([], [])
        let journal = try JournalReadError.read(path)
        // `analyze` writes an empty one where it finds nothing.
        var isJournal = journal.isEmpty
        for line in journal.split(separator: UInt8(ascii: "\n")) {
            isJournal = take(line, announced: &announced, decided: &decided) || isJournal
        }
        guard isJournal else { throw JournalReadError.noMessages(path: path) }
        return EventClass.allCases.filter { decided.contains($0) && !announced.contains($0) }
    }

    /// Takes a line of a journal of `live`, or of one of `analyze`, whose lines have no stamp.
    ///
    /// - Returns: whether it says something about events.
    private func take(_ line: Data, announced: inout Set<EventClass>, decided: inout Set<EventClass>) -> Bool {
        if let start = try? PlainJSON.decode(SeriesStartMessage.self, from: line) {
            seriesStarted(start)
        } else if let event = try? PlainJSON.decode(RetractedMessage.self, from: line) {
            decisions += engine.take(event)
        } else if let event = try? PlainJSON.decode(EventMessage.self, from: line) {
            if let eventClass = event.eventClass {
                if event.state == .final { decided.insert(eventClass) } else { announced.insert(eventClass) }
            }
            decisions += engine.take(event)
        } else if let gap = try? PlainJSON.decode(GapMessage.self, from: line) {
            framesMissing(gap)
        } else {
            return false
        }
        return true
    }

    func seriesStarted(_ message: SeriesStartMessage) {
        interval = message.frameIntervalMilliseconds
        engine.startSeries(firstFrame: message.firstFrame, frameIntervalMilliseconds: interval)
    }

    func announced(_ messages: ProvisionalMessages) {
        decisions += messages.found.flatMap { engine.take($0) }
        decisions += messages.retracted.flatMap { engine.take($0) }
    }

    func decided(_ batch: DetectionBatch, _ messages: [EventMessage]) {
        decisions += messages.flatMap { engine.take($0) }
    }

    func framesMissing(_ message: GapMessage) {
        engine.noteGap(endFrame: message.firstFrame + message.frameCount, frameIntervalMilliseconds: interval)
    }

    func healthChanged(_ message: StatusMessage) {}
    func seriesEnded(_ message: SeriesEndMessage) {}
}

/// How often rules fired and were suppressed.
struct TriggerTally {
    private var fired = 0
    private var outcomes: [TriggerOutcomeMessage.Outcome: Int] = [:]
    private var suppressed: [TriggerSuppressedMessage.Reason: Int] = [:]

    init(_ decisions: [TriggerDecision] = []) {
        for decision in decisions {
            switch decision {
            case .fired: fired += 1
            case .suppressed(let message): suppressed[message.reason, default: 0] += 1
            case .ended(let message): outcomes[message.outcome, default: 0] += 1
            }
        }
    }

    mutating func add(_ other: TriggerTally) {
        fired += other.fired
        outcomes.merge(other.outcomes, uniquingKeysWith: +)
        suppressed.merge(other.suppressed, uniquingKeysWith: +)
    }

    var text: String {
        let ends = outcomes.sorted { $0.key.rawValue < $1.key.rawValue }.map { "\($0.value) \($0.key.rawValue)" }
        let reasons = suppressed.sorted { $0.key.rawValue < $1.key.rawValue }.map { "\($0.value) \($0.key.rawValue)" }
        let total = suppressed.values.reduce(0, +)
        return "\(fired) fired" + (ends.isEmpty ? "" : " (\(ends.joined(separator: ", ")))") + ", \(total) suppressed"
            + (reasons.isEmpty ? "" : " (\(reasons.joined(separator: ", ")))")
    }
}

extension TriggerDecision {
    /// One line on the decision.
    var text: String {
        switch self {
        case .fired(let message):
            String(
                format:
                    "frame %6d  fired       %@: %@ %@, from frame %d on, %.0f ms after it; confidence %.2f, %.1f µm2%@",
                message.newestFrame,
                message.rule,
                message.eventType,
                message.eventID,
                message.startFrame,
                message.lateMilliseconds,
                message.confidence,
                message.areaSquareMicrometres,
                message.speedMicrometresPerSecond.map { String(format: ", %.0f µm/s", $0) } ?? ""
            )
        case .suppressed(let message):
            String(
                format: "frame %6d  suppressed  %@: %@ %@, from frame %d on: %@ (%@)",
                message.newestFrame,
                message.rule,
                message.eventType,
                message.eventID,
                message.startFrame,
                message.reason.rawValue,
                message.detail
            )
        case .ended(let message):
            "              \(message.outcome.rawValue)  \(message.triggerID)"
        }
    }
}
