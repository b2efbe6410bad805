package import Imaging
package import UNet

/// Frames in, events out: the whole flow on one page.
///
///     frames -> stabilise -> windows -> network -> labels -> instances -> events
///                                             `-> newest labels -> tracks -> provisional events
///
/// Pure, synchronous and deterministic: the same frames give the same events, live or from a file. One thread at a
/// time uses it. A series is one or more segments; frames follow each other without a break within a segment.
package struct EventDetector: ~Copyable {
    package let size: FrameSize
    package let settings: DetectorSettings
    /// Memory that depends on the frame size, about, in bytes; open events and the weights come on top.
    package let byteCount: Int

    /// Number of the last event, announced or final; the next one has the number after it.
    package var lastEventNumber: Int { tracker.lastNumber }

    /// Read by whoever measures its layers.
    package let network: SlidingUNet
    private let calibration: Calibration
    private var stabiliser: FrameStabiliser
    private var movements: MovementHistory
    private var windows: WindowAssembler
    private var threshold: ThresholdEstimator
    private var baseline: RestingBaseline
    private var instances: InstanceBuilder
    private var tracker: ProvisionalTracker
    private var history: LabelHistory
    private var sites: SiteHistory
    private var segment = RecordedSegment(origin: 0)
    private var underWay: WindowUnderWay?
    /// Frames without light since the last batch.
    private var newDarkFrameCount = 0
    private var eventCount: Int
    /// Frames of the segment that the network has, their dark level, and the time it took to compute ahead what they allow.
    private var networkFrameCount = 0
    private var networkDarkLevelCounts: Float?
    private var networkContentVersion = 0
    private var arrivalDuration = Duration.zero
    private var stabilisationDuration = Duration.zero

    /// Makes a detector for one series of frames of one size.
    ///
    /// - Parameters:
    ///   - model: the network.
    ///   - size: of every frame.
    ///   - calibration: what a pixel and a frame mean.
    ///   - settings: how to detect.
    ///   - lastEventNumber: events are numbered from the one after it.
    ///   - spare: the network of a detector that is no longer used, of the same model and settings; taken over if its
    ///     frames have the same size.
    /// - Throws: ``UNetError`` if the network cannot be built for this frame size and window, or takes more memory than
    ///   the settings allow.
    package init(
        model: Model,
        size: FrameSize,
        calibration: Calibration,
        settings: DetectorSettings,
        lastEventNumber: Int = 0,
        reusing spare: SlidingUNet? = nil
    ) throws(UNetError) {
        let network: SlidingUNet
        if let spare, spare.frameSize == size, spare.window == settings.window {
            network = spare
            network.restart()
        } else {
            network = try settings.network(of: model, frameSize: size)
        }
        // Before anything of it is used: until then it is only reserved.
        let byteCount = network.frameByteCount + size.pixelCount * settings.heldBytesPerPixel
        if let limit = settings.memoryLimitBytes, byteCount > limit { throw .outOfMemory(byteCount: byteCount) }
        if spare !== network { network.populate() }
        self.size = size
        self.settings = settings
        self.byteCount = byteCount
        eventCount = lastEventNumber
        self.network = network
        self.calibration = calibration
        sites = SiteHistory(calibration: calibration)
        history = settings.emptyHistory(of: size)
        stabiliser = FrameStabiliser(size: size, policy: settings.stabilisation)
        movements = settings.emptyMovements
        windows = settings.emptyWindows(of: size)
        threshold = ThresholdEstimator(policy: settings.threshold)
        baseline = RestingBaseline(size: size)
        instances = InstanceBuilder(size: size, limits: settings.instanceLimits)
        tracker = ProvisionalTracker(
            size: size,
            classes: settings.provisional.classes,
            limits: settings.instanceLimits,
            lastNumber: lastEventNumber
        )
        expectNextWindow()
    }

    /// Starts anew behind a break; event numbers go on.
    ///
    /// - Parameter origin: Acquisition index of the first frame to come.
    /// - Precondition: the segment before was ended, or had no frame.
    package mutating func startSegment(origin: Int) {
        precondition(windows.frameCount == 0 || segment.frameCount != nil, "end a segment before the next")
        if windows.frameCount > 0 { clear() }
        segment = RecordedSegment(origin: origin)
        tracker.startSegment(origin: origin)
    }

    /// Forgets the last segment.
    private mutating func clear() {
        stabiliser = FrameStabiliser(size: size, policy: settings.stabilisation)
        movements = settings.emptyMovements
        windows = settings.emptyWindows(of: size)
        threshold = ThresholdEstimator(policy: settings.threshold)
        baseline = RestingBaseline(size: size)
        history = settings.emptyHistory(of: size)
        instances = InstanceBuilder(size: size, limits: settings.instanceLimits)
        network.restart()
        networkFrameCount = 0
        networkContentVersion = 0
        expectNextWindow()
    }

    /// Takes the next frame and returns what is decided with it.
    ///
    /// The first window decides many frames: a slab of them when its last frame comes, and one with every frame from then
    /// on, so that these need not wait for all of it. Where no frame waits, ``decideMore()`` goes on.
    ///
    /// - Parameters:
    ///   - counts: Pixels on the 16-bit scale, `[y][x]`.
    ///   - isSubstitute: True if the frame stands for one that was lost.
    /// - Returns: One batch for every window that is decided, mostly none.
    /// - Throws: ``UNetError`` if the network cannot be evaluated.
    package mutating func take(
        _ counts: UnsafeBufferPointer<Float>,
        isSubstitute: Bool = false
    ) throws(UNetError) -> [DetectionBatch] {
        precondition(segment.frameCount == nil, "a segment that was ended takes no frames")
        let (stabiliser, started) = (stabiliser, ContinuousClock.now)
        var (batches, inference): ([DetectionBatch], Duration) = ([], .zero)
        try stabiliser.take(counts, isSubstitute: isSubstitute) { frame, isSubstitute, movement throws(UNetError) in
            let stabilised = ContinuousClock.now
            batches += try takeStabilised(frame, isSubstitute: isSubstitute, movement)
            inference += ContinuousClock.now - stabilised
        }
        stabilisationDuration += ContinuousClock.now - started - inference
        return batches
    }

    /// Takes a frame in which the cell is where it was at first.
    private mutating func takeStabilised(
        _ counts: UnsafeBufferPointer<Float>,
        isSubstitute: Bool,
        _ movement: FrameMovement?
    ) throws(UNetError) -> [DetectionBatch] {
        if let movement { movements.append(movement) }
        if isSubstitute { noteSubstitute() }
        let window = windows.append(counts, isSubstitute: isSubstitute)
        noteDarkFrames()
        if let window {
            let overtaken = try decideAll()
            try begin(window)
            let isLong = window.keptFrames.count > 2 * max(settings.stride, windows.stride)
            return overtaken + (isLong ? try decideNext() : try decideAll())
        }
        if underWay != nil { return try decideNext() }
        let started = ContinuousClock.now
        try handFramesOver()
        arrivalDuration += ContinuousClock.now - started
        return []
    }

    /// True while a window has frames left to decide.
    package var isDeciding: Bool { underWay != nil }

    /// Decides the next frames of the window under way, without a new frame.
    ///
    /// - Returns: One batch if that was all of it.
    /// - Throws: ``UNetError`` if the network cannot be evaluated.
    package mutating func decideMore() throws(UNetError) -> [DetectionBatch] { try decideNext() }

    /// Decides the frames still open and closes all instances.
    ///
    /// - Returns: One batch for every window that is decided; none if the segment had no frame, or was ended before.
    /// - Throws: ``UNetError`` if the network cannot be evaluated.
    package mutating func endSegment() throws(UNetError) -> [DetectionBatch] {
        guard segment.frameCount == nil else { return [] }
        let stabiliser = stabiliser
        var batches: [DetectionBatch] = []
        try stabiliser.finish { frame, isSubstitute, movement throws(UNetError) in
            batches += try takeStabilised(frame, isSubstitute: isSubstitute, movement)
        }
        guard windows.frameCount > 0 else { return [] }
        batches += try decideAll()
        segment.frameCount = windows.frameCount
        guard let window = windows.flush() else { preconditionFailure("the last window leaves no frame open") }
        noteDarkFrames()
        try begin(window)
        batches += try decideAll()
        record(instances.finish(), in: &batches[batches.count - 1])
        batches[batches.count - 1].settledFrame = batches[batches.count - 1].frames.upperBound
        batches[batches.count - 1].retracted += tracker.finish()
        return batches
    }

    /// Frames from one window to the next, from now on: a wider stride costs less per frame.
    ///
    /// - Precondition: at most twice the stride of the settings.
    package mutating func setStride(_ stride: Int) {
        windows.stride = stride
        expectNextWindow()
    }

    /// Gives the network the frames that it does not have yet; it computes ahead what it can.
    ///
    /// Before the first window is complete its dark level may turn out to be lower than it seemed; then it starts again.
    private mutating func handFramesOver() throws(UNetError) {
        guard let darkLevelCounts = windows.expectedDarkLevelCounts else { return }
        let network = network
        let isStale = darkLevelCounts != networkDarkLevelCounts || windows.contentVersion != networkContentVersion
        networkContentVersion = windows.contentVersion
        if networkFrameCount > 0, isStale {
            network.restart()
            networkFrameCount = 0
        }
        networkDarkLevelCounts = darkLevelCounts
        while networkFrameCount < windows.frameCount {
            try windows.withFrame(networkFrameCount) { frame throws(UNetError) in try network.take(frame) }
            networkFrameCount += 1
        }
    }

    private mutating func expectNextWindow() {
        let network = network
        network.expectedWindow = windows.nextWindow.map { next in
            WindowRequest(shift: next.newFrames.count, wanted: wantedFrames(of: next)[0])
        }
    }

    /// Frames that a window is asked for at once, counted from its start: the kept ones and the newest, slab after slab;
    /// the newest apart if some are both.
    private func wantedFrames(of window: Window) -> [[Range<Int>]] {
        let kept = Self.slabs(of: window.keptFrames), newest = newestFrames(in: window).map(Self.slabs) ?? []
        let areApart = newest.contains { $0.lowerBound < window.keptFrames.upperBound }
        return (areApart ? [kept, newest] : [kept + newest]).map { frames in
            frames.map { $0.lowerBound - window.start..<$0.upperBound - window.start }
        }
    }

    private mutating func begin(_ window: Window) throws(UNetError) {
        let started = ContinuousClock.now
        var underWay = WindowUnderWay(window, rounds: wantedFrames(of: window))
        underWay.durations.stabilisation = stabilisationDuration
        underWay.durations.arrival = arrivalDuration
        if settings.keepsProbabilities { underWay.probabilities = ClassProbabilities(spark: [], wave: [], puff: []) }
        (stabilisationDuration, arrivalDuration) = (.zero, .zero)
        try handFramesOver()
        network.start(wanted: underWay.rounds.removeFirst())
        underWay.durations.network = ContinuousClock.now - started
        self.underWay = underWay
    }

    private mutating func decideAll() throws(UNetError) -> [DetectionBatch] {
        var batches: [DetectionBatch] = []
        while underWay != nil { batches += try decideNext() }
        return batches
    }

    /// Decides the next slab of the window under way.
    ///
    /// - Returns: what the window has decided if that was all of it.
    private mutating func decideNext() throws(UNetError) -> [DetectionBatch] {
        guard var current = underWay.take() else { return [] }
        let started = ContinuousClock.now
        if let output = try network.next() {
            current.durations.network += ContinuousClock.now - started
            if current.decidedFrameCount < current.window.keptFrames.count {
                decide(output, of: &current)
            } else {
                follow(output, of: &current)
            }
        }
        if !network.hasNext {
            if current.rounds.isEmpty { return [finish(current)] }
            network.start(wanted: current.rounds.removeFirst())
        }
        underWay = current
        return []
    }

    /// Labels kept frames and joins them to instances.
    private mutating func decide(_ output: Probabilities, of current: inout WindowUnderWay) {
        let started = ContinuousClock.now
        let probabilities = ClassProbabilities(output)
        current.limit = threshold.threshold(for: output)
        let slab = label(current.nextFrames(output.ranges[0].count), with: probabilities, above: current.limit)
        current.classes += slab.classes
        current.decidedFrameCount += slab.frameCount
        let labelled = ContinuousClock.now
        current.probabilities?.append(probabilities)
        current.closed += instances.push(slab)
        current.durations.labels += labelled - started
        current.durations.instances += ContinuousClock.now - labelled
    }

    /// Follows events through the newest frames.
    private mutating func follow(_ output: Probabilities, of current: inout WindowUnderWay) {
        let started = ContinuousClock.now
        let mask = ClassMask(ClassProbabilities(output), threshold: current.limit)
        tracker.push(mask, first: current.window.start + output.ranges[0].lowerBound)
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
            cell: history.cell,
            durations: current.durations
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
        guard settings.provisional != .off, segment.frameCount == nil else { return nil }
        let end = window.start + settings.window - settings.untrustedFrames
        return (tracker.frameCount ?? end - settings.stride)..<end
    }

    /// Parts of a range of about the same length: what is decided at a time takes little memory.
    private static func slabs(of frames: Range<Int>) -> [Range<Int>] {
        let count = (frames.count + DetectorSettings.decidedFrameCount - 1) / DetectorSettings.decidedFrameCount
        return (0..<count).map { index in
            frames.lowerBound + frames.count * index / count..<frames.lowerBound + frames.count * (index + 1) / count
        }
    }

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

    private mutating func record(_ closed: [Instance], in batch: inout DetectionBatch) {
        guard !closed.isEmpty else { return }
        let measurement = EventMeasurement(
            size: size,
            calibration: calibration,
            darkLevelCounts: windows.darkLevelCounts ?? 0
        )
        let (history, segment, firstNumber) = (history, segment, eventCount + 1)
        var events = windows.withHeldFrames(before: segment.frameCount) { frames, intensity, capacity in
            history.withPlanes { planes in
                let surroundings = SurroundingFrames(
                    size: measurement.size,
                    frames: frames,
                    intensity: intensity,
                    intensityCapacity: capacity,
                    labels: planes
                )
                return measurement.measure(
                    closed,
                    numbers: Array(firstNumber..<firstNumber + closed.count),
                    in: segment,
                    surroundings: surroundings
                )
            }
        }
        for index in events.indices { sites.noteDelay(of: &events[index]) }
        eventCount += closed.count
        let seen = closed.map { movements.inCameraFrame($0, size: size) }
        batch.events += zip(events, seen).map { event, instance in
            movements.inCameraFrame(
                event,
                instance,
                segmentOrigin: segment.origin,
                size: size,
                calibration: calibration
            )
        }
        batch.identities += closed.map { tracker.identity(of: $0) }
        batch.instances += seen
    }

    /// Finds what is new in the newest frames, and takes back what did not become final.
    private mutating func announce(in batch: inout DetectionBatch) {
        let instances = instances
        batch.retracted = tracker.retract(decided: instances.frameCount, open: instances.isOpen(touching:))
        batch.provisional = tracker.announce(decided: instances.frameCount, newestFrame: batch.newestFrame)
            .map { movements.inCameraFrame($0, segmentOrigin: segment.origin, size: size) }
    }

    /// Frames back to which an open event may reach.
    private var reach: Int { settings.instanceLimits.frameCount + 2 * settings.window }

    /// Remembers a frame that stands for a lost one for as long as an open event may reach back to it.
    private mutating func noteSubstitute() {
        let frame = segment.origin + windows.frameCount
        segment.heldFrames.insert(frame)
        if segment.heldFrames.count > reach { segment.heldFrames = segment.heldFrames.filter { $0 > frame - reach } }
    }

    /// The same with frames without light.
    private mutating func noteDarkFrames() {
        let frames = windows.takeDarkFrames()
        guard let last = frames.last else { return }
        newDarkFrameCount += frames.count
        segment.darkFrames.formUnion(frames.map { segment.origin + $0 })
        let oldest = segment.origin + last - reach
        if segment.darkFrames.count > reach { segment.darkFrames = segment.darkFrames.filter { $0 > oldest } }
    }
}
