import Dashboard
import Detection
import Imaging
import Streams

/// Something beside detection that a live run may have: it must never delay detection, and may fail without ending it.
protocol LiveCompanion: Sendable {
    /// What the user has to know at the start.
    var introduction: [String] { get }

    /// Gets every received frame as well, right from the receiver.
    var recordingQueue: FrameRing? { get }

    /// Follows the run on the detection thread; called there once. Nil if nothing is to be followed.
    func makeFollower() -> (any LiveFollower)?

    /// What has become worse or better since the last call; asked ten times a second.
    func news() -> [StatusMessage]

    /// Steps of the protocol that were marked since the last call; asked ten times a second.
    func marks() -> [MarkMessage]

    /// Trigger rules that were armed or disarmed by hand since the last call; asked ten times a second.
    func armings() -> [TriggerArming]

    /// Sees every message as it went out; called on the publisher's thread, must not wait.
    func published(_ lines: [MessageSequencer.Line])

    /// Adds its own counters to those of the run.
    func count(in counters: inout RunCounters)

    /// Completes what is under way; called once, when receiver and detection are done.
    func finish()

    /// Ends what shows the run to others; called once, when the last message is out.
    func finishPublished()

    /// True if anything of its own was lost.
    var hasLoss: Bool { get }

    /// Lines of the summary, each with a name of one word first.
    var summary: [String] { get }
}

extension LiveCompanion {
    var introduction: [String] { [] }
    var recordingQueue: FrameRing? { nil }
    func makeFollower() -> (any LiveFollower)? { nil }
    func news() -> [StatusMessage] { [] }
    func count(in counters: inout RunCounters) {}
    func marks() -> [MarkMessage] { [] }
    func armings() -> [TriggerArming] { [] }
    func published(_ lines: [MessageSequencer.Line]) {}
    func finish() {}
    func finishPublished() {}
    var hasLoss: Bool { false }
    var summary: [String] { [] }
}

/// Sees every frame and every decision on the detection thread; returns at once.
protocol LiveFollower: SeriesSink {
    /// What detection is about to take; `pixels` are counts on the 16-bit scale, `[y][x]`, of frames only.
    func received(_ item: FrameItem, pixels: UnsafeBufferPointer<Float>)
}

extension LiveFollower {
    func received(_ item: FrameItem, pixels: UnsafeBufferPointer<Float>) {}
}

/// Hands everything to several sinks in turn.
final class SinkGroup: SeriesSink {
    private let sinks: [any SeriesSink]

    init(_ sinks: [any SeriesSink]) { self.sinks = sinks }

    func seriesStarted(_ message: SeriesStartMessage) { for sink in sinks { sink.seriesStarted(message) } }

    func announced(_ messages: ProvisionalMessages) { for sink in sinks { sink.announced(messages) } }

    func decided(_ batch: DetectionBatch, _ messages: [EventMessage]) {
        for sink in sinks { sink.decided(batch, messages) }
    }

    func framesMissing(_ message: GapMessage) { for sink in sinks { sink.framesMissing(message) } }

    func healthChanged(_ message: StatusMessage) { for sink in sinks { sink.healthChanged(message) } }

    func seriesEnded(_ message: SeriesEndMessage) { for sink in sinks { sink.seriesEnded(message) } }
}
