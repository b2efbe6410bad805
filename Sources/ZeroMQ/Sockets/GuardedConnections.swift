import Synchronization

/// What the guard and the owner of a listening socket know of its connections; safe to use from any thread.
package final class GuardedConnections: Sendable {
    /// What listens, in a word, such as `events`.
    let name: String
    let limits: ConnectionLimits
    /// True if whoever connects has to have a key.
    let asksForKeys: Bool

    private struct Contents {
        /// Bytes of messages that the owner of the socket has taken, by the descriptor of the connection they came on.
        var takenBytes: [Int32: Int] = [:]
        var events: [ZeroMQMonitor.Event] = []
        var refusals: [ConnectionRefusal: Int] = [:]
    }

    private let contents = Mutex(Contents())

    /// Events that wait for ``drainEvents()``; older ones are forgotten.
    private static let mostEvents = 256
    /// What a part takes on the wire beside its contents, at most: flags, length, encryption.
    private static let overheadBytes = 64

    init(name: String, limits: ConnectionLimits, asksForKeys: Bool) {
        self.name = name
        self.asksForKeys = asksForKeys
        self.limits = limits
    }

    /// Refusals so far.
    package var refusals: [ConnectionRefusal: Int] { contents.withLock { $0.refusals } }

    /// Notes that the owner of the socket took a message.
    func noteTaken(partCount: Int, byteCount: Int, descriptor: Int32) {
        contents.withLock { $0.takenBytes[descriptor, default: 0] += byteCount + partCount * Self.overheadBytes }
    }

    func takenBytes(on descriptor: Int32) -> Int { contents.withLock { $0.takenBytes[descriptor] ?? 0 } }

    /// - Returns: How often so far.
    func note(_ refusal: ConnectionRefusal) -> Int {
        contents.withLock { contents in
            contents.refusals[refusal, default: 0] += 1
            return contents.refusals[refusal] ?? 0
        }
    }

    func note(_ event: ZeroMQMonitor.Event) {
        contents.withLock { contents in
            contents.events.append(event)
            if contents.events.count > Self.mostEvents { contents.events.removeFirst() }
        }
    }

    /// What has happened since the last call.
    func drainEvents() -> [ZeroMQMonitor.Event] {
        contents.withLock { contents in
            defer { contents.events = [] }
            return contents.events
        }
    }
}
