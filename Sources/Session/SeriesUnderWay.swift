import Detection
import Imaging

/// What a session knows of the series under way.
final class SeriesUnderWay {
    let context: SeriesContext
    let description: SeriesDescription
    /// Nil before the first frame, and from when on the series is refused.
    var detector: EventDetector?
    var times = FrameTimes()
    private(set) var firstFrame: Int?
    private(set) var lastFrame: Int?
    var isInSegment = false
    var isWide = false
    /// True if the series cannot be analysed: its frames are counted and left.
    var isRefused = false
    /// Frames that are missing before the first one.
    private(set) var missingAtStart: FrameGap
    var refusedMessages: [String: Int] = [:]
    var progress: SessionProgress
    /// What a person should know of the series before its first frame.
    let remarks: [String]
    var watch: InputWatch
    private var frames = SeriesOutcome.FrameCounts()
    private var cells: CellMask?
    private var decidedFrameCount = 0
    private var eventCounts: CellActivity.EventCounts = [:]
    private var hasMoved = false

    init(
        _ description: SeriesDescription,
        context: SeriesContext,
        provisional: ProvisionalPolicy,
        remarks: [String]
    ) {
        self.description = description
        self.context = context
        self.remarks = remarks
        watch = InputWatch(description, calibration: context.calibration)
        missingAtStart = description.missing
        progress = SessionProgress(provisional: provisional)
    }

    func count(_ stamp: FrameStamp) {
        firstFrame = firstFrame ?? stamp.index
        lastFrame = stamp.index
        times.record(stamp)
        if stamp.isFilled { frames.held += 1 } else { frames.received += 1 }
    }

    func count(_ gap: FrameGap) {
        frames.missingFromSource += gap.missingAtSource
        frames.missingInTransport += gap.missingInTransport
        frames.overflow += gap.droppedByOverflow
        frames.received += gap.droppedByOverflow
    }

    func count(_ batch: DetectionBatch) {
        cells = batch.cells ?? cells
        decidedFrameCount += batch.frames.count
        eventCounts.count(batch.events)
    }

    /// What to tell when the cell is found to move for the first time; nil otherwise.
    func movementNotice(_ batch: DetectionBatch) -> Health? {
        guard !hasMoved, batch.movements.contains(where: \.isUndone) else { return nil }
        hasMoved = true
        let pixels = (MovementSummary(batch.movements).largestShiftPixels * 10).rounded() / 10
        return Health(
            status: .ok,
            code: .movementUndone,
            message: "The cell moves, by up to \(pixels) pixels so far: frames are stabilised before detection."
        )
    }

    /// Remembers frames that are missing before the first one, to be told with it.
    func wait(with gap: FrameGap) { missingAtStart = missingAtStart + gap }

    func outcome(_ reason: SeriesOutcome.Reason) -> SeriesOutcome {
        SeriesOutcome(
            context: context,
            reason: isRefused ? .failed : reason,
            lastFrame: lastFrame,
            frames: frames,
            refusedMessages: refusedMessages,
            progress: progress,
            cell: CellActivity(
                cells: cells,
                frameCount: decidedFrameCount,
                eventCounts: eventCounts,
                calibration: context.calibration
            ),
            cells: CellActivity.each(
                of: cells,
                frameCount: decidedFrameCount,
                eventCounts: eventCounts,
                calibration: context.calibration
            )
        )
    }
}
