import Foundation
import Imaging
package import Wire

/// Takes protocol marks from other programs: a ZeroMQ reply socket on a thread of its own.
///
/// A request is the label as text, or a JSON object with the key `mark`. The reply is JSON: `{"ok":true}` with the mark
/// as it was set, or `{"ok":false}` with the error in words.
package final class MarkListener: Sendable {
    /// Where it listens, with the port that the system chose.
    package var endpoint: String { listener.endpoint }

    private let listener: ReplyListener

    private static let largestRequestBytes = 4096

    /// Starts to listen.
    ///
    /// - Parameters:
    ///   - endpoint: Where, as in `tcp://127.0.0.1:5557`; port `*` takes any free one.
    ///   - security: Who may set marks.
    ///   - context: The ZeroMQ library.
    ///   - set: Sets a mark with a label that was checked; called on the listener's thread.
    /// - Throws: ``StreamError`` if the endpoint cannot be listened on.
    package init(
        endpoint: String,
        security: SocketSecurity = .none,
        context: ZeroMQContext,
        set: @escaping @Sendable (String) -> MarkMessage
    ) throws {
        listener = try ReplyListener(
            named: "marks",
            endpoint: endpoint,
            security: security,
            context: context,
            largestRequestBytes: Self.largestRequestBytes
        ) { [Array(Self.answer(to: $0, set).utf8)] }
    }

    /// Stops to listen; returns when the socket is closed.
    package func stop() { listener.stop() }

    /// The answer to a request, in JSON; a mark that can be set is set.
    package static func answer(to request: String, _ set: (String) -> MarkMessage) -> String {
        let reply: MarkReply
        if let label = label(in: request) {
            reply = MarkReply(ok: true, mark: set(label), error: nil)
        } else {
            reply = MarkReply(
                ok: false,
                mark: nil,
                error: "a mark is 1 to \(MarkMessage.longestLabel) characters of text, or {\"mark\": text}"
            )
        }
        return (try? PlainJSON.encode(reply)).map { String(decoding: $0, as: UTF8.self) } ?? "{\"ok\":false}"
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
