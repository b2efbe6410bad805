package import Foundation
import Synchronization

/// Everything to everybody: one bounded queue per viewer, filled without ever waiting.
package final class Broadcast: Sendable {
    private struct Contents {
        var viewers: [Int: ViewerQueue] = [:]
        var lastViewer = 0
        var history: History
        /// The newest picture, for viewers who come when none follows.
        var lastImage: Data?
        var isOver = false
    }

    /// Tells a viewer that what follows happens now.
    private static let endOfHistory = Data(#"{"page":"now"}"#.utf8)

    private let viewerLimit: Int
    private let queueLimits: ViewerQueue.Limits
    private let contents: Mutex<Contents>

    /// - Parameters:
    ///   - viewerLimit: Viewers at a time.
    ///   - queueLimits: What may wait for one of them.
    ///   - history: What happened before.
    package init(
        viewerLimit: Int,
        queueLimits: ViewerQueue.Limits = ViewerQueue.Limits(),
        history: History = History()
    ) {
        self.viewerLimit = viewerLimit
        self.queueLimits = queueLimits
        contents = Mutex(Contents(history: history))
    }

    /// A viewer that has joined, with the queue it is served from.
    package struct Seat {
        package let number: Int
        package let queue: ViewerQueue
    }

    /// Lets a viewer in and hands it what happened before it came.
    ///
    /// - Parameter wake: Called on any thread when there is something in the queue again; returns at once.
    /// - Returns: Nil if there are as many viewers as may be, or the run is over.
    package func join(wake: @escaping @Sendable () -> Void = {}) -> Seat? {
        contents.withLock { contents in
            guard contents.viewers.count < viewerLimit, !contents.isOver else { return nil }
            contents.lastViewer += 1
            let queue = ViewerQueue(limits: queueLimits, wake: wake)
            queue.offer(messages: contents.history.messages + [Self.endOfHistory])
            if let image = contents.lastImage { queue.offer(image: image) }
            contents.viewers[contents.lastViewer] = queue
            return Seat(number: contents.lastViewer, queue: queue)
        }
    }

    package func leave(_ seat: Seat) {
        seat.queue.close()
        contents.withLock { _ = $0.viewers.removeValue(forKey: seat.number) }
    }

    /// True when everybody has been told farewell.
    package var hasEnded: Bool { contents.withLock { $0.isOver } }

    package var viewerCount: Int { contents.withLock { $0.viewers.count } }

    /// Sends messages, in order.
    ///
    /// - Parameter messages: JSON, with what later viewers need to know of it.
    package func send(_ messages: [(json: Data, memory: History.Memory)]) {
        guard !messages.isEmpty else { return }
        contents.withLock { contents in
            for message in messages { contents.history.record(message.json, as: message.memory) }
            for viewer in contents.viewers.values { viewer.offer(messages: messages.map(\.json)) }
        }
    }

    package func send(overlay: Data) {
        contents.withLock { for viewer in $0.viewers.values { viewer.offer(overlay: overlay) } }
    }

    package func send(image: Data) {
        contents.withLock { contents in
            contents.lastImage = image
            for viewer in contents.viewers.values { viewer.offer(image: image) }
        }
    }

    /// Says farewell to all viewers; nobody else is let in.
    package func end() {
        contents.withLock { contents in
            contents.isOver = true
            for viewer in contents.viewers.values { viewer.closeGently() }
        }
    }
}
