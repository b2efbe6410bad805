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
    /// What was taken for pixels and frames, and why.
    let choice: CalibrationChoice
    /// Frames that the network is shown for each.
    let networkFramesPerFrame: Int
    var watch: InputWatch
    private var frames = SeriesOutcome.FrameCounts()
    private var cells: CellMask?
    private var decidedFrameCount = 0
    private var eventCounts: CellActivity.EventCounts = [:]
    private var hasMoved = false
    private var movement = MovementSummary([])
    /// True once it was told how the series is recorded.
    private var isExamined = false

    init(
        _ description: SeriesDescription,
        context: SeriesContext,
        provisional: ProvisionalPolicy,
        choice: CalibrationChoice,
        networkFramesPerFrame: Int,
        surveyedFrameCount: Int
    ) {
        self.description = description
        self.context = context
        self.choice = choice
        self.networkFramesPerFrame = networkFramesPerFrame
        watch = InputWatch(
            description,
            calibration: context.calibration,
            surveyedFrameCount: surveyedFrameCount
        )
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
        movement.add(batch.movements)
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

    /// What there is to say of how the series is recorded, once: when enough was seen, or it is over.
    ///
    /// Enough is what the survey wants, and a second window, which tells how fast the computer is.
    func examination(familiar: FamiliarStyles?, isOver: Bool) -> Examination? {
        guard !isExamined, isOver || (watch.isSurveyComplete && progress.windowCount > 1),
            var examiner = watch.examiner(choice)
        else { return nil }
        isExamined = true
        examiner.familiar = familiar
        examiner.movement = movement.frameCount > 0 ? movement : nil
        examiner.realTimeFactor = progress.realTimeFactor
        examiner.networkFramesPerFrame = networkFramesPerFrame
        return examiner.examination
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
                calibration: context.calibration,
                usableShare: movement.usableShare
            ),
            cells: CellActivity.each(
                of: cells,
                frameCount: decidedFrameCount,
                eventCounts: eventCounts,
                calibration: context.calibration,
                usableShare: movement.usableShare
            )
        )
    }
}
