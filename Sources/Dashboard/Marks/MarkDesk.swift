package import Detection
package import Imaging
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
        var events = CorrectableEvents()

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
    private let tellCorrection = Mutex<(@Sendable (CorrectionMessage) -> Void)?>(nil)
    private let correctionCounts = Mutex<[CorrectionMessage.Action: Int]>([:])

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

    /// Counts an event as what a viewer makes of it; only a final one of the recording under way, or of the last one.
    ///
    /// - Parameters:
    ///   - correction: What the viewer wants.
    ///   - reviewer: Who that is.
    /// - Returns: What was changed; nil if nothing was.
    @discardableResult
    package func correct(_ correction: EventCorrection, by reviewer: String) -> CorrectionMessage? {
        let message = contents.withLock { contents -> CorrectionMessage? in
            guard let event = contents.events[correction.eventID], let seriesID = contents.seriesID else { return nil }
            let found = event.onset.eventClass
            let wanted: EventClass? =
                switch correction.verdict {
                case .reject: nil
                case .retype(let eventClass): eventClass
                case .restore: found
                }
            guard wanted != event.eventClass else { return nil }
            contents.events.change(correction.eventID, to: wanted)
            contents.tally.correct(event.onset, from: event.eventClass, to: wanted)
            return CorrectionMessage(
                seriesID: seriesID,
                eventID: correction.eventID,
                action: wanted == nil ? .reject : wanted == found ? .restore : .retype,
                foundType: found,
                eventType: wanted,
                startFrame: event.onset.frame,
                reviewer: reviewer
            )
        }
        guard let message else { return nil }
        correctionCounts.withLock { $0[message.action, default: 0] += 1 }
        tellCorrection.withLock(\.self)?(message)
        return message
    }

    /// Says who is told of corrections.
    package func reportCorrections(_ report: @escaping @Sendable (CorrectionMessage) -> Void) {
        tellCorrection.withLock { $0 = report }
    }

    /// How often viewers corrected events, by what they did.
    package var corrections: [CorrectionMessage.Action: Int] { correctionCounts.withLock(\.self) }

    package func seriesStarted(_ start: SeriesStart) {
        contents.withLock { contents in
            contents.seriesID = start.context.seriesID
            contents.firstFrame = start.firstFrame
            contents.newestFrame = start.firstFrame
            contents.events = CorrectableEvents()
            contents.tally.seriesStarted(start)
        }
    }

    package func received(_ frame: Int) { contents.withLock { $0.newestFrame = frame } }

    /// Counts what a window decided.
    ///
    /// - Parameters:
    ///   - batch: The decisions.
    ///   - eventIDs: Identifiers of its events, as they are published.
    package func decided(_ batch: DetectionBatch, eventIDs: [String] = []) {
        func published(_ place: Double) -> Double { place.rounded(decimals: Decimals.pixels) ?? place }
        let onsets = batch.events.map { event in
            PhaseTally.Onset(
                event.eventClass,
                cell: event.cell ?? 0,
                frame: event.startFrame,
                row: published(event.centroidRow),
                column: published(event.centroidColumn)
            )
        }
        contents.withLock { contents in
            guard contents.seriesID != nil else { return }
            for (onset, eventID) in zip(onsets, eventIDs) { contents.events.add(onset, eventID: eventID) }
            contents.tally.decided(
                batch.frames,
                cells: batch.cells,
                events: onsets,
                unsteadyFrames: batch.movements.isEmpty ? nil : batch.unsteadyFrames
            )
        }
    }

    /// Takes the regions that are drawn from now on.
    package func draw(_ regions: [DrawnRegion]) { contents.withLock { $0.tally.draw(regions) } }

    package var phases: [PhaseMessage] { contents.withLock { $0.tally.messages() } }
}
