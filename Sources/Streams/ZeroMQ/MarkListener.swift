import Dispatch
import Foundation
import Imaging
import Synchronization

/// Takes protocol marks from other programs: a ZeroMQ reply socket on a thread of its own.
///
/// A request is the label as text, or a JSON object with the key `mark`. The reply is JSON: `{"ok":true}` with the mark
/// as it was set, or `{"ok":false}` with the error in words.
package final class MarkListener: Sendable {
    /// Where it listens, with the port that the system chose.
    package let endpoint: String

    private let shared: Shared

    private final class Shared: Sendable {
        let started = Mutex<Result<String, StreamError>?>(nil)
        let hasStarted = DispatchSemaphore(value: 0)
        let isStopRequested = Atomic<Bool>(false)
        let running = DispatchGroup()
    }

    /// Time between two looks at a request to stop, in ms.
    private static let pollMilliseconds = 100
    private static let largestRequestBytes = 4096

    /// Starts to listen.
    ///
    /// - Parameters:
    ///   - endpoint: Where, as in `tcp://127.0.0.1:5557`; port `*` takes any free one.
    ///   - context: The ZeroMQ library.
    ///   - set: Sets a mark with a label that was checked; called on the listener's thread.
    /// - Throws: ``StreamError`` if the endpoint cannot be listened on.
    package init(
        endpoint: String,
        context: ZeroMQContext,
        set: @escaping @Sendable (String) -> MarkMessage
    ) throws(StreamError) {
        let shared = Shared()
        shared.running.enter()
        let thread = Thread {
            defer { shared.running.leave() }
            do throws(StreamError) {
                var options = ZeroMQSocketOptions()
                options.receiveTimeoutMilliseconds = Self.pollMilliseconds
                options.sendTimeoutMilliseconds = 0
                options.maximumPartBytes = Self.largestRequestBytes
                let socket = try ZeroMQSocket(.reply, in: context, options: options)
                try socket.bind(to: endpoint)
                let bound = try socket.lastEndpoint
                shared.started.withLock { $0 = .success(bound) }
                shared.hasStarted.signal()
                try Self.answer(on: socket, until: shared, set)
            } catch {
                shared.started.withLock { if $0 == nil { $0 = .failure(error) } }
                shared.hasStarted.signal()
            }
        }
        thread.name = "marks"
        thread.start()
        shared.hasStarted.wait()
        guard let started = shared.started.withLock({ $0 }) else {
            preconditionFailure("the thread reports its start before it signals")
        }
        self.endpoint = try started.get()
        self.shared = shared
    }

    deinit { shared.isStopRequested.store(true, ordering: .relaxed) }

    /// Stops to listen; returns when the socket is closed.
    package func stop() {
        shared.isStopRequested.store(true, ordering: .relaxed)
        shared.running.wait()
    }

    private static func answer(
        on socket: borrowing ZeroMQSocket,
        until shared: Shared,
        _ set: (String) -> MarkMessage
    ) throws(StreamError) {
        var request = ZeroMQMessage(maximumPartCount: 1)
        while !shared.isStopRequested.load(ordering: .relaxed) {
            guard try socket.receive(into: &request) else { continue }
            let reply: MarkReply
            if let label = label(in: request.text(ofPart: 0)) {
                reply = MarkReply(ok: true, mark: set(label), error: nil)
            } else {
                reply = MarkReply(
                    ok: false,
                    mark: nil,
                    error: "a mark is 1 to \(MarkMessage.longestLabel) characters of text, or {\"mark\": text}"
                )
            }
            if let json = try? PlainJSON.encode(reply) { try socket.send(json.bytes) }
        }
    }

    private static func label(in text: String) -> String? {
        struct Request: Decodable {
            let mark: String
        }
        guard text.first == "{" else { return MarkMessage.label(text) }
        return (try? PlainJSON.decode(Request.self, from: Data(text.utf8))).flatMap { MarkMessage.label($0.mark) }
    }
}

/// The answer to a request for a mark.
private struct MarkReply: Encodable {
    let ok: Bool
    let mark: MarkMessage?
    let error: String?
}
