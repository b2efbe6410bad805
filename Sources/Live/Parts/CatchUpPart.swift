import Journal
package import ZeroMQ

/// Serves subscribers what they missed, from the journal, on a thread of its own.
package final class CatchUpPart: LivePart {
    private let listener: ReplyListener

    /// Starts to listen.
    ///
    /// - Parameters:
    ///   - endpoint: Where, as in `tcp://127.0.0.1:5559`.
    ///   - folder: Where the journals are.
    ///   - security: Who may ask.
    ///   - context: The ZeroMQ library.
    /// - Throws: `StreamError` if the endpoint cannot be listened on.
    package init(endpoint: String, folder: String, security: SocketSecurity, context: ZeroMQContext) throws {
        let catchUp = CatchUp(folder: folder)
        listener = try ReplyListener(
            named: "catch-up",
            endpoint: endpoint,
            security: security,
            context: context,
            largestRequestBytes: CatchUp.largestRequestBytes
        ) { catchUp.answer(to: $0) }
    }

    package var introduction: [String] { ["what subscribers missed on \(listener.endpoint)"] }

    package func finishPublished() { listener.stop() }
}
