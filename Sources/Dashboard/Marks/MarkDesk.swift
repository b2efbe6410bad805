package import Streams
import Synchronization

/// Where marks are set, by viewers and by programs, and what they divide is counted; safe to use from any thread.
package final class MarkDesk: Sendable {
    private struct Contents {
        var tally = PhaseTally()
        var seriesID: String?
        var firstFrame = 0
        var newestFrame: Int?
        var frameMilliseconds = 0.0
    }

    private let contents = Mutex(Contents())
    private let waiting = WaitingList<MarkMessage>()

    package init() {}

    /// Sets a mark.
    ///
    /// - Parameters:
    ///   - label: its text.
    ///   - frame: of the series under way, where it belongs; nil, or one that is not of this series: the newest frame.
    ///   - origin: who sets it.
    /// - Returns: the mark.
    /// - Precondition: the label went through `MarkMessage.label`.
    package func mark(_ label: String, frame: Int? = nil, origin: MarkMessage.Origin) -> MarkMessage {
        contents.withLock { contents in
            var late = 0
            if let frame, let newest = contents.newestFrame, (contents.firstFrame...newest).contains(frame) {
                late = newest - frame
            }
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
