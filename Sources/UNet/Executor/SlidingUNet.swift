package import CKernels
package import Imaging

/// Slides a window over a movie and computes the network's output in it.
///
/// Only what no earlier window has left behind is computed, and the results are bit for bit those of the whole
/// window. Frames may come one by one as they arrive: what they allow to compute is computed at once, so that less is
/// left to do when the last frame of a window is there. Not Sendable: used by one thread at a time. When the windows and arrivals of a recording repeat, nothing is allocated any more.
package final class SlidingUNet {
    package let frameSize: FrameSize
    /// Frames of a window.
    package let window: Int

    private let executor: PlanExecutor
    private var plans: PlanMemory
    private var storage: ProbabilityStorage
    /// Whether there was a window since the last restart.
    private var isStarted = false
    /// Frames since the last restart.
    private var frameCount = 0
    /// Frames behind the last window, and those of them for which nothing was computed ahead.
    private var newFrameCount = 0
    private var idleFrameCount = 0
    /// What the window under way was started with, and how many of these ranges are done.
    private var ranges: [Range<Int>] = []
    private var rangesDone = 0

    /// The next window as it will probably be asked for, so that its work can begin before it is complete.
    ///
    /// Nil, so that nothing is computed ahead, unless set; of a first window the shift is a whole window. A window that is
    /// asked for otherwise is computed as well, at some cost.
    package var expectedWindow: WindowRequest?

    /// Frames that arrive before something is computed ahead: fewer cost more in all.
    private static let framesAhead = 8

    /// Where a side output reads; nil if there is none.
    package let sidePlace: SideOutput.Place?
    private var features: SideFeatures?

    /// Allocates the memory of all layers.
    ///
    /// - Parameters:
    ///   - model: the network; one input channel, four classes.
    ///   - frameSize: of the movie's frames; any.
    ///   - window: frames of a window, a multiple of `1 << steps`.
    ///   - workers: that compute; other networks may have them, too.
    ///   - algorithm: of the convolutions.
    ///   - isa: instruction set of the kernels; nil for the best one of the processor that the environment allows.
    ///   - side: where a side output is to read; nil for none.
    /// - Throws: ``UNetError`` if the network or the window does not fit, or memory is not to be had.
    package init(
        model: Model,
        frameSize: FrameSize,
        window: Int = 256,
        workers: WorkerPool,
        algorithm: ConvolutionAlgorithm = .auto,
        isa: CKernelsISA? = nil,
        side: SideOutput.Place? = nil
    ) throws(UNetError) {
        precondition((isa ?? .portable).rawValue <= ckernels_isa().rawValue, "instructions that may be used here")
        guard model.shape.inputChannels == 1, model.shape.classCount == NetworkClass.allCases.count else {
            throw .unsupportedNetwork(reason: "\(model.shape) instead of 1 input channel and 4 classes")
        }
        guard window > 0, window.isMultiple(of: model.shape.extentMultiple) else {
            throw .unsupportedNetwork(
                reason: "windows of \(window) frames are no multiple of \(model.shape.extentMultiple), "
                    + "the frames of a cell of the coarsest level"
            )
        }
        let isa = isa ?? ckernels_isa()
        if let missing = algorithm.missingInstructions(on: isa) {
            throw .unsupportedProcessor(algorithm: algorithm.rawValue, needed: "the instructions \(missing)")
        }
        if let fault = side?.fault(in: model.shape, window: window) {
            throw .unsupportedNetwork(reason: "a side output of \(fault)")
        }
        self.frameSize = frameSize
        self.window = window
        sidePlace = side
        plans = PlanMemory(windowFrameCount: window, steps: model.shape.steps)
        storage = ProbabilityStorage(frameSize: frameSize)
        executor = try PlanExecutor(
            model: model,
            frameSize: frameSize,
            window: window,
            workers: workers,
            isa: isa,
            algorithm: algorithm.resolved(hasVectorKernels: ckernels_has_vectors(isa)),
            side: side
        )
        features = side.map { side in
            SideFeatures(level: side.level, channels: model.shape.channels(atLevel: side.level), part: executor.part)
        }
    }

    /// A network with workers of its own: as many threads as asked for, the caller's included.
    package convenience init(
        model: Model,
        frameSize: FrameSize,
        window: Int = 256,
        threads: Int,
        algorithm: ConvolutionAlgorithm = .auto,
        isa: CKernelsISA? = nil,
        side: SideOutput.Place? = nil
    ) throws(UNetError) {
        try self.init(
            model: model,
            frameSize: frameSize,
            window: window,
            workers: WorkerPool(threads: threads),
            algorithm: algorithm,
            isa: isa,
            side: side
        )
    }

    /// Told what every layer takes; nil, so that nothing is measured, unless set.
    package var layerClock: LayerClock? {
        get { executor.clock }
        set { executor.clock = newValue }
    }

    /// The same for the side output.
    package var sideClock: LayerClock?

    /// Memory that is reserved for the frames of all layers, in bytes.
    package var frameByteCount: Int { executor.frameByteCount }

    /// Takes the memory of all layers, which is only reserved before, so that the first window does not wait for it.
    package func populate() { executor.populate() }

    /// Moves the window forward and computes wanted frames of it: ``take(_:)`` and ``evaluate(wanted:)`` in one.
    ///
    /// - Parameters:
    ///   - frames: the next normalised frames, `[t][y][x]`: a whole window for the first call after `init` or
    ///     ``restart()``, later 1 to ``window`` frames.
    ///   - wanted: frames of the new window, counted from its start.
    /// - Returns: the probabilities of the wanted frames.
    /// - Throws: ``UNetError/frameCountMismatch(pixelCount:frameSize:reason:)``, ``UNetError/outOfMemory(byteCount:)``.
    /// - Precondition: `wanted` lies within the window.
    package func advance(
        by frames: UnsafeBufferPointer<Float>,
        wanted: [Range<Int>]
    ) throws(UNetError) -> Probabilities {
        let count = frames.count / frameSize.pixelCount
        if !isStarted && newFrameCount + count != window {
            throw mismatch(frames, "a series starts with a window of \(window) frames")
        }
        if count == 0 { throw mismatch(frames, "hand over 1 to \(window) frames at a time") }
        try takeIn(frames)
        return try evaluate(wanted: wanted)
    }

    /// Takes the next frames, and computes what ``expectedWindow`` needs of them and what can be computed already.
    ///
    /// - Parameter frames: normalised, `[t][y][x]`; not more than a window of them between two windows.
    /// - Throws: ``UNetError/frameCountMismatch(pixelCount:frameSize:reason:)``.
    /// - Precondition: All ranges of a window that was started are done.
    package func take(_ frames: UnsafeBufferPointer<Float>) throws(UNetError) {
        try takeIn(frames)
        guard let expectedWindow, idleFrameCount >= Self.framesAhead else { return }
        executor.run(plans.arrive(idleFrameCount, expecting: expectedWindow))
        idleFrameCount = 0
    }

    /// Computes wanted frames of the window that ends with the last frame taken.
    ///
    /// Without new frames that is the last window once more, of which all but the decoder is reused.
    ///
    /// - Parameter wanted: frames of the window, counted from its start.
    /// - Returns: the probabilities of the wanted frames.
    /// - Throws: ``UNetError/outOfMemory(byteCount:)``.
    /// - Precondition: A window of frames was taken since the last restart, and `wanted` lies within it.
    package func evaluate(wanted: [Range<Int>]) throws(UNetError) -> Probabilities {
        try prepareStorage(for: wanted)
        startWindow(wanted: wanted)
        executor.decode(before: window, into: storage)
        return Probabilities(storage: storage)
    }

    /// Moves on to the window that ends with the last frame taken, and computes its encoder; the frames come with
    /// ``next()``.
    ///
    /// - Parameter wanted: frames of the window, counted from its start; every range begins behind the one before.
    /// - Precondition: A window of frames was taken since the last restart, and `wanted` lies within it.
    package func start(wanted: [Range<Int>]) {
        startWindow(wanted: wanted)
        ranges = wanted
        rangesDone = 0
    }

    /// True as long as ranges of the window are to come.
    package var hasNext: Bool { rangesDone < ranges.count }

    /// Computes the next of the ranges that the window was started with.
    ///
    /// One after the other they take no longer than all at once, and the memory of one.
    ///
    /// - Returns: its probabilities, whose memory is used again unless somebody keeps them; nil if all ranges are done.
    /// - Throws: ``UNetError/outOfMemory(byteCount:)``.
    package func next() throws(UNetError) -> Probabilities? {
        guard hasNext else { return nil }
        let range = ranges[rangesDone]
        precondition(rangesDone == 0 || range.lowerBound >= ranges[rangesDone - 1].upperBound, "ranges in order")
        try prepareStorage(for: CollectionOfOne(range))
        executor.decode(before: range.upperBound, into: storage)
        rangesDone += 1
        return Probabilities(storage: storage)
    }

    /// True if the side output can be computed now: enough frames came since the last restart, and whole cells.
    package var isSideReady: Bool {
        guard let sidePlace, !hasNext else { return false }
        return frameCount >= sidePlace.neededFrameCount && newFrameCount.isMultiple(of: sidePlace.cellFrameCount)
    }

    /// Computes what the side output reads in the newest frames; windows are computed as if nobody had asked.
    ///
    /// - Parameter newestCellCount: cells of its level, along time.
    /// - Returns: their channels.
    /// - Precondition: ``isSideReady``, and no more cells than its window has.
    package func sideFeatures(ofNewest newestCellCount: Int) -> SideFeatures {
        precondition(isSideReady, "enough frames, and whole cells")
        guard let sidePlace, var features = features.take() else { preconditionFailure("built with a side output") }
        if let expectedWindow, idleFrameCount > 0 {
            executor.run(plans.arrive(idleFrameCount, expecting: expectedWindow))
            idleFrameCount = 0
        }
        let clock = executor.clock
        executor.clock = sideClock
        defer { executor.clock = clock }
        let plan = plans.side(sidePlace, newFrameCount: newFrameCount, newestCellCount: newestCellCount)
        executor.run(plan, into: &features)
        self.features = features
        return features
    }

    /// Forgets all frames: a series starts with a whole window.
    package func restart() {
        plans.restart()
        isStarted = false
        frameCount = 0
        newFrameCount = 0
        idleFrameCount = 0
        rangesDone = ranges.count
    }

    private func startWindow(wanted: [Range<Int>]) {
        precondition(frameCount >= window, "a series starts with a window of frames")
        precondition(!hasNext, "the window under way comes first")
        let plan = plans.next(WindowRequest(shift: newFrameCount, wanted: wanted))
        isStarted = true
        newFrameCount = 0
        idleFrameCount = 0
        executor.start(plan)
    }

    /// Makes room for probabilities; if somebody still holds the last ones, in other memory.
    private func prepareStorage(for ranges: some Collection<Range<Int>>) throws(UNetError) {
        if !isKnownUniquelyReferenced(&storage) { storage = ProbabilityStorage(frameSize: frameSize) }
        try storage.prepare(for: ranges)
    }

    private func takeIn(_ frames: UnsafeBufferPointer<Float>) throws(UNetError) {
        precondition(!hasNext, "the window under way still needs the frames before")
        let count = frames.count / frameSize.pixelCount
        guard count * frameSize.pixelCount == frames.count else { throw mismatch(frames, "hand over whole frames") }
        guard newFrameCount + count <= window else {
            throw mismatch(frames, "at most \(window) frames lie between two windows")
        }
        guard let start = frames.baseAddress else { return }
        executor.takeIn(start, indices: frameCount..<frameCount + count)
        frameCount += count
        newFrameCount += count
        idleFrameCount += count
    }

    private func mismatch(_ frames: UnsafeBufferPointer<Float>, _ reason: String) -> UNetError {
        .frameCountMismatch(pixelCount: frames.count, frameSize: frameSize, reason: reason)
    }
}
