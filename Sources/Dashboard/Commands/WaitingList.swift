import Synchronization

/// What waits to be taken, the oldest first; what comes when it is full is left out.
///
/// Safe to use from any thread.
package final class WaitingList<Element: Sendable>: Sendable {
    /// Elements that wait at most: they are taken ten times a second, and nobody has more in earnest.
    private let limit = 100

    private let elements = Mutex<[Element]>([])

    package init() {}

    /// - Parameter element: Comes behind all others.
    /// - Returns: Whether there was room.
    @discardableResult
    package func append(_ element: Element) -> Bool {
        elements.withLock { elements in
            guard elements.count < limit else { return false }
            elements.append(element)
            return true
        }
    }

    /// The elements since the last call.
    package func takeAll() -> [Element] {
        elements.withLock { elements in
            defer { elements = [] }
            return elements
        }
    }
}
