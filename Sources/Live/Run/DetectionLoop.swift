import Session
import UNet

/// What the detection thread does: takes frames from the ring, shows them to followers, and runs the session.
struct DetectionLoop {
    let source: any FrameSource
    let session: DetectionSession
    let followers: FollowerGroup
    let board: LiveBoard

    /// Returns when the source is finished or the wanted number of series is done.
    ///
    /// - Parameter seriesCount: 0 for any number.
    /// - Throws: `UNetError` if the network cannot be evaluated; the events found before are handed out.
    func run(seriesCount: Int) throws {
        do {
            while !source.ring.isFinished, seriesCount == 0 || session.progress.seriesCount < seriesCount {
                try step()
                board.update(session.progress)
            }
            try session.endSeries(.stopped)
            board.update(session.progress)
        } catch {
            try? session.endSeries(.failed)
            board.update(session.progress)
            throw error
        }
    }

    private func step() throws(UNetError) {
        let patience: Duration = session.isDeciding ? .zero : .milliseconds(100)
        let taken: Void? = try source.ring.withNext(waitingUpTo: patience) { item, pixels throws(UNetError) in
            let backlog = source.ring.backlog
            try pixels.withUnsafeBufferPointer { pixels throws(UNetError) in
                followers.received(item, pixels: pixels)
                try session.take(item, pixels: pixels, backlog: backlog)
            }
        }
        if taken == nil, session.isDeciding { try session.decideMore() }
    }
}
