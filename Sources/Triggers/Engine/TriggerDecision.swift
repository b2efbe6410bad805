package import Imaging

/// What the rules make of what is known of an event.
package enum TriggerDecision: Sendable, Equatable {
    case fired(Firing)
    case suppressed(Suppression)
    case ended(FiringOutcome)
}

/// A rule fired: what for.
package struct Firing: Sendable, Equatable {
    /// Rule, event and, live, run: a repeated message has the same identifier, so whoever receives it can act once.
    package var triggerID: String
    package var rule: String
    /// Counts the firings of the rule in the series, from 1.
    package var count: Int
    package var observation: Observation

    package init(
        triggerID: String,
        rule: String,
        count: Int,
        observation: Observation
    ) {
        self.triggerID = triggerID
        self.rule = rule
        self.count = count
        self.observation = observation
    }
}

/// A rule would have fired but for a guard, or an event of its class ended without meeting its conditions.
package struct Suppression: Sendable, Equatable {
    package enum Reason: String, Codable, Sendable, CaseIterable {
        case disarmed
        /// Too soon after the start of the series or a gap.
        case holdOff = "hold_off"
        /// Too soon after the last firing.
        case refractory
        /// The rule has fired as often as it may in a series.
        case maximumCount = "maximum_count"
        /// The event met the conditions for too short a time.
        case dwell
        /// The event never met the conditions.
        case belowThreshold = "below_threshold"
    }

    package var rule: String
    package var reason: Reason
    /// The reason in words, with the value and the limit.
    package var detail: String
    package var eventID: String
    package var eventClass: EventClass
    package var seriesID: String
    package var startFrame: Int
    package var newestFrame: Int

    package init(
        rule: String,
        reason: Reason,
        detail: String,
        eventID: String,
        eventClass: EventClass,
        seriesID: String,
        startFrame: Int,
        newestFrame: Int
    ) {
        self.rule = rule
        self.reason = reason
        self.detail = detail
        self.eventID = eventID
        self.eventClass = eventClass
        self.seriesID = seriesID
        self.startFrame = startFrame
        self.newestFrame = newestFrame
    }
}

/// What became of the event that a rule fired for.
package struct FiringOutcome: Sendable, Equatable {
    package enum Outcome: String, Codable, Sendable {
        /// The event is final, in the class for which the rule fired.
        case confirmed
        /// It is final in another class.
        case reclassified
        /// It is part of another event.
        case merged
        /// There is no final event: a false trigger.
        case retracted
    }

    package var triggerID: String
    package var rule: String
    package var outcome: Outcome

    package init(
        triggerID: String,
        rule: String,
        outcome: Outcome
    ) {
        self.triggerID = triggerID
        self.rule = rule
        self.outcome = outcome
    }
}

/// A rule was armed or disarmed while the detector runs.
package struct ArmingChange: Sendable, Equatable {
    package var rule: String
    package var isArmed: Bool

    package init(
        rule: String,
        isArmed: Bool
    ) {
        self.rule = rule
        self.isArmed = isArmed
    }
}

/// What a rule has done so far, for heartbeats.
package struct TriggerStatus: Sendable, Equatable {
    package var rule: String
    package var isArmed: Bool
    package var fired = 0
    package var suppressed = 0
}
