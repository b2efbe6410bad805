package import Session

/// Where the frames of a live run come from: a thread of its own fills a ring.
package protocol FrameSource: AnyObject, Sendable {
    /// What the detection thread takes from; closed when the source has stopped.
    var ring: FrameRing { get }
    /// Where the frames come from, in words.
    var origin: String { get }
    /// Everything counted so far.
    var snapshot: SourceSnapshot { get }

    /// Ends the open series and closes the ring; returns when nothing more will come.
    func stop()
}

/// What a source has seen so far, all of one moment.
package struct SourceSnapshot: Sendable {
    /// Whether frames are coming.
    package enum State: String, Sendable {
        /// No series is open.
        case idle = "IDLE"
        /// A series is open and its frames are coming.
        case receiving = "RECEIVING"
        /// A series is open, but nothing has come for longer than the silence allowed: the sender may come back.
        case stalled = "STALLED"
        /// The source was stopped, or failed.
        case stopped = "STOPPED"
    }

    package var state = State.idle
    /// Messages or files that were not understood, by reason.
    package var refused: [String: Int] = [:]
    /// What became of the frames that were understood.
    package var sequence = FrameSequenceCounters()
    /// Frames dropped because the ring was full.
    package var overflowFrames = 0
    /// Frames that wait in the ring, and the share of its room that is taken, 0 to 1.
    package var waitingFrames = 0
    package var ringFill = 0.0
    /// Counts up as long as the source is alive, whether frames come or not.
    package var rounds = 0
    /// Why the source stopped by itself.
    package var failure: (any Error)?

    package init() {}
}
