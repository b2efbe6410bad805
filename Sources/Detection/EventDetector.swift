package import Imaging
package import UNet

/// Frames in, events out: the whole flow on one page.
///
///     frames -> stabilise -> windows -> network -> labels -> instances -> events
///                           |                 `-> newest labels -> tracks -> provisional events
///                           `-> side output, every few frames -> tracks -> early events
///
/// Pure, synchronous and deterministic: the same frames give the same events, live or from a file. One thread at a
/// time uses it. A series is one or more segments; frames follow each other without a break within a segment.
package struct EventDetector: ~Copyable {
    package let size: FrameSize
    package let settings: DetectorSettings
    /// Memory that depends on the frame size, about, in bytes; open events and the weights come on top.
    package let byteCount: Int

    /// Number of the last event, announced or final; the next one has the number after it.
    package var lastEventNumber: Int { trackers.lastNumber }

    /// Read by whoever measures its layers.
    package var network: SlidingUNet { feed.network }
    var feed: NetworkFeed
    let calibration: Calibration
    var stabiliser: FrameStabiliser
    var movements: MovementHistory
    var windows: WindowAssembler
    var threshold: ThresholdEstimator
    var baseline: RestingBaseline
    var instances: InstanceBuilder
    var trackers: ProvisionalTrackers
    /// Nil where nothing is to be told early.
    var early: EarlyTier?
    var history: LabelHistory
    var delays: SiteHistory
    var sites: ReleaseSites
    var segment = RecordedSegment(origin: 0)
    var underWay: WindowUnderWay?
    /// The network gets no more between two frames, so that starting again does not hold up those that wait.
    private static let mostFramesAtOnce = 32
    /// Whether the last window decides more than others, as the first one does: until the next nothing is looked for early.
    private var followsLongWindow = false
    /// Frames without light since the last batch.
    var newDarkFrameCount = 0
    var eventCount: Int
    var stabilisationDuration = Duration.zero
    var earlyDuration = Duration.zero

    /// Makes a detector for one series of frames of one size.
    ///
    /// - Parameters:
    ///   - model: the network.
    ///   - size: of every frame.
    ///   - calibration: what a pixel and a frame mean.
    ///   - settings: how to detect.
    ///   - lastEventNumber: events are numbered from the one after it.
    ///   - networks: of this model and these settings, where the network comes from and goes back to; nil for one
    ///     that is built now and goes with the detector.
    /// - Throws: ``UNetError`` if the network cannot be built for this frame size and window, or takes more memory than
    ///   the settings allow.
    package init(
        model: Model,
        size: FrameSize,
        calibration: Calibration,
        settings: DetectorSettings,
        lastEventNumber: Int = 0,
        networks: NetworkShelf? = nil
    ) throws(UNetError) {
        let factor = settings.networkFramesPerFrame
        precondition(settings.window.isMultiple(of: factor) && settings.stride.isMultiple(of: factor))
        feed = try NetworkFeed(
            of: size,
            interpolating: factor,
            from: networks ?? NetworkShelf(model: model, settings: settings)
        )
        byteCount = settings.byteCount(with: feed.network)
        self.size = size
        self.settings = settings
        eventCount = lastEventNumber
        self.calibration = calibration
        delays = SiteHistory(calibration: calibration)
        sites = ReleaseSites(calibration: calibration)
        history = settings.emptyHistory(of: size)
        stabiliser = FrameStabiliser(size: size, policy: settings.stabilisation)
        movements = settings.emptyMovements
        windows = settings.emptyWindows(of: size)
        threshold = ThresholdEstimator(policy: settings.threshold)
        baseline = RestingBaseline(size: size)
        instances = InstanceBuilder(size: size, limits: settings.instanceLimits)
        early = settings.sideOutput(of: model).map { output in
            EarlyTier(output, interval: settings.earlyInterval, interpolating: factor, size: size)
        }
        trackers = settings.emptyTrackers(of: size, early: early, lastNumber: lastEventNumber)
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
        trackers.startSegment(origin: origin)
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
        early?.restart()
        followsLongWindow = false
        feed.restart()
        expectNextWindow()
    }

    /// Takes the next frame and returns what is decided with it.
    ///
    /// A window is decided slab by slab: the first when its last frame comes, the others with the frames after it, so that
    /// these need not wait for all of it. Where no frame waits, ``decideMore()`` goes on.
    ///
    /// - Parameters:
    ///   - counts: Pixels on the 16-bit scale, `[y][x]`.
    ///   - isSubstitute: True if the frame stands for one that was lost.
    ///   - announce: Gets what the side output tells, before anything else is computed.
    /// - Returns: One batch for every window that is decided with it, mostly none.
    /// - Throws: ``UNetError`` if the network cannot be evaluated.
    package mutating func take(
        _ counts: UnsafeBufferPointer<Float>,
        isSubstitute: Bool = false,
        announce: (EarlyUpdate) -> Void = { _ in }
    ) throws(UNetError) -> [DetectionBatch] {
        precondition(segment.frameCount == nil, "a segment that was ended takes no frames")
        let (stabiliser, started) = (stabiliser, ContinuousClock.now)
        var (batches, inference): ([DetectionBatch], Duration) = ([], .zero)
        try stabiliser.take(counts, isSubstitute: isSubstitute) { frame, isSubstitute, movement throws(UNetError) in
            let stabilised = ContinuousClock.now
            batches += try takeStabilised(frame, isSubstitute: isSubstitute, movement, announce)
            inference += ContinuousClock.now - stabilised
        }
        stabilisationDuration += ContinuousClock.now - started - inference
        return batches
    }

    /// Takes a frame in which the cell is where it was at first.
    private mutating func takeStabilised(
        _ counts: UnsafeBufferPointer<Float>,
        isSubstitute: Bool,
        _ movement: FrameMovement?,
        _ announce: (EarlyUpdate) -> Void = { _ in }
    ) throws(UNetError) -> [DetectionBatch] {
        if let movement { movements.append(movement) }
        if isSubstitute { noteSubstitute() }
        let window = windows.append(counts, isSubstitute: isSubstitute)
        noteDarkFrames()
        if let window {
            let overtaken = try decideAll()
            try feed.handOver(&windows)
            lookEarly(announce)
            followsLongWindow = window.keptFrames.count > 2 * max(settings.recordedStride, windows.stride)
            try begin(window)
            return overtaken + (try decideNext())
        }
        var decided: [DetectionBatch] = []
        if let underWay {
            let newFrameCount = windows.frameCount - underWay.window.newFrames.upperBound
            guard !followsLongWindow, early?.isDue(at: windows.frameCount, newFrameCount: newFrameCount) == true else {
                return underWay.isDue(after: newFrameCount, of: windows.stride) ? try decideNext() : []
            }
            decided = try decideAll()
        }
        let hasAll = try feed.handOver(&windows, atMost: Self.mostFramesAtOnce)
        // Whether a long window is done by now depends on the computer; what is seen must not.
        if hasAll, !followsLongWindow { lookEarly(announce) }
        return decided
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
        batches[batches.count - 1].retracted += trackers.finish()
        return batches
    }

    /// Frames of the network from one window to the next, from now on: a wider stride costs less per frame.
    ///
    /// - Precondition: at most twice the stride of the settings.
    package mutating func setStride(_ stride: Int) {
        windows.stride = stride / settings.networkFramesPerFrame
        expectNextWindow()
    }

    mutating func expectNextWindow() {
        feed.expect(windows.nextWindow.map { ($0.newFrames.count, wantedFrames(of: $0)[0]) })
    }
}
