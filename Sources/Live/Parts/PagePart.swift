package import Dashboard
import Detection
package import Imaging
package import Session
package import Wire
package import ZeroMQ

/// The live page.
package final class PagePart: FollowingPart, SpeakingPart, PublicationWatchingPart, WatchedPart, RegionWatchingPart {
    private let dashboard: Dashboard
    private let listener: MarkListener?

    /// Starts to serve the page.
    ///
    /// - Parameters:
    ///   - configuration: where, and to whom.
    ///   - detector: what detects.
    ///   - marks: where other programs set marks; nil for nowhere.
    ///   - security: who may set them.
    ///   - context: the ZeroMQ library.
    ///   - arm: carries out what a viewer wants of a trigger rule.
    ///   - draw: carries out what a viewer wants of the regions.
    /// - Throws: `DashboardError` or `StreamError` if an address cannot be listened on.
    package init(
        _ configuration: DashboardConfiguration,
        detector: DetectorDescription,
        marks: String?,
        security: SocketSecurity = .none,
        context: ZeroMQContext,
        arm: @escaping @Sendable (TriggerArming) -> Void,
        draw: @escaping @Sendable (RegionChange) -> Void
    ) throws {
        let dashboard = try Dashboard(configuration, detector: detector, arm: arm, draw: draw)
        self.dashboard = dashboard
        listener = try marks.map { endpoint in
            try MarkListener(endpoint: endpoint, security: security, context: context) {
                dashboard.mark($0, origin: .request)
            }
        }
    }

    package var introduction: [String] {
        ["live page: \(dashboard.address)"] + (listener.map { ["marks on \($0.endpoint)"] } ?? [])
    }

    package func speak(through desk: any LiveDesk) {
        dashboard.reportCorrections { [weak desk] correction in
            desk?.publish([correction])
            desk?.note(correction.text)
        }
        dashboard.reportMarks { [weak desk] mark in
            desk?.publish([mark])
            desk?.note("mark \"\(mark.label)\" at frame \(mark.frame.map(String.init) ?? "-")")
        }
    }

    package func regionsChanged(_ regions: [DrawnRegion]) { dashboard.draw(regions) }

    package var summary: [String] {
        let counts = dashboard.corrections
        guard !counts.isEmpty else { return [] }
        let parts = [(CorrectionMessage.Action.reject, "rejected"), (.retype, "retyped"), (.restore, "restored")]
        let text = parts.compactMap { action, word in counts[action].map { "\($0) \(word)" } }.joined(separator: ", ")
        return ["corrected  \(text) at the page; the tables count events as they were corrected"]
    }

    package func news() -> [Health] { dashboard.drainNotices() }

    package func makeFollower() -> (any LiveFollower)? { PageFollower(dashboard) }

    package func published(_ lines: [MessageSequencer.Line]) { dashboard.published(lines) }

    package func finishPublished() {
        listener?.stop()
        dashboard.stop()
    }
}

/// Shows the page what detection takes and decides.
private final class PageFollower: LiveFollower {
    private let dashboard: Dashboard

    init(_ dashboard: Dashboard) { self.dashboard = dashboard }

    func received(_ item: FrameItem, pixels: UnsafeBufferPointer<Float>) {
        if case .frame(let stamp) = item { dashboard.received(stamp, pixels: pixels) }
    }

    func seriesStarted(_ start: SeriesStart) { dashboard.seriesStarted(start) }

    func decided(_ batch: DetectionBatch, _ events: [FinalEvent]) { dashboard.decided(batch, events) }
}
