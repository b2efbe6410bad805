public import Streams

/// What the rules make of a message on an event.
public enum TriggerDecision: Sendable, Equatable {
    case fired(TriggerMessage)
    case suppressed(TriggerSuppressedMessage)
    case ended(TriggerOutcomeMessage)

    public var message: any WireMessage {
        switch self {
        case .fired(let message): message
        case .suppressed(let message): message
        case .ended(let message): message
        }
    }
}

/// What a rule has done so far, for heartbeats.
public struct TriggerStatus: Sendable, Equatable {
    public var rule: String
    public var isArmed: Bool
    public var fired = 0
    public var suppressed = 0
}
