import Detection
import Imaging
import Session

/// Hands everything to several followers in turn, in their order.
final class FollowerGroup: LiveFollower {
    private let followers: [any LiveFollower]

    init(_ followers: [any LiveFollower]) { self.followers = followers }

    func received(_ item: FrameItem, pixels: UnsafeBufferPointer<Float>) {
        for follower in followers { follower.received(item, pixels: pixels) }
    }

    func seriesStarted(_ start: SeriesStart) { for follower in followers { follower.seriesStarted(start) } }

    func announced(_ update: ProvisionalUpdate) { for follower in followers { follower.announced(update) } }

    func decided(_ batch: DetectionBatch, _ events: [FinalEvent]) {
        for follower in followers { follower.decided(batch, events) }
    }

    func framesMissing(_ gap: Gap) { for follower in followers { follower.framesMissing(gap) } }

    func healthChanged(_ health: Health) { for follower in followers { follower.healthChanged(health) } }

    func examined(_ examination: Examination) { for follower in followers { follower.examined(examination) } }

    func seriesEnded(_ outcome: SeriesOutcome) { for follower in followers { follower.seriesEnded(outcome) } }
}
