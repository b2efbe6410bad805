import Dispatch
import Streams
import Synchronization

/// Triggers on their way to an action's thread; bounded, never blocks whoever adds to it.
final class ActionQueue: Sendable {
    private struct Contents {
        var triggers: [TriggerMessage] = []
        var isClosed = false
    }

    private let capacity: Int
    private let contents = Mutex(Contents())
    private let arrival = DispatchSemaphore(value: 0)

    init(capacity: Int) { self.capacity = capacity }

    /// Returns false if there is no room, or the queue is closed.
    func append(_ trigger: TriggerMessage) -> Bool {
        let isAccepted = contents.withLock { contents in
            guard !contents.isClosed, contents.triggers.count < capacity else { return false }
            contents.triggers.append(trigger)
            return true
        }
        if isAccepted { arrival.signal() }
        return isAccepted
    }

    /// Lets ``next()`` return nil once the queue is empty.
    func close() {
        contents.withLock { $0.isClosed = true }
        arrival.signal()
    }

    /// Waits for the next trigger; nil if there will be none.
    func next() -> TriggerMessage? {
        while true {
            arrival.wait()
            let (trigger, isClosed) = contents.withLock { contents in
                (contents.triggers.isEmpty ? nil : contents.triggers.removeFirst(), contents.isClosed)
            }
            if let trigger { return trigger }
            // The signal of the close is passed on to further calls.
            if isClosed {
                arrival.signal()
                return nil
            }
        }
    }
}
