public import CKernels

/// Slides a window over a movie and computes the network's output in it.
///
/// Only what no earlier window has left behind is computed, and the results are bit for bit those of the whole
/// window. Not Sendable: used by one thread at a time; it has its own workers. After the first windows of each kind
/// no memory is allocated for frames any more.
public final class SlidingUNet {
    public let frameSize: FrameSize
    /// Frames of a window.
    public let window: Int

    private let executor: PlanExecutor
    private var planner: IncrementalPlanner
    private var isStarted = false
    private var storage: ProbabilityStorage

    /// Allocates the memory of all layers and starts the workers.
    ///
    /// - Parameters:
    ///   - model: the network; one input channel, four classes.
    ///   - frameSize: of the movie's frames; any.
    ///   - window: frames of a window, a multiple of `1 << steps`.
    ///   - threads: that compute, the caller's included.
    ///   - algorithm: of the convolutions.
    ///   - isa: instruction set of the kernels; nil for the best one of the processor that the environment allows.
    /// - Throws: ``UNetError`` if the network or the window does not fit, or memory or threads are not to be had.
    public init(
        model: Model,
        frameSize: FrameSize,
        window: Int = 256,
        threads: Int,
        algorithm: ConvolutionAlgorithm = .auto,
        isa: CKernelsISA? = nil
    ) throws(UNetError) {
        precondition(threads > 0, "somebody has to compute")
        precondition(
            (isa ?? .portable).rawValue <= ckernels_isa_of_processor().rawValue,
            "the processor's instructions"
        )
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
        guard algorithm != .bfloat16 || ckernels_has_bfloat16(isa) else {
            throw .unsupportedProcessor(algorithm: algorithm.rawValue, needed: "the instructions AVX512_BF16")
        }
        self.frameSize = frameSize
        self.window = window
        planner = IncrementalPlanner(windowFrameCount: window, steps: model.shape.steps)
        storage = ProbabilityStorage(frameSize: frameSize)
        executor = try PlanExecutor(
            model: model,
            frameSize: frameSize,
            window: window,
            threads: threads,
            isa: isa,
            algorithm: algorithm.resolved(hasVectorKernels: ckernels_has_vectors(isa))
        )
    }

    /// Told what every layer takes; nil, so that nothing is measured, unless set.
    public var layerClock: LayerClock? {
        get { executor.clock }
        set { executor.clock = newValue }
    }

    /// Moves the window forward and computes wanted frames of it.
    ///
    /// - Parameters:
    ///   - frames: the next normalised frames, `[t][y][x]`: a whole window for the first call after `init` or
    ///     ``restart()``, later 1 to ``window`` frames.
    ///   - wanted: frames of the new window, counted from its start.
    /// - Returns: the probabilities of the wanted frames.
    /// - Throws: ``UNetError/frameCountMismatch(pixelCount:frameSize:reason:)``, ``UNetError/outOfMemory(byteCount:)``.
    /// - Precondition: `wanted` lies within the window.
    public func advance(
        by frames: UnsafeBufferPointer<Float>,
        wanted: [Range<Int>]
    ) throws(UNetError) -> Probabilities {
        let frameCount = try checkedFrameCount(frames)
        guard let start = frames.baseAddress else { preconditionFailure("there are frames") }
        if !isKnownUniquelyReferenced(&storage) { storage = ProbabilityStorage(frameSize: frameSize) }
        try storage.prepare(for: wanted)
        let plan = planner.next(shift: isStarted ? frameCount : nil, wanted: wanted)
        isStarted = true
        executor.run(plan, frames: start, into: storage)
        return Probabilities(storage: storage)
    }

    /// Forgets all frames: the next call starts a series with a whole window.
    public func restart() {
        planner.restart()
        isStarted = false
    }

    private func checkedFrameCount(_ frames: UnsafeBufferPointer<Float>) throws(UNetError) -> Int {
        let count = frames.count / frameSize.pixelCount
        let reason: String
        if !frames.count.isMultiple(of: frameSize.pixelCount) {
            reason = "hand over whole frames"
        } else if !isStarted && count != window {
            reason = "a series starts with a window of \(window) frames"
        } else if !(1...window).contains(count) {
            reason = "hand over 1 to \(window) frames at a time"
        } else {
            return count
        }
        throw .frameCountMismatch(pixelCount: frames.count, frameSize: frameSize, reason: reason)
    }
}
