package import Streams
import Synchronization

/// A frame of a series.
package struct MarkPlace: Sendable, Equatable {
    package var seriesID: String
    package var frame: Int

    package init(seriesID: String, frame: Int) {
        self.seriesID = seriesID
        self.frame = frame
    }
}

/// Where marks are set, by viewers and by programs, and what they divide is counted; safe to use from any thread.
package final class MarkDesk: Sendable {
    private struct Contents {
        var tally = PhaseTally()
        var seriesID: String?
        var firstFrame = 0
        var newestFrame: Int?
        var frameMilliseconds = 0.0

        /// How far a place lies behind the newest frame; 0 where no mark can be.
        func framesBehind(_ place: MarkPlace?) -> Int {
            guard let place, let newestFrame, place.seriesID == seriesID else { return 0 }
            let lastMark = tally.phases.last { $0.seriesID == seriesID }?.startFrame ?? firstFrame
            let isPossible = place.frame >= max(firstFrame, lastMark) && place.frame <= newestFrame
            return isPossible ? newestFrame - place.frame : 0
        }
    }

    private let contents = Mutex(Contents())
    private let waiting = WaitingList<MarkMessage>()

    package init() {}

    /// Sets a mark.
    ///
    /// - Parameters:
    ///   - label: its text.
    ///   - place: where it belongs; the newest frame if nil, not in the series under way, or before another mark.
    ///   - origin: who sets it.
    /// - Returns: the mark.
    /// - Precondition: the label went through `MarkMessage.label`.
    package func mark(_ label: String, at place: MarkPlace? = nil, origin: MarkMessage.Origin) -> MarkMessage {
        contents.withLock { contents in
            let late = contents.framesBehind(place)
            let message = MarkMessage(
                seriesID: contents.seriesID,
                frame: contents.newestFrame.map { $0 - late },
                label: label,
                origin: origin
            )
            if waiting.append(message) {
                contents.tally.mark(message, milliseconds: Double(late) * contents.frameMilliseconds)
            }
            return message
        }
    }

    /// The marks set since the last call.
    package func takeAll() -> [MarkMessage] { waiting.takeAll() }

    package func seriesStarted(_ message: SeriesStartMessage) {
        contents.withLock { contents in
            contents.seriesID = message.seriesID
            contents.firstFrame = message.firstFrame
            contents.newestFrame = message.firstFrame
            contents.tally.seriesStarted(message.seriesID)
        }
    }

    package func received(_ frame: Int, milliseconds: Double) {
        contents.withLock { contents in
            contents.newestFrame = frame
            contents.frameMilliseconds = milliseconds
            contents.tally.recorded(milliseconds: milliseconds)
        }
    }

    package func count(_ events: [EventMessage]) {
        guard !events.isEmpty else { return }
        contents.withLock { contents in
            for event in events { contents.tally.count(event) }
        }
    }

    package var phases: [PhaseTally.Phase] { contents.withLock { $0.tally.phases } }
}
