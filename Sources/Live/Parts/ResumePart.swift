import Journal
import Session
import Synchronization
import Wire

/// Says what an earlier run left undone, where this one goes on in the same series.
package final class ResumePart: FollowingPart, SpeakingPart {
    private let unfinished: UnfinishedSeries?
    private let desk = Mutex<(any LiveDesk)?>(nil)

    /// - Parameter folder: Where the journals are, before this run begins its own.
    package init(folder: String) { unfinished = JournalShelf(folder: folder).unfinishedSeries }

    package func speak(through desk: any LiveDesk) { self.desk.withLock { $0 = desk } }

    package func makeFollower() -> (any LiveFollower)? {
        guard let unfinished, let desk = desk.withLock({ $0 }) else { return nil }
        return ResumeFollower(unfinished, desk: desk)
    }

    package func finish() { desk.withLock { $0 = nil } }
}

/// Waits for the first series.
private final class ResumeFollower: LiveFollower {
    private var unfinished: UnfinishedSeries?
    private weak var desk: (any LiveDesk)?

    init(_ unfinished: UnfinishedSeries, desk: any LiveDesk) {
        self.unfinished = unfinished
        self.desk = desk
    }

    func seriesStarted(_ start: SeriesStart) {
        guard let unfinished, let desk else { return }
        self.unfinished = nil
        guard unfinished.seriesID == start.context.seriesID else { return }
        let decided =
            unfinished.newestFrame.map { "the last event there needed frame \($0)" } ?? "no event was decided there"
        let text =
            "series \(unfinished.seriesID) was under way in the run \(unfinished.run), which was cut off (\(decided)); "
            + "going on with frame \(start.firstFrame)"
        desk.publish([StatusMessage(status: .degraded, code: .seriesResumed, message: text)])
        desk.note(text)
    }
}
