import Dispatch
import Foundation
import Synchronization

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
        /// The journal to write or to continue; nil for none.
        package var journalPath: String?
        /// Most messages that wait for disk and socket.
        package var queueCapacity = 4096
        package var heartbeatIntervalMilliseconds = 1000
        /// How long the end of the context waits for the network to take the last messages.
        package var lingerMilliseconds = 1000

        package init(endpoint: String, journalPath: String? = nil) {
            self.endpoint = endpoint
            self.journalPath = journalPath
        }
    }

    /// Where the publisher listens, with the port that the system chose.
    package let endpoint: String

    private let queue: PublicationQueue
    private let shared: Shared

    /// What the thread tells the owner.
    private final class Shared: Sendable {
        let statistics = Mutex(PublisherStatistics())
        let started = Mutex<Result<String, any Error>?>(nil)
        let hasStarted = DispatchSemaphore(value: 0)
        let running = DispatchGroup()
    }

    /// Opens the journal, listens, and starts to beat.
    ///
    /// - Parameters:
    ///   - configuration: Where to.
    ///   - context: The ZeroMQ library.
    ///   - makeHeartbeat: Gives the present state; called every second on the publisher's thread, must not wait.
    ///   - observe: Sees every message as it went out; called on the publisher's thread, must not wait.
    /// - Throws: ``StreamError`` if the endpoint cannot be listened on, ``JournalError`` if the journal cannot be opened.
    package init(
        configuration: Configuration,
        context: ZeroMQContext,
        makeHeartbeat: @escaping @Sendable () -> HeartbeatMessage,
        observe: @escaping @Sendable ([MessageSequencer.Line]) -> Void = { _ in }
    ) throws {
        let queue = PublicationQueue(capacity: configuration.queueCapacity)
        let shared = Shared()
        shared.running.enter()
        let thread = Thread {
            defer { shared.running.leave() }
            do {
                var options = ZeroMQSocketOptions()
                options.sendHighWaterMark = 10_000
                options.lingerMilliseconds = configuration.lingerMilliseconds
                let socket = try ZeroMQSocket(.publish, in: context, options: options)
                try socket.bind(to: configuration.endpoint)
                let endpoint = try socket.lastEndpoint
                let journal: Journal? =
                    if let path = configuration.journalPath { try Journal(path: path) } else { nil }
                shared.started.withLock { $0 = .success(endpoint) }
                shared.hasStarted.signal()
                var loop = PublisherLoop(
                    configuration: configuration,
                    socket: socket,
                    journal: journal,
                    queue: queue,
                    makeHeartbeat: makeHeartbeat,
                    observe: observe
                )
                loop.run { statistics in shared.statistics.withLock { $0 = statistics } }
            } catch {
                shared.started.withLock { $0 = .failure(error) }
                shared.hasStarted.signal()
            }
        }
        thread.name = "publisher"
        thread.start()
        shared.hasStarted.wait()
        guard let endpoint = try shared.started.withLock({ try $0?.get() }) else {
            preconditionFailure("the thread reports its start before it signals")
        }
        self.endpoint = endpoint
        self.queue = queue
        self.shared = shared
    }

    deinit { queue.close() }

    /// Hands over messages to be published in this order, and returns at once.
    ///
    /// - Returns: False if the batch was refused, because the queue is full or the publisher finished.
    @discardableResult
    package func publish(_ batch: [any WireMessage]) -> Bool {
        batch.isEmpty || queue.append(batch)
    }

    /// Publishes what is in the queue and a last heartbeat, then closes socket and journal; returns when all is done.
    ///
    /// Later batches are refused. May be called more than once. The last messages may still be on their way inside
    /// libzmq: let the context go before the process exits, that waits for them.
    package func finish() {
        queue.close()
        shared.running.wait()
    }

    /// What has been published and lost so far.
    package var statistics: PublisherStatistics {
        var statistics = shared.statistics.withLock { $0 }
        statistics.messagesLost = queue.messagesLost
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
