import Session
import Synchronization

/// Answers requests of other programs: a ZeroMQ reply socket on a thread of its own.
package final class ReplyListener: Sendable {
    /// Where it listens, with the port that the system chose.
    package let endpoint: String

    private let thread: WorkerThread
    private let stopRequest: StopRequest

    private final class StopRequest: Sendable {
        let isMade = Atomic<Bool>(false)
    }

    /// Time between two looks at a request to stop, in ms.
    private static let pollMilliseconds = 100
    /// Requests, and answers, of a peer that wait at most.
    private static let mostWaiting = 16

    /// Starts to listen.
    ///
    /// - Parameters:
    ///   - name: Of the thread.
    ///   - endpoint: Where, as in `tcp://127.0.0.1:5557`; port `*` takes any free one.
    ///   - security: Who may ask.
    ///   - context: The ZeroMQ library.
    ///   - largestRequestBytes: Longer requests are not taken.
    ///   - answer: The parts to answer the first part of a request with; called on the listener's thread.
    /// - Throws: ``StreamError`` if the endpoint cannot be listened on.
    package init(
        named name: String,
        endpoint: String,
        security: SocketSecurity = .none,
        context: ZeroMQContext,
        largestRequestBytes: Int,
        answer: @escaping @Sendable (String) -> [[UInt8]]
    ) throws {
        let stopRequest = StopRequest()
        (thread, self.endpoint) = try WorkerThread.start(named: name) { hasStarted in
            var options = ZeroMQSocketOptions()
            options.name = name
            options.connectionLimits = .requesters
            options.security = security
            options.receiveHighWaterMark = Self.mostWaiting
            options.sendHighWaterMark = Self.mostWaiting
            options.receiveTimeoutMilliseconds = Self.pollMilliseconds
            options.sendTimeoutMilliseconds = Self.pollMilliseconds
            options.maximumPartBytes = largestRequestBytes
            let socket = try ZeroMQSocket(.reply, in: context, options: options)
            try socket.bind(to: endpoint)
            hasStarted(try socket.lastEndpoint)
            var request = ZeroMQMessage(maximumPartCount: 1)
            while !stopRequest.isMade.load(ordering: .relaxed) {
                guard try socket.receive(into: &request) else { continue }
                try socket.send(parts: answer(request.text(ofPart: 0)))
            }
        }
        self.stopRequest = stopRequest
    }

    deinit { stopRequest.isMade.store(true, ordering: .relaxed) }

    /// Stops to listen; returns when the socket is closed.
    package func stop() {
        stopRequest.isMade.store(true, ordering: .relaxed)
        thread.join()
    }
}
