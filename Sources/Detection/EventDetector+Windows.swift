import Imaging
import UNet

/// How a window is decided, slab by slab.
extension EventDetector {
    /// Frames that a window is asked for at once, counted from its start: the kept ones and the newest, slab after slab;
    /// the newest apart if some are both.
    func wantedFrames(of window: Window) -> [[Range<Int>]] {
        let kept = settings.slabs(of: window.keptFrames)
        let newest = newestFrames(in: window).map(settings.slabs) ?? []
        let areApart = newest.contains { $0.lowerBound < window.keptFrames.upperBound }
        return (areApart ? [kept, newest] : [kept + newest]).map { frames in
            frames.map { $0.lowerBound - window.start..<$0.upperBound - window.start }
        }
    }

    mutating func begin(_ window: Window) throws(UNetError) {
        let started = ContinuousClock.now
        var underWay = WindowUnderWay(window, rounds: wantedFrames(of: window))
        underWay.durations.stabilisation = stabilisationDuration
        if settings.keepsProbabilities { underWay.probabilities = ClassProbabilities(spark: [], wave: [], puff: []) }
        underWay.durations.early = earlyDuration
        (stabilisationDuration, earlyDuration) = (.zero, .zero)
        underWay.durations.arrival = feed.drainDuration()
        try feed.handOver(&windows)
        feed.start(wanted: underWay.rounds.removeFirst())
        _ = feed.drainDuration()
        underWay.durations.network = ContinuousClock.now - started
        self.underWay = underWay
    }

    mutating func decideAll() throws(UNetError) -> [DetectionBatch] {
        var batches: [DetectionBatch] = []
        while underWay != nil { batches += try decideNext() }
        return batches
    }

    /// Decides the next slab of the window under way.
    ///
    /// - Returns: what the window has decided if that was all of it.
    mutating func decideNext() throws(UNetError) -> [DetectionBatch] {
        guard var current = underWay.take() else { return [] }
        let started = ContinuousClock.now
        if let answer = try feed.next() {
            current.durations.network += ContinuousClock.now - started
            current.countAnswer()
            if current.decidedFrameCount < current.window.keptFrames.count {
                decide(answer, of: &current)
            } else {
                follow(answer, of: &current)
            }
        }
        if !feed.hasNext {
            if current.rounds.isEmpty { return [finish(current)] }
            feed.start(wanted: current.rounds.removeFirst())
        }
        underWay = current
        return []
    }

    /// Labels kept frames and joins them to instances.
    private mutating func decide(_ answer: NetworkAnswer, of current: inout WindowUnderWay) {
        let started = ContinuousClock.now
        let probabilities = answer.probabilities
        current.limit = threshold.threshold(for: probabilities)
        let slab = label(current.nextFrames(answer.frames.count), with: probabilities, above: current.limit)
        current.classes += slab.classes
        current.decidedFrameCount += slab.frameCount
        let labelled = ContinuousClock.now
        current.probabilities?.append(probabilities)
        current.closed += instances.push(slab)
        current.durations.labels += labelled - started
        current.durations.instances += ContinuousClock.now - labelled
    }

    /// Follows events through the newest frames.
    private mutating func follow(_ answer: NetworkAnswer, of current: inout WindowUnderWay) {
        let started = ContinuousClock.now
        let mask = ClassMask(answer.probabilities, threshold: current.limit)
        trackers.push(fine: mask, first: current.window.start + answer.frames.lowerBound)
        current.durations.provisional += ContinuousClock.now - started
    }

    private mutating func finish(_ current: WindowUnderWay) -> DetectionBatch {
        let window = current.window
        expectNextWindow()
        var batch = DetectionBatch(
            frames: window.keptFrames.lowerBound + segment.origin..<window.keptFrames.upperBound + segment.origin,
            classes: movements.inCameraFrame(current.classes, from: window.keptFrames.lowerBound, size: size),
            newFrameCount: window.newFrames.count,
            newestFrame: min(window.newFrames.upperBound, segment.frameCount ?? .max) - 1 + segment.origin,
            events: [],
            identities: [],
            instances: [],
            segmentOrigin: segment.origin,
            settledFrame: instances.firstOpenFrame + segment.origin,
            threshold: current.limit,
            probabilities: current.probabilities.map { probabilities in
                movements.inCameraFrame(probabilities, from: window.keptFrames.lowerBound, size: size)
            },
            movements: movements[window.keptFrames],
            cells: history.cells,
            durations: current.durations
        )
        batch.restingLight = history.restingLight(
            in: window.keptFrames,
            countsPerUnit: Double(PixelScaling.range(aboveDarkLevel: windows.darkLevelCounts ?? 0)),
            origin: segment.origin
        )
        batch.darkFrameCount = newDarkFrameCount
        newDarkFrameCount = 0
        let decidedAll = ContinuousClock.now
        record(current.closed, in: &batch)
        let recorded = ContinuousClock.now
        batch.durations.events = recorded - decidedAll
        announce(in: &batch)
        batch.durations.provisional += ContinuousClock.now - recorded
        return batch
    }

    /// The newest frames of a window that can be trusted and that no earlier window had; nil if none are wanted.
    ///
    /// There are as many as the window moved by, so each is seen once. The last window decides all its frames.
    private func newestFrames(in window: Window) -> Range<Int>? {
        guard !fineClasses.isEmpty, segment.frameCount == nil else { return nil }
        let end = window.start + settings.recordedWindow - settings.recordedUntrustedFrames
        return (trackers.fine.frameCount ?? end - settings.recordedStride)..<end
    }

    /// Classes that are followed at full resolution.
    private var fineClasses: Set<EventClass> { settings.provisional.classes.subtracting(early?.classes ?? []) }

    private mutating func label(
        _ frames: Range<Int>,
        with probabilities: ClassProbabilities,
        above threshold: Float
    ) -> LabelSlab {
        let mask = ClassMask(probabilities, threshold: threshold)
        let intensity = windows.intensity(of: frames)
        var restingIntensity = [Float](repeating: 0, count: intensity.count)
        let gaps = LightGaps(
            isLeftOut: frames.map { segment.isLeftOut(segment.origin + $0) },
            unusedPixels: windows.unusedPixels
        )
        baseline.advance(intensity: intensity, classes: mask.classes, gaps: gaps, baseline: &restingIntensity)
        history.append(classes: mask.classes, intensity: intensity, baseline: restingIntensity, gaps: gaps)
        return LabelSlab(
            size: size,
            firstFrame: frames.lowerBound,
            frameCount: frames.count,
            classes: mask.classes,
            intensity: intensity,
            baseline: restingIntensity,
            confidence: mask.confidence
        )
    }
}
