package import Dispatch
import Synchronization

/// Things on their way to a thread of their own: bounded, and never a wait for who appends.
package final class BoundedQueue<Element: Sendable>: Sendable {
    private struct Contents {
        var elements: [Element] = []
        var refusedCount = 0
        var isClosed = false
    }

    private let capacity: Int
    private let contents = Mutex(Contents())
    private let arrival = DispatchSemaphore(value: 0)

    /// - Parameter capacity: Most elements that wait.
    package init(capacity: Int) { self.capacity = capacity }

    /// Appends an element if there is room.
    ///
    /// - Returns: False if it was refused and counted, because there is no room or the queue is closed.
    @discardableResult
    package func append(_ element: Element) -> Bool { append(contentsOf: CollectionOfOne(element)) }

    /// Appends elements, all of them or none.
    ///
    /// - Returns: False if they were refused and counted, because there is no room or the queue is closed.
    @discardableResult
    package func append(contentsOf batch: some Collection<Element>) -> Bool {
        let isAccepted = contents.withLock { contents in
            guard !contents.isClosed, contents.elements.count + batch.count <= capacity else {
                contents.refusedCount += batch.count
                return false
            }
            contents.elements += batch
            return true
        }
        if isAccepted { arrival.signal() }
        return isAccepted
    }

    /// Refuses what comes from now on; what is there can still be taken.
    package func close() {
        contents.withLock { $0.isClosed = true }
        arrival.signal()
    }

    /// Takes everything out, after waiting for something to arrive until a deadline.
    package func drain(waitingUntil deadline: DispatchTime) -> (elements: [Element], isClosed: Bool) {
        _ = arrival.wait(timeout: deadline)
        return contents.withLock { contents in
            defer { contents.elements = [] }
            return (contents.elements, contents.isClosed)
        }
    }

    /// Waits for the next element; nil if there will be none.
    package func next() -> Element? {
        while true {
            let (element, isClosed) = contents.withLock { contents in
                (contents.elements.isEmpty ? nil : contents.elements.removeFirst(), contents.isClosed)
            }
            if element != nil || isClosed { return element }
            arrival.wait()
        }
    }

    /// Elements that were refused, ever.
    package var refusedCount: Int { contents.withLock { $0.refusedCount } }
}
