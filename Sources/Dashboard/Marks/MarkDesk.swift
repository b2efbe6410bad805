package import Detection
package import Session
import Synchronization
package import Wire

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

        /// How far a place lies behind the newest frame; 0 where no mark can be.
        func framesBehind(_ place: MarkPlace?) -> Int {
            guard let place, let newestFrame, place.seriesID == seriesID else { return 0 }
            let lastMark = tally.phases.last { $0.seriesID == seriesID }?.firstFrame ?? firstFrame
            let isPossible = place.frame >= max(firstFrame, lastMark) && place.frame <= newestFrame
            return isPossible ? newestFrame - place.frame : 0
        }
    }

    private let contents = Mutex(Contents())
    private let reports = Mutex(Reports())

    /// Who is told of marks; those set before there was somebody wait.
    private struct Reports {
        var report: (@Sendable (MarkMessage) -> Void)?
        var waiting: [MarkMessage] = []
        static let mostWaiting = 100
    }

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
        let message = contents.withLock { contents in
            let late = contents.framesBehind(place)
            let message = MarkMessage(
                seriesID: contents.seriesID,
                frame: contents.newestFrame.map { $0 - late },
                label: label,
                origin: origin
            )
            contents.tally.mark(message)
            return message
        }
        let report = reports.withLock { reports in
            if reports.report == nil, reports.waiting.count < Reports.mostWaiting { reports.waiting.append(message) }
            return reports.report
        }
        report?(message)
        return message
    }

    /// Says who is told of marks, now of those that were set before.
    package func report(_ report: @escaping @Sendable (MarkMessage) -> Void) {
        let waiting = reports.withLock { reports in
            defer { reports.waiting = [] }
            reports.report = report
            return reports.waiting
        }
        for mark in waiting { report(mark) }
    }

    package func seriesStarted(_ start: SeriesStart) {
        contents.withLock { contents in
            contents.seriesID = start.context.seriesID
            contents.firstFrame = start.firstFrame
            contents.newestFrame = start.firstFrame
            contents.tally.seriesStarted(start)
        }
    }

    package func received(_ frame: Int) { contents.withLock { $0.newestFrame = frame } }

    package func decided(_ batch: DetectionBatch) {
        let onsets = batch.events.map { PhaseTally.Onset($0.eventClass, cell: $0.cell ?? 0, frame: $0.startFrame) }
        contents.withLock { contents in
            guard contents.seriesID != nil else { return }
            contents.tally.decided(
                batch.frames,
                cells: batch.cells,
                events: onsets,
                unsteadyFrames: batch.movements.isEmpty ? nil : batch.unsteadyFrames
            )
        }
    }

    package var phases: [PhaseMessage] { contents.withLock { $0.tally.messages() } }
}
