/// A rule fired: what for, and how late.
public struct TriggerMessage: WireMessage {
    /// Rule, event and, live, run: a repeated message has the same identifier, so whoever receives it can act once.
    public var triggerID: String
    public var rule: String
    /// Counts the firings of the rule in the series, from 1.
    public var count: Int
    /// True if no action was carried out.
    public var isDryRun = false
    public var eventID: String
    public var eventType: String
    /// Whether the event was final when the rule fired.
    public var state: EventState
    public var stream: String
    public var seriesID: String
    public var confidence: Double
    public var areaSquareMicrometres: Double
    /// Speed of the event, in µm/s; nil where it was not measured.
    @NullEncoded public var speedMicrometresPerSecond: Double?
    /// [y0, x0, y1, x1] in pixels, half open.
    public var boundingBox: [Int]
    /// [y, x] in µm from the centre of the first pixel.
    public var centroidMicrometres: [Double]
    /// First frame of the event and newest frame that the decision needed, as acquisition indices.
    public var startFrame: Int
    public var newestFrame: Int
    /// Time from the one to the other, in ms of the recording.
    public var lateMilliseconds: Double
    /// Arrival of the newest frame and moment of the decision since 1970, UTC, in ns; nil for a movie from file.
    @NullEncoded public var readyNanoseconds: Int64?
    @NullEncoded public var firedNanoseconds: Int64?

    public var topic: Topic { .triggerFired }

    /// The firing of a rule for an event.
    public init(
        rule: String,
        count: Int,
        event: EventMessage,
        speed: Double?,
        newestFrame: Int,
        lateMilliseconds: Double
    ) {
        triggerID = "\(rule)-\(event.eventID)"
        self.rule = rule
        self.count = count
        eventID = event.eventID
        eventType = event.eventType
        state = event.state
        stream = event.stream
        seriesID = event.seriesID
        confidence = event.confidence
        areaSquareMicrometres = event.areaSquareMicrometres
        speedMicrometresPerSecond = speed
        boundingBox = event.boundingBox
        centroidMicrometres = event.centroidMicrometres
        startFrame = event.startFrame
        self.newestFrame = newestFrame
        self.lateMilliseconds = lateMilliseconds
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
public struct TriggerSuppressedMessage: WireMessage {
    public enum Reason: String, Codable, Sendable, CaseIterable {
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

    public var rule: String
    public var reason: Reason
    /// The reason in words, with the value and the limit.
    public var detail: String
    public var eventID: String
    public var eventType: String
    public var seriesID: String
    public var startFrame: Int
    public var newestFrame: Int

    public var topic: Topic { .triggerSuppressed }

    public init(
        rule: String,
        reason: Reason,
        detail: String,
        eventID: String,
        eventType: String,
        seriesID: String,
        startFrame: Int,
        newestFrame: Int
    ) {
        self.rule = rule
        self.reason = reason
        self.detail = detail
        self.eventID = eventID
        self.eventType = eventType
        self.seriesID = seriesID
        self.startFrame = startFrame
        self.newestFrame = newestFrame
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
public struct TriggerOutcomeMessage: WireMessage {
    public enum Outcome: String, Codable, Sendable {
        /// The event is final, in the class for which the rule fired.
        case confirmed
        /// It is final in another class.
        case reclassified
        /// It is part of another event.
        case merged
        /// There is no final event: a false trigger.
        case retracted
    }

    public var triggerID: String
    public var rule: String
    public var outcome: Outcome

    public var topic: Topic { .triggerOutcome }

    public init(triggerID: String, rule: String, outcome: Outcome) {
        self.triggerID = triggerID
        self.rule = rule
        self.outcome = outcome
    }

    enum CodingKeys: String, CodingKey {
        case triggerID = "trigger_id"
        case rule, outcome
    }
}

/// How an action ended.
public struct TriggerActionMessage: WireMessage {
    public enum Outcome: String, Codable, Sendable {
        case acknowledged
        /// No attempt was acknowledged in time.
        case failed
        /// Too many triggers waited for the action; it was not carried out.
        case dropped
    }

    public var triggerID: String
    public var rule: String
    /// The action in words, such as `request tcp://127.0.0.1:5560`.
    public var action: String
    public var outcome: Outcome
    public var attempts: Int
    /// From the decision to the end of the action, in ms.
    public var elapsedMilliseconds: Double
    /// The answer, or what went wrong.
    public var detail: String

    public var topic: Topic { .triggerAction }

    public init(
        trigger: TriggerMessage,
        action: String,
        outcome: Outcome,
        attempts: Int,
        elapsedMilliseconds: Double,
        detail: String
    ) {
        triggerID = trigger.triggerID
        rule = trigger.rule
        self.action = action
        self.outcome = outcome
        self.attempts = attempts
        self.elapsedMilliseconds = elapsedMilliseconds.rounded(decimals: 3) ?? 0
        self.detail = detail
    }

    enum CodingKeys: String, CodingKey {
        case triggerID = "trigger_id"
        case rule, action, outcome, attempts
        case elapsedMilliseconds = "elapsed_ms"
        case detail
    }
}

/// A rule was armed or disarmed while the detector runs.
public struct TriggerArmedMessage: WireMessage {
    public var rule: String
    public var isArmed: Bool

    public var topic: Topic { isArmed ? .triggerArmed : .triggerDisarmed }

    public init(rule: String, isArmed: Bool) {
        self.rule = rule
        self.isArmed = isArmed
    }

    enum CodingKeys: String, CodingKey {
        case rule
        case isArmed = "armed"
    }
}
