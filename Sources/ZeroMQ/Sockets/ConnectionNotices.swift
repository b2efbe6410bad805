package import Session
import Synchronization

/// Who was turned away, all listening sockets of a context together; safe to use from any thread.
package final class ConnectionNotices: Sendable {
    private struct Contents {
        var waiting: [Health] = []
        var refusals: [String: Int] = [:]
    }

    private let contents = Mutex(Contents())

    private static let mostWaiting = 64

    /// Refusals so far by what listens and why, such as `events.unknown_key`.
    package var refusals: [String: Int] { contents.withLock { $0.refusals } }

    /// What the user should know since the last call.
    package func drain() -> [Health] {
        contents.withLock { contents in
            defer { contents.waiting = [] }
            return contents.waiting
        }
    }

    /// Notes that somebody was turned away, for the `count`-th time there.
    func add(_ reason: ConnectionRefusal, of connections: GuardedConnections, count: Int) {
        contents.withLock { contents in
            contents.refusals["\(connections.name).\(reason.rawValue)"] = count
            guard LogThinning.passes(count), contents.waiting.count < Self.mostWaiting else { return }
            let times = count > 1 ? " (\(count) times so far)" : ""
            contents.waiting.append(
                Health(
                    status: .notice,
                    code: .connectionRefused,
                    message: "\(connections.name): \(Self.text(of: reason, connections.limits))\(times)"
                )
            )
        }
    }

    private static func text(of reason: ConnectionRefusal, _ limits: ConnectionLimits) -> String {
        switch reason {
        case .withoutKey: "somebody without a key was turned away"
        case .unknownKey:
            "somebody whose key is not among those allowed was turned away; `sparkwatch keys allow` lets it in"
        case .wrongServerKey:
            "somebody who expects another public key here was turned away; give it sparkwatch.key anew"
        case .noZeroMQ: "somebody who does not speak ZeroMQ was turned away"
        case .tooManyConnections: "more than \(limits.connectionCount) connections: the last one was turned away"
        case .tooMuch:
            "a peer was cut off: it had sent more than \(limits.waitingBytes) bytes that belong to no complete message"
        }
    }
}
