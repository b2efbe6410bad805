package import Streams

/// What the rules make of a message on an event.
package enum TriggerDecision: Sendable, Equatable {
    case fired(TriggerMessage)
    case suppressed(TriggerSuppressedMessage)
    case ended(TriggerOutcomeMessage)

    package var message: any WireMessage {
        switch self {
        case .fired(let message): message
        case .suppressed(let message): message
        case .ended(let message): message
        }
    }
}

/// What a rule has done so far, for heartbeats.
package struct TriggerStatus: Sendable, Equatable {
    package var rule: String
    package var isArmed: Bool
    package var fired = 0
    package var suppressed = 0
}
