import Detection
import Foundation
import Imaging
import Journal
import Session
import Triggers
import Wire

/// Rules applied to a recording; nothing is acted upon.
final class TriggerTrial: SeriesSink {
    private(set) var decisions: [TriggerDecision] = []
    private var engine: TriggerEngine
    private var context: SeriesContext?
    /// In ms; nil before a series has said it.
    private var interval: Double?
    /// Regions that are there whatever the journal says.
    private let given: [DrawnRegion]
    /// All that were drawn at some time.
    private(set) var drawn: [DrawnRegion]

    /// - Parameters:
    ///   - rules: what to do when.
    ///   - regions: that are drawn all the time.
    init(_ rules: TriggerRules, regions: [DrawnRegion]) {
        engine = TriggerEngine(rules)
        given = regions
        drawn = regions
        engine.draw(regions)
    }

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
            guard let content = try? JournalEntry.Content(line: Data(line)) else { continue }
            isJournal = take(content, announced: &announced, decided: &decided) || isJournal
        }
        guard isJournal else { throw JournalReadError.noMessages(path: path) }
        return EventClass.allCases.filter { decided.contains($0) && !announced.contains($0) }
    }

    /// - Returns: whether it says something about events.
    private func take(
        _ content: JournalEntry.Content,
        announced: inout Set<EventClass>,
        decided: inout Set<EventClass>
    ) -> Bool {
        switch content {
        case .seriesStart(let start):
            startSeries(firstFrame: start.firstFrame, frameIntervalMilliseconds: start.frameIntervalMilliseconds)
        case .event(let message):
            guard let event = Observation(message, frameIntervalMilliseconds: interval) else { return true }
            if event.state == .final { decided.insert(event.eventClass) } else { announced.insert(event.eventClass) }
            decisions += engine.take(event)
        case .retracted(let message): decisions += Withdrawal(message).map { engine.take($0) } ?? []
        case .gap(let gap): noteGap(endFrame: gap.firstFrame + gap.frameCount)
        case .regions(let message):
            let names = Set(given.map(\.name))
            let others = message.drawn.filter { !names.contains($0.name) }
            engine.draw(given + others)
            drawn += others
        default: return false
        }
        return true
    }

    func seriesStarted(_ start: SeriesStart) {
        context = start.context
        startSeries(
            firstFrame: start.firstFrame,
            frameIntervalMilliseconds: start.context.calibration.frameIntervalMilliseconds
        )
    }

    func announced(_ update: ProvisionalUpdate) {
        guard let context else { return }
        decisions += update.found.flatMap { engine.take(Observation($0, in: context)) }
        decisions += update.retracted.flatMap {
            engine.take(Withdrawal($0, newestFrame: update.newestFrame, in: context))
        }
    }

    func decided(_ batch: DetectionBatch, _ events: [FinalEvent]) {
        guard let context else { return }
        decisions += events.flatMap { engine.take(Observation($0, in: context)) }
    }

    func framesMissing(_ gap: Gap) { noteGap(endFrame: gap.firstFrame + gap.frameCount) }

    private func startSeries(firstFrame: Int, frameIntervalMilliseconds: Double) {
        interval = frameIntervalMilliseconds
        engine.startSeries(firstFrame: firstFrame, frameIntervalMilliseconds: frameIntervalMilliseconds)
    }

    private func noteGap(endFrame: Int) {
        engine.noteGap(endFrame: endFrame, frameIntervalMilliseconds: interval ?? 0)
    }
}

/// How often rules fired and were suppressed.
struct TriggerTally {
    private var fired = 0
    private var outcomes: [FiringOutcome.Outcome: Int] = [:]
    private var suppressed: [Suppression.Reason: Int] = [:]

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
        case .fired(let firing):
            String(
                format:
                    "frame %6d  fired       %@: %@ %@, from frame %d on, %.0f ms after it; confidence %.2f, %.1f µm2%@",
                firing.observation.newestFrame,
                firing.rule,
                firing.observation.eventClass.name,
                firing.observation.eventID,
                firing.observation.startFrame,
                firing.observation.lateMilliseconds,
                firing.observation.confidence,
                firing.observation.areaSquareMicrometres,
                firing.observation.speedMicrometresPerSecond.map { String(format: ", %.0f µm/s", $0) } ?? ""
            )
        case .suppressed(let suppression):
            String(
                format: "frame %6d  suppressed  %@: %@ %@, from frame %d on: %@ (%@)",
                suppression.newestFrame,
                suppression.rule,
                suppression.eventClass.name,
                suppression.eventID,
                suppression.startFrame,
                suppression.reason.rawValue,
                suppression.detail
            )
        case .ended(let outcome):
            "              \(outcome.outcome.rawValue)  \(outcome.triggerID)"
        }
    }
}
