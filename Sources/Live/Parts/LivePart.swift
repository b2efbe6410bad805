package import Imaging
package import Session
package import Wire

/// Something that a live run may have beside detection: it must never delay detection, and may fail without ending it.
///
/// A part that does more than count and report says so by one of the protocols below.
package protocol LivePart: Sendable {
    /// What the user has to know at the start.
    var introduction: [String] { get }

    /// Adds its own counters to those of the run.
    func count(in counters: inout RunCounters)

    /// Completes what is under way; called once, when source and detection are done.
    func finish()

    /// Ends what shows the run to others; called once, when the last message is out.
    func finishPublished()

    /// True if anything of its own was lost.
    var hasLoss: Bool { get }

    /// Lines of the summary, each with a name of one word first.
    var summary: [String] { get }
}

extension LivePart {
    package var introduction: [String] { [] }
    package func count(in counters: inout RunCounters) {}
    package func finish() {}
    package func finishPublished() {}
    package var hasLoss: Bool { false }
    package var summary: [String] { [] }
}

/// Gets every received frame as well, right from the source.
package protocol FrameTakingPart: LivePart {
    /// Filled by the source, closed when it stops.
    var frames: FrameRing { get }
}

/// Follows frames and decisions on the detection thread.
package protocol FollowingPart: LivePart {
    /// Called once, on the detection thread; nil if nothing is to be followed.
    func makeFollower() -> (any LiveFollower)?
}

/// Acts on events, and so learns of them before they are published.
package protocol ActingPart: FollowingPart {}

/// Sees every message as it went out.
package protocol PublicationWatchingPart: LivePart {
    /// Called on the publisher's thread; must not wait.
    func published(_ lines: [MessageSequencer.Line])
}

/// Says things of its own to subscribers, journal and console.
package protocol SpeakingPart: LivePart {
    /// Called once, before anything is received.
    func speak(through desk: any LiveDesk) throws
}

/// Wants to know which regions are drawn.
package protocol RegionWatchingPart: LivePart {
    /// All of them, at the start if there are any and after every change; returns at once.
    func regionsChanged(_ regions: [DrawnRegion])
}

/// Has news that nobody hands out: asked for them ten times a second.
package protocol WatchedPart: LivePart {
    /// What has become worse or better since the last call.
    func news() -> [Health]
}

/// Where parts say things; returns at once, from any thread.
package protocol LiveDesk: AnyObject, Sendable {
    /// Publishes and journals messages.
    func publish(_ messages: [any WireMessage])
    /// Shows people a line.
    func note(_ text: String)
    /// Shows people what a rule did.
    func show(trigger message: any WireMessage)
}

/// Sees every frame and every decision on the detection thread; returns at once.
package protocol LiveFollower: SeriesSink {
    /// What detection is about to take; `pixels` are counts on the 16-bit scale, `[y][x]`, of frames only.
    func received(_ item: FrameItem, pixels: UnsafeBufferPointer<Float>)
}

extension LiveFollower {
    package func received(_ item: FrameItem, pixels: UnsafeBufferPointer<Float>) {}
}
