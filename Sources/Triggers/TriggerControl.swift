import Dispatch
import Foundation
import Imaging
package import Streams
import Synchronization

/// Takes commands on a ZeroMQ REP socket while the detector runs, on a thread of its own.
///
/// Commands are texts: `arm`, `disarm`, each for all rules or followed by the name of one, and `status`. Every answer
/// is a JSON object with `ok` and the state of all rules.
package final class TriggerControl: Sendable {
    /// Where it listens, with the port that the system chose.
    package let endpoint: String

    private let shared: Shared

    private final class Shared: Sendable {
        let shouldStop = Atomic(false)
        let started = Mutex<Result<String, any Error>?>(nil)
        let hasStarted = DispatchSemaphore(value: 0)
        let running = DispatchGroup()
    }

    /// Starts to listen.
    ///
    /// - Parameters:
    ///   - endpoint: as in `tcp://127.0.0.1:5558`.
    ///   - system: the rules.
    ///   - context: the ZeroMQ library.
    /// - Throws: `StreamError` if the endpoint cannot be listened on.
    package init(endpoint: String, system: TriggerSystem, context: ZeroMQContext) throws {
        let shared = Shared()
        shared.running.enter()
        let thread = Thread {
            defer { shared.running.leave() }
            do {
                var options = ZeroMQSocketOptions()
                options.receiveTimeoutMilliseconds = 100
                options.sendTimeoutMilliseconds = 100
                options.maximumPartBytes = 4096
                let socket = try ZeroMQSocket(.reply, in: context, options: options)
                try socket.bind(to: endpoint)
                let bound = try socket.lastEndpoint
                shared.started.withLock { $0 = .success(bound) }
                shared.hasStarted.signal()
                var message = ZeroMQMessage()
                while !shared.shouldStop.load(ordering: .relaxed) {
                    guard try socket.receive(into: &message) else { continue }
                    try socket.send(Self.answer(to: message.text(ofPart: 0), system))
                }
            } catch {
                shared.started.withLock { $0 = $0 ?? .failure(error) }
                shared.hasStarted.signal()
            }
        }
        thread.name = "trigger control"
        thread.start()
        shared.hasStarted.wait()
        guard let bound = try shared.started.withLock({ try $0?.get() }) else {
            preconditionFailure("the thread reports its start before it signals")
        }
        self.endpoint = bound
        self.shared = shared
    }

    /// Stops to listen; returns when the socket is closed.
    package func finish() {
        shared.shouldStop.store(true, ordering: .relaxed)
        shared.running.wait()
    }

    private struct Answer: Encodable {
        var ok: Bool
        var error: String?
        var rules: [String: TriggerCounters]
    }

    /// Does what a command says.
    static func answer(to command: String, _ system: TriggerSystem) -> String {
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
