import Foundation
import Imaging
import Session

/// One rule at work: which events meet its conditions, since when, and what it has done.
///
/// Events are forgotten when they are final or taken back, so memory is bounded by the provisional events that the
/// detector announces at a time.
struct RuleState {
    let rule: TriggerRule
    var isArmed: Bool

    private var candidates: [String: Candidate] = [:]
    private var rate: EventRate?
    private var firedInSeries = 0
    private var firedCount = 0
    private var suppressedCount = 0
    private var lastFiring: Double?
    private var holdOffEnd = -Double.infinity

    private struct Candidate {
        /// When it first met the conditions without a break; nil while it does not.
        var since: Double?
        var hasCounted = false
        var firedID: String?
        var eventClass: EventClass
        var failure = ""
    }

    init(_ rule: TriggerRule) {
        self.rule = rule
        isArmed = rule.isArmed
        rate = rule.rate.map(EventRate.init)
    }

    var status: TriggerStatus {
        TriggerStatus(rule: rule.name, isArmed: isArmed, fired: firedCount, suppressed: suppressedCount)
    }

    mutating func startSeries(atMilliseconds start: Double) {
        candidates = [:]
        rate = rule.rate.map(EventRate.init)
        firedInSeries = 0
        lastFiring = nil
        holdOffEnd = -.infinity
        holdOff(fromMilliseconds: start)
    }

    mutating func holdOff(fromMilliseconds start: Double) {
        guard rule.holdOffMilliseconds > 0 else { return }
        holdOffEnd = max(holdOffEnd, start + rule.holdOffMilliseconds)
    }

    // MARK: Events

    mutating func take(_ event: Observation, in regions: [String: DrawnRegion]) -> [TriggerDecision] {
        var decisions: [TriggerDecision] = []
        if rule.classes.contains(event.eventClass), rule.tier.admits(event.state) {
            decisions += consider(event, in: regions)
        }
        if event.state == .final { decisions += finish(event) }
        return decisions
    }

    mutating func take(_ event: Withdrawal) -> [TriggerDecision] {
        // The final event of the other class ends it.
        if event.reason == .reclassified { return [] }
        guard let candidate = candidates.removeValue(forKey: event.eventID) else { return [] }
        if let id = candidate.firedID {
            return [.ended(outcome(id, event.reason == .merged ? .merged : .retracted))]
        }
        guard !candidate.hasCounted else { return [] }
        return [
            suppress(
                Suppression(
                    rule: rule.name,
                    reason: candidate.since == nil ? .belowThreshold : .dwell,
                    detail: candidate.since == nil ? candidate.failure : dwellDetail,
                    eventID: event.eventID,
                    eventClass: event.eventClass,
                    seriesID: event.seriesID,
                    startFrame: event.startFrame,
                    newestFrame: event.newestFrame
                )
            )
        ]
    }

    /// Looks whether an event of the right class and tier counts now.
    private mutating func consider(_ event: Observation, in regions: [String: DrawnRegion]) -> [TriggerDecision] {
        var candidate = candidates[event.eventID] ?? Candidate(eventClass: event.eventClass)
        defer { candidates[event.eventID] = candidate }
        guard !candidate.hasCounted else { return [] }
        if let failure = event.failure(of: rule, in: regions, isOn: candidate.since != nil) {
            candidate.since = nil
            candidate.failure = failure
            return []
        }
        let now = event.milliseconds
        let since = candidate.since ?? (event.state == .final ? now - event.durationMilliseconds : now)
        candidate.since = since
        guard now - since >= rule.dwellMilliseconds else { return [] }
        candidate.hasCounted = true
        guard rate?.count(onsetMilliseconds: event.onsetMilliseconds) ?? true else { return [] }
        let decision = fire(event)
        if case .fired(let firing) = decision {
            candidate.firedID = firing.triggerID
            rate?.hasFired()
        }
        return [decision]
    }

    /// Ends an event that can change no more.
    private mutating func finish(_ event: Observation) -> [TriggerDecision] {
        guard let candidate = candidates.removeValue(forKey: event.eventID) else { return [] }
        if let id = candidate.firedID {
            return [.ended(outcome(id, candidate.eventClass == event.eventClass ? .confirmed : .reclassified))]
        }
        guard !candidate.hasCounted else { return [] }
        return [
            suppress(
                event,
                candidate.since == nil ? .belowThreshold : .dwell,
                candidate.since == nil ? candidate.failure : dwellDetail
            )
        ]
    }

    // MARK: Guards

    private mutating func fire(_ event: Observation) -> TriggerDecision {
        let now = event.milliseconds
        if !isArmed { return suppress(event, .disarmed, "the rule is disarmed") }
        if now < holdOffEnd {
            return suppress(event, .holdOff, "\(Self.text(holdOffEnd - now)) ms before the end of the hold-off")
        }
        if let lastFiring, now - lastFiring < rule.refractoryMilliseconds {
            let detail = "\(Self.text(now - lastFiring)) of \(Self.text(rule.refractoryMilliseconds)) ms after the last"
            return suppress(event, .refractory, detail)
        }
        if let maximum = rule.maximumCount, firedInSeries >= maximum {
            return suppress(event, .maximumCount, "fired \(maximum) times in this series")
        }
        lastFiring = now
        firedInSeries += 1
        firedCount += 1
        return .fired(
            Firing(
                triggerID: "\(rule.name)-\(event.eventID)",
                rule: rule.name,
                count: firedInSeries,
                observation: event
            )
        )
    }

    private mutating func suppress(
        _ event: Observation,
        _ reason: Suppression.Reason,
        _ detail: String
    ) -> TriggerDecision {
        suppress(
            Suppression(
                rule: rule.name,
                reason: reason,
                detail: detail,
                eventID: event.eventID,
                eventClass: event.eventClass,
                seriesID: event.seriesID,
                startFrame: event.startFrame,
                newestFrame: event.newestFrame
            )
        )
    }

    private mutating func suppress(_ suppression: Suppression) -> TriggerDecision {
        suppressedCount += 1
        return .suppressed(suppression)
    }

    private func outcome(_ triggerID: String, _ outcome: FiringOutcome.Outcome) -> FiringOutcome {
        FiringOutcome(triggerID: triggerID, rule: rule.name, outcome: outcome)
    }

    private var dwellDetail: String { "over before \(Self.text(rule.dwellMilliseconds)) ms" }

    private static func text(_ milliseconds: Double) -> String { String(format: "%.0f", milliseconds) }
}
