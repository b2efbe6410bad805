import Streams

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
        var eventType: String
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

    mutating func take(_ observation: Observation) -> [TriggerDecision] {
        let event = observation.event
        var decisions: [TriggerDecision] = []
        if let eventClass = event.eventClass, rule.classes.contains(eventClass), rule.tier.admits(event.state) {
            decisions += consider(observation)
        }
        if event.state == .final { decisions += finish(observation) }
        return decisions
    }

    mutating func take(_ event: RetractedMessage) -> [TriggerDecision] {
        // The final message of the other class ends the event.
        if event.reason == .reclassified { return [] }
        guard let candidate = candidates.removeValue(forKey: event.eventID) else { return [] }
        if let id = candidate.firedID {
            return [.ended(outcome(id, event.reason == .merged ? .merged : .retracted))]
        }
        guard !candidate.hasCounted else { return [] }
        return [
            suppress(
                candidate.since == nil ? .belowThreshold : .dwell,
                candidate.since == nil ? candidate.failure : dwellDetail,
                TriggerSuppressedMessage(
                    rule: rule.name,
                    reason: .dwell,
                    detail: "",
                    eventID: event.eventID,
                    eventType: event.eventType,
                    seriesID: event.seriesID,
                    startFrame: event.startFrame,
                    newestFrame: event.newestFrame
                )
            )
        ]
    }

    /// Looks whether an event of the right class and tier counts now.
    private mutating func consider(_ observation: Observation) -> [TriggerDecision] {
        let event = observation.event
        var candidate = candidates[event.eventID] ?? Candidate(eventType: event.eventType)
        defer { candidates[event.eventID] = candidate }
        guard !candidate.hasCounted else { return [] }
        if let failure = observation.failure(of: rule, isOn: candidate.since != nil) {
            candidate.since = nil
            candidate.failure = failure
            return []
        }
        let now = observation.milliseconds
        let since = candidate.since ?? (event.state == .final ? now - event.durationMilliseconds : now)
        candidate.since = since
        guard now - since >= rule.dwellMilliseconds else { return [] }
        candidate.hasCounted = true
        guard rate?.count(onsetMilliseconds: observation.onsetMilliseconds) ?? true else { return [] }
        let decision = fire(observation)
        if case .fired(let message) = decision {
            candidate.firedID = message.triggerID
            rate?.hasFired()
        }
        return [decision]
    }

    /// Ends an event that can change no more.
    private mutating func finish(_ observation: Observation) -> [TriggerDecision] {
        let event = observation.event
        guard let candidate = candidates.removeValue(forKey: event.eventID) else { return [] }
        if let id = candidate.firedID {
            return [.ended(outcome(id, candidate.eventType == event.eventType ? .confirmed : .reclassified))]
        }
        guard !candidate.hasCounted else { return [] }
        return [
            suppress(
                candidate.since == nil ? .belowThreshold : .dwell,
                candidate.since == nil ? candidate.failure : dwellDetail,
                suppression(of: observation)
            )
        ]
    }

    // MARK: Guards

    private mutating func fire(_ observation: Observation) -> TriggerDecision {
        let now = observation.milliseconds
        let suppression = suppression(of: observation)
        if !isArmed { return suppress(.disarmed, "the rule is disarmed", suppression) }
        if now < holdOffEnd {
            return suppress(.holdOff, "\(Self.text(holdOffEnd - now)) ms before the end of the hold-off", suppression)
        }
        if let lastFiring, now - lastFiring < rule.refractoryMilliseconds {
            let detail = "\(Self.text(now - lastFiring)) of \(Self.text(rule.refractoryMilliseconds)) ms after the last"
            return suppress(.refractory, detail, suppression)
        }
        if let maximum = rule.maximumCount, firedInSeries >= maximum {
            return suppress(.maximumCount, "fired \(maximum) times in this series", suppression)
        }
        lastFiring = now
        firedInSeries += 1
        firedCount += 1
        return .fired(
            TriggerMessage(
                rule: rule.name,
                count: firedInSeries,
                event: observation.event,
                speed: observation.speed,
                newestFrame: observation.newestFrame,
                lateMilliseconds: observation.lateMilliseconds
            )
        )
    }

    private mutating func suppress(
        _ reason: TriggerSuppressedMessage.Reason,
        _ detail: String,
        _ message: TriggerSuppressedMessage
    ) -> TriggerDecision {
        suppressedCount += 1
        var message = message
        message.reason = reason
        message.detail = detail
        return .suppressed(message)
    }

    private func suppression(of observation: Observation) -> TriggerSuppressedMessage {
        TriggerSuppressedMessage(
            rule: rule.name,
            reason: .belowThreshold,
            detail: "",
            eventID: observation.event.eventID,
            eventType: observation.event.eventType,
            seriesID: observation.event.seriesID,
            startFrame: observation.event.startFrame,
            newestFrame: observation.newestFrame
        )
    }

    private func outcome(_ triggerID: String, _ outcome: TriggerOutcomeMessage.Outcome) -> TriggerOutcomeMessage {
        TriggerOutcomeMessage(triggerID: triggerID, rule: rule.name, outcome: outcome)
    }

    private var dwellDetail: String { "over before \(Self.text(rule.dwellMilliseconds)) ms" }

    private static func text(_ milliseconds: Double) -> String { "\(Int(milliseconds.rounded()))" }
}
