import Imaging
package import Session
package import Triggers

/// A rule fired: what for, and how late.
package struct TriggerMessage: WireMessage {
    /// Rule, event and, live, run: a repeated message has the same identifier, so whoever receives it can act once.
    package var triggerID: String
    package var rule: String
    /// Counts the firings of the rule in the series, from 1.
    package var count: Int
    /// True if no action was carried out.
    package var isDryRun = false
    package var eventID: String
    package var eventType: String
    /// Whether the event was final when the rule fired.
    package var state: EventState
    package var stream: String
    package var seriesID: String
    package var confidence: Double
    package var areaSquareMicrometres: Double
    /// Speed of the event, in µm/s; nil where it was not measured.
    @NullEncoded package var speedMicrometresPerSecond: Double?
    /// [lowest, highest] between which it lies, in µm/s; nil where it is no estimate.
    @NullEncoded package var speedRange: [Double]?
    /// [y0, x0, y1, x1] in pixels, half open.
    package var boundingBox: [Int]
    /// [y, x] in µm from the centre of the first pixel.
    package var centroidMicrometres: [Double]
    /// First frame of the event and newest frame that the decision needed, as acquisition indices.
    package var startFrame: Int
    package var newestFrame: Int
    /// Time from the one to the other, in ms of the recording.
    package var lateMilliseconds: Double
    /// Arrival of the newest frame and moment of the decision since 1970, UTC, in ns; nil for a movie from file.
    @NullEncoded package var readyNanoseconds: Int64?
    @NullEncoded package var firedNanoseconds: Int64?

    package var topic: Topic { .triggerFired }

    /// The firing of a rule for an event.
    package init(_ firing: Firing) {
        let event = firing.observation
        triggerID = firing.triggerID
        rule = firing.rule
        count = firing.count
        eventID = event.eventID
        eventType = event.eventClass.name
        state = event.state
        stream = event.stream
        seriesID = event.seriesID
        confidence = event.confidence
        areaSquareMicrometres = event.areaSquareMicrometres
        speedMicrometresPerSecond = event.speedMicrometresPerSecond
        speedRange = event.speedRange.map { [$0.lowerBound, $0.upperBound] }
        boundingBox = [
            event.rows.lowerBound, event.columns.lowerBound, event.rows.upperBound, event.columns.upperBound,
        ]
        centroidMicrometres = [event.centroidYMicrometres, event.centroidXMicrometres]
        startFrame = event.startFrame
        newestFrame = event.newestFrame
        lateMilliseconds = event.lateMilliseconds
        readyNanoseconds = event.readyNanoseconds
        firedNanoseconds = nil
    }

    enum CodingKeys: String, CodingKey {
        case triggerID = "trigger_id"
        case rule, count
        case isDryRun = "dry_run"
        case eventID = "event_id"
        case eventType = "event_type"
        case state, stream
        case seriesID = "series_id"
        case confidence
        case areaSquareMicrometres = "area_um2"
        case speedMicrometresPerSecond = "speed_um_per_s"
        case speedRange = "speed_range_um_per_s"
        case boundingBox = "bbox"
        case centroidMicrometres = "centroid_um"
        case startFrame = "frame_start"
        case newestFrame = "frame_newest"
        case lateMilliseconds = "late_ms"
        case readyNanoseconds = "t_ready_ns"
        case firedNanoseconds = "t_fired_ns"
    }
}

/// A rule would have fired but for a guard, or an event of its class ended without meeting its conditions.
package struct TriggerSuppressedMessage: WireMessage {
    package var rule: String
    package var reason: Suppression.Reason
    /// The reason in words, with the value and the limit.
    package var detail: String
    package var eventID: String
    package var eventType: String
    package var seriesID: String
    package var startFrame: Int
    package var newestFrame: Int

    package var topic: Topic { .triggerSuppressed }

    package init(_ suppression: Suppression) {
        rule = suppression.rule
        reason = suppression.reason
        detail = suppression.detail
        eventID = suppression.eventID
        eventType = suppression.eventClass.name
        seriesID = suppression.seriesID
        startFrame = suppression.startFrame
        newestFrame = suppression.newestFrame
    }

    enum CodingKeys: String, CodingKey {
        case rule, reason, detail
        case eventID = "event_id"
        case eventType = "event_type"
        case seriesID = "series_id"
        case startFrame = "frame_start"
        case newestFrame = "frame_newest"
    }
}

/// What became of the event that a rule fired for.
package struct TriggerOutcomeMessage: WireMessage {
    package var triggerID: String
    package var rule: String
    package var outcome: FiringOutcome.Outcome

    package var topic: Topic { .triggerOutcome }

    package init(_ outcome: FiringOutcome) {
        triggerID = outcome.triggerID
        rule = outcome.rule
        self.outcome = outcome.outcome
    }

    enum CodingKeys: String, CodingKey {
        case triggerID = "trigger_id"
        case rule, outcome
    }
}

/// How an action ended.
package struct TriggerActionMessage: WireMessage {
    package enum Outcome: String, Codable, Sendable {
        case acknowledged
        /// No attempt was acknowledged in time.
        case failed
        /// Too many triggers waited for the action; it was not carried out.
        case dropped
    }

    package var triggerID: String
    package var rule: String
    /// The action in words, such as `request tcp://127.0.0.1:5560`.
    package var action: String
    package var outcome: Outcome
    package var attempts: Int
    /// From the decision to the first attempt, in ms; nil if there was none.
    @NullEncoded package var sentMilliseconds: Double?
    /// From the decision to the end of the action, in ms.
    package var elapsedMilliseconds: Double
    /// The answer, or what went wrong.
    package var detail: String

    package var topic: Topic { .triggerAction }

    package init(
        trigger: TriggerMessage,
        action: String,
        outcome: Outcome,
        attempts: Int,
        sentMilliseconds: Double?,
        elapsedMilliseconds: Double,
        detail: String
    ) {
        triggerID = trigger.triggerID
        rule = trigger.rule
        self.action = action
        self.outcome = outcome
        self.attempts = attempts
        self.sentMilliseconds = sentMilliseconds?.rounded(decimals: 3)
        self.elapsedMilliseconds = elapsedMilliseconds.rounded(decimals: 3) ?? 0
        self.detail = detail
    }

    enum CodingKeys: String, CodingKey {
        case triggerID = "trigger_id"
        case rule, action, outcome, attempts
        case sentMilliseconds = "sent_ms"
        case elapsedMilliseconds = "elapsed_ms"
        case detail
    }
}

/// A rule was armed or disarmed while the detector runs.
package struct TriggerArmedMessage: WireMessage {
    package var rule: String
    package var isArmed: Bool

    package var topic: Topic { isArmed ? .triggerArmed : .triggerDisarmed }

    package init(_ change: ArmingChange) {
        rule = change.rule
        isArmed = change.isArmed
    }

    enum CodingKeys: String, CodingKey {
        case rule
        case isArmed = "armed"
    }
}
