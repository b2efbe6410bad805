import Foundation
package import Session
import Synchronization
package import Wire

/// Publishes events and their company on a ZeroMQ PUB socket, journalled first; safe to use from any thread.
///
/// Socket and journal live on a thread of their own behind a bounded queue: a slow disk delays nobody. When the queue
/// is full, whole batches are refused and counted, and the loss is announced on `status` and in the heartbeats.
///
///     let publisher = try EventPublisher(configuration: configuration, context: context) { heartbeat() }
///     publisher.publish(events.map { formatter.message(of: $0) })
///     publisher.finish()
package final class EventPublisher: Sendable {
    package struct Configuration: Sendable, Equatable {
        /// Where to listen, as in `tcp://127.0.0.1:5557`; port `*` takes any free one.
        package var endpoint: String
        /// Who may subscribe.
        package var security = SocketSecurity.none
        /// Most messages that wait for disk and socket.
        package var queueCapacity = 4096
        package var heartbeatIntervalMilliseconds = 1000
        /// How long the end of the context waits for the network to take the last messages.
        package var lingerMilliseconds = 1000

        package init(endpoint: String) { self.endpoint = endpoint }
    }

    /// Where the publisher listens, with the port that the system chose.
    package let endpoint: String

    private static let largestSubscriptionBytes = 1024

    private let queue: BoundedQueue<any WireMessage>
    private let sharedStatistics: SharedStatistics
    private let thread: WorkerThread

    /// What the thread tells of its work.
    private final class SharedStatistics: Sendable {
        let value = Mutex(PublisherStatistics())
    }

    /// Opens the journal, listens, and starts to beat.
    ///
    /// - Parameters:
    ///   - configuration: Where to.
    ///   - context: The ZeroMQ library.
    ///   - openLog: Opens the record that messages go to before they are sent; called on the publisher's thread, which
    ///     alone uses it. Nil for none.
    ///   - makeHeartbeat: Gives the present state; called every second on the publisher's thread, must not wait.
    ///   - observe: Sees every message as it went out; called on the publisher's thread, must not wait.
    /// - Throws: ``StreamError`` if the endpoint cannot be listened on, what `openLog` throws.
    package init(
        configuration: Configuration,
        context: ZeroMQContext,
        openLog: (@Sendable () throws -> any MessageLog)? = nil,
        makeHeartbeat: @escaping @Sendable () -> HeartbeatMessage,
        observe: @escaping @Sendable ([MessageSequencer.Line]) -> Void = { _ in }
    ) throws {
        let queue = BoundedQueue<any WireMessage>(capacity: configuration.queueCapacity)
        let statistics = SharedStatistics()
        (thread, endpoint) = try WorkerThread.start(named: "publisher") { hasStarted in
            var options = ZeroMQSocketOptions()
            options.name = "events"
            options.security = configuration.security
            options.connectionLimits = .subscribers
            // What subscribers send are subscriptions: a few bytes more than a topic.
            options.maximumPartBytes = Self.largestSubscriptionBytes
            options.sendHighWaterMark = 10_000
            options.lingerMilliseconds = configuration.lingerMilliseconds
            let socket = try ZeroMQSocket(.publish, in: context, options: options)
            try socket.bind(to: configuration.endpoint)
            let log = try openLog?()
            hasStarted(try socket.lastEndpoint)
            var loop = PublisherLoop(
                configuration: configuration,
                socket: socket,
                log: log,
                queue: queue,
                makeHeartbeat: makeHeartbeat,
                observe: observe
            )
            loop.run { latest in statistics.value.withLock { $0 = latest } }
        }
        self.queue = queue
        sharedStatistics = statistics
    }

    deinit { queue.close() }

    /// Hands over messages to be published in this order, and returns at once.
    ///
    /// - Returns: False if the batch was refused, because the queue is full or the publisher finished.
    @discardableResult
    package func publish(_ batch: [any WireMessage]) -> Bool {
        batch.isEmpty || queue.append(contentsOf: batch)
    }

    /// Publishes what is in the queue and a last heartbeat, then closes socket and journal; returns when all is done.
    ///
    /// Later batches are refused. May be called more than once. The last messages may still be on their way inside
    /// libzmq: let the context go before the process exits, that waits for them.
    package func finish() {
        queue.close()
        thread.join()
    }

    /// What has been published and lost so far.
    package var statistics: PublisherStatistics {
        var statistics = sharedStatistics.value.withLock { $0 }
        statistics.messagesLost = queue.refusedCount
        return statistics
    }
}

/// What a publisher has done so far.
package struct PublisherStatistics: Sendable, Equatable {
    package var messagesSent = 0
    /// Messages refused because the queue was full or the publisher finished.
    package var messagesLost = 0
    /// Messages that the journal could not take.
    package var messagesNotJournaled = 0
    /// Times that the journal had disappeared and another one was begun.
    package var journalsReplaced = 0
    /// Messages that the socket refused.
    package var messagesNotSent = 0
    /// Messages with numbers that JSON cannot express.
    package var messagesInvalid = 0
    /// Number of the last message of every topic by its name.
    package var lastTopicNumbers: [String: Int] = [:]
    /// Total latency of the last events; nil before the first.
    package var latency: LatencyPercentiles?

    package init() {}
}
