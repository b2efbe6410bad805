package import Foundation
import Streams
import Synchronization

/// What a viewer wants of a trigger rule.
public struct TriggerArming: Sendable, Equatable {
    public var rule: String
    public var isArmed: Bool

    public init(rule: String, isArmed: Bool) {
        self.rule = rule
        self.isArmed = isArmed
    }
}

/// Keeps what viewers want of trigger rules until it is carried out; safe to use from any thread.
package final class ArmingDesk: Sendable {
    /// Wishes that wait at most; they are taken ten times a second, and nobody has more in earnest.
    private static let waitingLimit = 100
    private static let longestRuleName = 256

    private let waiting = Mutex<[TriggerArming]>([])

    package init() {}

    /// A command of a viewer: `{"command":"disarm","rule":"wave"}`, or `arm`; others are ignored.
    package func take(_ command: Data) {
        struct Command: Decodable {
            let command: String
            let rule: String?
        }
        guard let command = try? WireJSON.decode(Command.self, from: command), let rule = command.rule,
            ["arm", "disarm"].contains(command.command), (1...Self.longestRuleName).contains(rule.utf8.count)
        else { return }
        waiting.withLock { waiting in
            guard waiting.count < Self.waitingLimit else { return }
            waiting.append(TriggerArming(rule: rule, isArmed: command.command == "arm"))
        }
    }

    /// The wishes since the last call, the oldest first.
    package func takeAll() -> [TriggerArming] {
        waiting.withLock { waiting in
            defer { waiting = [] }
            return waiting
        }
    }
}
