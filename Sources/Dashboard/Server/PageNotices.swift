import Dispatch
package import Session
import Synchronization

/// What the user has to know of the page's server: told at once, and thinned where it repeats itself.
package final class PageNotices: Sendable {
    /// Why somebody was turned away.
    enum Reason: Int, CaseIterable {
        case foreignRequest
        case tooManyConnections
        case tooManyViewers

        var text: String {
            switch self {
            case .foreignRequest: "a foreign web page, or a request under a foreign name, asked for the live page"
            case .tooManyConnections: "too many connections are open"
            case .tooManyViewers: "all places of the live page are taken"
            }
        }
    }

    private let counts = Mutex([Int](repeating: 0, count: Reason.allCases.count))
    private let acceptsNobody = Mutex(false)
    /// Taken ten times a second; nobody has more in earnest.
    private let waiting = BoundedQueue<Health>(capacity: 100)

    package init() {}

    /// What has happened since the last call.
    package func drain() -> [Health] { waiting.drain(waitingUntil: .now()).elements }

    /// Somebody was turned away: said for the first time, the tenth, the hundredth and so on.
    func turnedAway(_ reason: Reason) {
        let count = counts.withLock { counts in
            counts[reason.rawValue] += 1
            return counts[reason.rawValue]
        }
        guard Self.isPowerOfTen(count) else { return }
        let times = count == 1 ? "" : " (\(count) times so far)"
        waiting.append(
            Health(status: .notice, code: .pageRefused, message: "turned away: \(reason.text)\(times)")
        )
    }

    /// Nobody can connect any more.
    func failed(_ reason: String) {
        guard acceptsNobody.withLock({ $0.exchange(with: true) }) == false else { return }
        let message = "The live page takes no new viewers: \(reason). It goes on as soon as that is over."
        waiting.append(Health(status: .degraded, code: .pageFailed, message: message))
    }

    /// Somebody has connected.
    func succeeded() {
        guard acceptsNobody.withLock({ $0.exchange(with: false) }) else { return }
        let message = "The live page takes viewers again."
        waiting.append(Health(status: .notice, code: .pageRecovered, message: message))
    }

    /// The listening socket is gone.
    func ended() {
        let message =
            "The live page takes no new viewers: the operating system has closed its address. Start the run again to "
            + "get it back; detection goes on."
        waiting.append(Health(status: .degraded, code: .pageFailed, message: message))
    }

    private static func isPowerOfTen(_ count: Int) -> Bool {
        var power = 1
        while power < count { power *= 10 }
        return power == count
    }
}

extension Bool {
    /// Takes a new value and returns the old one.
    fileprivate mutating func exchange(with value: Bool) -> Bool {
        defer { self = value }
        return self
    }
}
