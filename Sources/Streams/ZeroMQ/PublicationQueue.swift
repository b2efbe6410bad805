import Dispatch
import Synchronization

/// Batches of messages on their way from the detector to the publisher's thread; bounded, never blocks the detector.
final class PublicationQueue: Sendable {
    struct Contents {
        var messages: [any WireMessage]
        /// Messages refused since the start because there was no room or the queue was closed.
        var messagesLost: Int
        var isClosed: Bool
    }

    private let capacity: Int
    private let contents = Mutex(Contents(messages: [], messagesLost: 0, isClosed: false))
    private let arrival = DispatchSemaphore(value: 0)

    /// - Parameter capacity: Most messages that wait.
    init(capacity: Int) {
        self.capacity = capacity
    }

    /// Adds a batch whole or not at all.
    ///
    /// - Returns: False if it was refused; its messages are counted as lost.
    func append(_ batch: [any WireMessage]) -> Bool {
        let isAccepted = contents.withLock { contents in
            guard !contents.isClosed, contents.messages.count + batch.count <= capacity else {
                contents.messagesLost += batch.count
                return false
            }
            contents.messages += batch
            return true
        }
        if isAccepted { arrival.signal() }
        return isAccepted
    }

    /// Refuses further batches; what is in the queue can still be taken.
    func close() {
        contents.withLock { $0.isClosed = true }
        arrival.signal()
    }

    /// Takes everything out, after waiting for something to arrive until a deadline.
    func takeAll(waitingUntil deadline: DispatchTime) -> Contents {
        _ = arrival.wait(timeout: deadline)
        return contents.withLock { contents in
            let taken = contents
            contents.messages = []
            return taken
        }
    }

    var messagesLost: Int { contents.withLock { $0.messagesLost } }
}
