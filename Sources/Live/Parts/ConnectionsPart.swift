package import Session
package import Wire
package import ZeroMQ

/// Who may connect to a live run, and who was turned away.
package final class ConnectionsPart: SpeakingPart, WatchedPart {
    private let notices: ConnectionNotices
    private let keys: String?
    private let open: [String]

    /// - Parameters:
    ///   - context: Whose listening sockets are meant.
    ///   - keys: Where keys are, in words; nil if nobody needs one.
    ///   - open: What other computers can reach without a key, in words.
    package init(context: ZeroMQContext, keys: String?, open: [String]) {
        notices = context.notices
        self.keys = keys
        self.open = open
    }

    package var introduction: [String] { [keys, warning].compactMap(\.self) }

    package func speak(through desk: any LiveDesk) {
        guard let warning else { return }
        desk.publish([StatusMessage(status: .notice, code: .withoutKey, message: warning)])
    }

    package func news() -> [Health] { notices.drain() }

    package func count(in counters: inout RunCounters) {
        let refusals = notices.refusals
        counters.connectionsRefused = refusals.isEmpty ? nil : refusals
    }

    package var summary: [String] {
        let refusals = notices.refusals.sorted { $0.key < $1.key }
        guard !refusals.isEmpty else { return [] }
        return ["strangers  turned away: " + refusals.map { "\($0.value) \($0.key)" }.joined(separator: ", ")]
    }

    private var warning: String? {
        guard !open.isEmpty else { return nil }
        return
            "without a key: other computers can reach \(open.joined(separator: ", ")); whoever is in the network gets in"
    }
}
