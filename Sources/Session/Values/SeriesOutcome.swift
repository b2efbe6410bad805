/// Why a series ended and what it came to.
package struct SeriesOutcome: Sendable {
    /// What ended the series.
    package enum Reason: String, Codable, Sendable {
        /// The source said so.
        case sourceEnded = "source_ended"
        /// Frames of another series arrived.
        case newSeries = "new_series"
        /// The user stopped the detector.
        case stopped
        /// The detector could not go on; events that were open are lost.
        case failed
    }

    /// What became of the frames of a series.
    package struct FrameCounts: Sendable, Equatable {
        package var received = 0
        /// Frames that the source never sent or lost before sending.
        package var missingFromSource = 0
        /// Frames that were sent and never arrived.
        package var missingInTransport = 0
        /// Lost frames that were replaced by the one before.
        package var held = 0
        /// Frames that found the ring full.
        package var overflow = 0

        package init() {}
    }

    package var context: SeriesContext
    package var reason: Reason
    /// Acquisition index of the last frame that was received; nil if none was.
    package var lastFrame: Int?
    package var frames: FrameCounts
    /// Messages that were refused, by reason.
    package var refusedMessages: [String: Int]
    package var progress: SessionProgress
    /// Area of all cells and how often they had events; nil if nothing was decided.
    package var cell: CellActivity?
    /// The same of every cell.
    package var cells: [CellActivity]

    package init(
        context: SeriesContext,
        reason: Reason,
        lastFrame: Int?,
        frames: FrameCounts,
        refusedMessages: [String: Int],
        progress: SessionProgress,
        cell: CellActivity?,
        cells: [CellActivity] = []
    ) {
        self.context = context
        self.reason = reason
        self.lastFrame = lastFrame
        self.frames = frames
        self.refusedMessages = refusedMessages
        self.progress = progress
        self.cell = cell
        self.cells = cells
    }
}
