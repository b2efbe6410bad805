import Foundation
import Imaging
import Wire
package import ZeroMQ

/// Takes commands on a ZeroMQ REP socket while the detector runs, on a thread of its own.
///
/// Commands are texts: `arm`, `disarm`, each for all rules or followed by the name of one, and `status`. Every answer
/// is a JSON object with `ok` and the state of all rules.
package final class TriggerControl: Sendable {
    /// Where it listens, with the port that the system chose.
    package var endpoint: String { listener.endpoint }

    private let listener: ReplyListener

    /// Starts to listen.
    ///
    /// - Parameters:
    ///   - endpoint: as in `tcp://127.0.0.1:5558`.
    ///   - security: who may command.
    ///   - system: the rules.
    ///   - context: the ZeroMQ library.
    /// - Throws: `StreamError` if the endpoint cannot be listened on.
    package init(
        endpoint: String,
        security: SocketSecurity = .none,
        system: TriggerSystem,
        context: ZeroMQContext
    ) throws {
        listener = try ReplyListener(
            named: "trigger control",
            endpoint: endpoint,
            security: security,
            context: context,
            largestRequestBytes: 4096
        ) { [Array(Self.answer(to: $0, system).utf8)] }
    }

    /// Stops to listen; returns when the socket is closed.
    package func finish() { listener.stop() }

    private struct Answer: Encodable {
        var ok: Bool
        var error: String?
        var rules: [String: TriggerCounters]
    }

    /// Does what a command says.
    package static func answer(to command: String, _ system: TriggerSystem) -> String {
        let words = command.split(separator: " ", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
        let rule = words.count > 1 ? words[1] : nil
        var error: String?
        switch words.first {
        case "arm", "disarm":
            if !system.arm(words[0] == "arm", rule: rule) { error = "no rule has the name '\(rule ?? "")'" }
        case "status": break
        default: error = "unknown command; use arm, arm RULE, disarm, disarm RULE or status"
        }
        let answer = Answer(ok: error == nil, error: error, rules: system.counters)
        return (try? PlainJSON.encode(answer)).map { String(decoding: $0, as: UTF8.self) } ?? "{\"ok\":false}"
    }
}
