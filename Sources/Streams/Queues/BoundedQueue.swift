import Dispatch
import Synchronization

/// Things on their way to a thread of their own: bounded, and never a wait for who appends.
final class BoundedQueue<Element: Sendable>: Sendable {
    private struct Contents {
        var elements: [Element] = []
        var refusedCount = 0
        var isClosed = false
    }

    private let capacity: Int
    private let contents = Mutex(Contents())
    private let arrival = DispatchSemaphore(value: 0)

    /// - Parameter capacity: Most elements that wait.
    init(capacity: Int) { self.capacity = capacity }

    /// Appends an element if there is room; otherwise, or behind ``close()``, it is refused and counted.
    func append(_ element: Element) {
        let isAccepted = contents.withLock { contents in
            guard !contents.isClosed, contents.elements.count < capacity else {
                contents.refusedCount += 1
                return false
            }
            contents.elements.append(element)
            return true
        }
        if isAccepted { arrival.signal() }
    }

    /// Refuses what comes from now on; what is there can still be taken.
    func close() {
        contents.withLock { $0.isClosed = true }
        arrival.signal()
    }

    /// Takes everything out, after waiting for something to arrive until a deadline.
    func takeAll(waitingUntil deadline: DispatchTime) -> (elements: [Element], isClosed: Bool) {
        _ = arrival.wait(timeout: deadline)
        return contents.withLock { contents in
            defer { contents.elements = [] }
            return (contents.elements, contents.isClosed)
        }
    }

    /// Elements that were refused, ever.
    var refusedCount: Int { contents.withLock { $0.refusedCount } }
}
