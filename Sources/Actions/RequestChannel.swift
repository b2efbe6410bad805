import Foundation
import Imaging
import Triggers
import ZeroMQ

/// Asks a ZeroMQ REP socket and waits for the answer; asks again, on a new socket, if none comes in time.
///
/// A repeated request is the same text with the same identifier: the peer may have acted on the first one, and its answer been
/// lost. Stays on one thread.
final class RequestChannel {
    private let endpoint: String
    private let security: SocketSecurity
    private let retries: TriggerAction.Retries
    private let context: ZeroMQContext
    private var socket: ZeroMQSocket?
    private var message = ZeroMQMessage()

    init(endpoint: String, security: SocketSecurity, retries: TriggerAction.Retries, context: ZeroMQContext) {
        self.endpoint = endpoint
        self.security = security
        self.retries = retries
        self.context = context
        // Connected before the first trigger, so that this one need not wait for it.
        try? connect()
    }

    /// Sends a text until it is answered.
    ///
    /// - Returns: acknowledged if there was an answer that is no refusal: a text that begins with `error`, or a JSON
    ///   object whose `ok` is false.
    func request(_ text: String) -> ActionResult {
        var failure = ""
        for attempt in 1...retries.attempts {
            do {
                guard let answer = try exchange(text) else {
                    failure = "no answer within \(retries.timeoutMilliseconds) ms"
                    socket = nil
                    continue
                }
                return ActionResult(
                    isAcknowledged: !Self.isRefusal(answer),
                    attempts: attempt,
                    detail: ActionResult.shortened(answer)
                )
            } catch {
                failure = "\(error)"
                socket = nil
            }
        }
        return ActionResult(isAcknowledged: false, attempts: retries.attempts, detail: failure)
    }

    private func connect() throws(StreamError) {
        var options = ZeroMQSocketOptions()
        options.security = security
        options.receiveTimeoutMilliseconds = retries.timeoutMilliseconds
        options.sendTimeoutMilliseconds = retries.timeoutMilliseconds
        let socket = try ZeroMQSocket(.request, in: context, options: options)
        try socket.connect(to: endpoint)
        self.socket = consume socket
    }

    /// The answer; nil if none came in time.
    private func exchange(_ text: String) throws(StreamError) -> String? {
        if socket == nil { try connect() }
        guard try socket?.send(text) == true, try socket?.receive(into: &message) == true else { return nil }
        return message.text(ofPart: 0)
    }

    private static func isRefusal(_ answer: String) -> Bool {
        struct Answer: Decodable { var ok: Bool? }
        if answer.lowercased().hasPrefix("error") { return true }
        return (try? PlainJSON.decode(Answer.self, from: Data(answer.utf8)))?.ok == false
    }
}
