package import Session
import Synchronization
package import Wire

/// Whether frames are coming.
package enum FrameReceiverState: String, Sendable {
    /// No series is open.
    case idle = "IDLE"
    /// A series is open and its frames are coming.
    case receiving = "RECEIVING"
    /// A series is open, but nothing has come for longer than the silence allowed: the sender may come back.
    case stalled = "STALLED"
    /// The receiver was stopped, or its socket failed.
    case stopped = "STOPPED"
}

/// What a ``FrameReceiver`` has seen so far, all of one moment.
package struct FrameReceiverSnapshot: Sendable, Equatable {
    package var state = FrameReceiverState.idle
    /// Connections to senders that are up.
    package var openConnections = 0
    /// Connections that broke, ever: a sender went away, or was cut off because of an oversized message.
    package var lostConnections = 0
    package var receivedMessages = 0
    /// Looks for a message, whether one came or not: they go on as long as the thread lives.
    package var rounds = 0
    /// Messages that were not understood, by reason.
    package var refusedMessages: [FrameRefusal.Reason: Int] = [:]
    /// What became of the frames that were understood.
    package var sequence = FrameSequenceCounters()
    /// Frames dropped because the ring was full.
    package var overflowFrames = 0
    /// Frames that wait in the ring, and the share of its room that is taken, 0 to 1.
    package var waitingFrames = 0
    package var ringFill = 0.0
    /// When the last frame or control message arrived, in nanoseconds since 1970.
    package var lastReceiveNanoseconds: Int64?
    /// Why the receiver stopped by itself.
    package var failure: StreamError?

    package init() {}

    package var refusedMessageCount: Int { refusedMessages.values.reduce(0, +) }
}

/// What the receiver's thread and its owner share.
final class FrameReceiverStatus: Sendable {
    private struct Contents {
        var snapshot = FrameReceiverSnapshot()
        var isStopRequested = false
        var setUp: Result<[String], StreamError>?
    }

    private let contents = Mutex(Contents())

    var snapshot: FrameReceiverSnapshot { contents.withLock { $0.snapshot } }

    var isStopRequested: Bool { contents.withLock { $0.isStopRequested } }

    /// The endpoints in use, or why there are none; nil until the thread has tried.
    var setUp: Result<[String], StreamError>? {
        get { contents.withLock { $0.setUp } }
        set { contents.withLock { $0.setUp = newValue } }
    }

    func requestStop() {
        contents.withLock { $0.isStopRequested = true }
    }

    func update(_ change: (inout FrameReceiverSnapshot) -> Void) {
        contents.withLock { change(&$0.snapshot) }
    }
}
