package import Foundation
import Streams

/// What a viewer wants of a trigger rule.
public struct TriggerArming: Sendable, Equatable {
    public var rule: String
    public var isArmed: Bool

    public init(rule: String, isArmed: Bool) {
        self.rule = rule
        self.isArmed = isArmed
    }
}

/// What a viewer asks for.
package enum ViewerCommand: Equatable {
    /// Set a mark with this label: `{"command":"mark","label":"ISO 100 nM"}`, at a frame that was seen before with
    /// `"frame":4711`.
    case mark(label: String, frame: Int?)
    /// Arm or disarm a trigger rule: `{"command":"disarm","rule":"wave"}`, or `arm`.
    case arm(TriggerArming)

    private static let longestRuleName = 256

    /// Nil for anything that is no command.
    package init?(_ json: Data) {
        struct Content: Decodable {
            let command: String
            let label: String?
            let frame: Int?
            let rule: String?
        }
        guard let content = try? WireJSON.decode(Content.self, from: json) else { return nil }
        switch content.command {
        case "mark":
            guard let label = MarkMessage.label(content.label ?? "") else { return nil }
            self = .mark(label: label, frame: content.frame)
        case "arm", "disarm":
            guard let rule = content.rule, (1...Self.longestRuleName).contains(rule.utf8.count) else { return nil }
            self = .arm(TriggerArming(rule: rule, isArmed: content.command == "arm"))
        default: return nil
        }
    }
}
