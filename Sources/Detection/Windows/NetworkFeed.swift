import Imaging
import UNet

/// The network of a detector and what it has been given: the one place that knows which frames it has.
///
/// Frames are those of the camera here; the network may see several for each.
struct NetworkFeed: ~Copyable {
    let network: SlidingUNet
    private let interpolation: FrameInterpolation
    private let shelf: NetworkShelf
    private var frameCount = 0
    private var darkLevelCounts: Float?
    private var contentVersion = 0
    /// Time it took to compute ahead what the frames allow.
    private var duration = Duration.zero

    /// Takes a network for frames of a size, which comes back when the feed ends.
    ///
    /// - Parameters:
    ///   - size: Of the frames.
    ///   - factor: Frames of the network for each of the camera.
    ///   - shelf: Where the network waits.
    /// - Throws: ``UNetError`` if there is none to be had.
    init(of size: FrameSize, interpolating factor: Int = 1, from shelf: NetworkShelf) throws(UNetError) {
        network = try shelf.borrow(for: size)
        interpolation = FrameInterpolation(factor: factor)
        self.shelf = shelf
    }

    deinit { shelf.bringBack(network) }

    /// Forgets all frames.
    mutating func restart() {
        network.restart()
        interpolation.restart()
        frameCount = 0
        contentVersion = 0
    }

    /// Says what the next window will be asked for, so that it can be computed while its frames arrive.
    func expect(_ window: (shift: Int, wanted: [Range<Int>])?) {
        let interpolation = interpolation
        network.expectedWindow = window.map { window in
            WindowRequest(
                shift: interpolation.factor * window.shift,
                wanted: interpolation.networkFrames(window.wanted)
            )
        }
    }

    /// Asks for frames, counted from the start of the window.
    func start(wanted: [Range<Int>]) { network.start(wanted: interpolation.networkFrames(wanted)) }

    /// True while some of them are to come.
    var hasNext: Bool { network.hasNext }

    /// The next of them.
    ///
    /// - Returns: Nil if the network had something else to compute first.
    /// - Throws: ``UNetError`` if it cannot be evaluated.
    func next() throws(UNetError) -> NetworkAnswer? {
        guard let output = try network.next() else { return nil }
        let factor = interpolation.factor, frames = output.ranges[0]
        return NetworkAnswer(
            frames: frames.lowerBound / factor..<frames.upperBound / factor,
            probabilities: ClassProbabilities(output, oneOf: factor)
        )
    }

    /// Gives the network the frames that it does not have yet; it computes ahead what it can.
    ///
    /// Before the first window is complete its dark level may turn out to be lower than it seemed, or frames be seen
    /// otherwise; then it starts again.
    ///
    /// - Parameters:
    ///   - windows: with the frames.
    ///   - limit: of frames now, the rest with those to come; nil for all.
    /// - Returns: true if it has all.
    /// - Throws: ``UNetError`` if the network cannot be evaluated.
    @discardableResult
    mutating func handOver(_ windows: inout WindowAssembler, atMost limit: Int? = nil) throws(UNetError) -> Bool {
        guard let expected = windows.expectedDarkLevelCounts else { return windows.frameCount == 0 }
        let started = ContinuousClock.now
        let (network, interpolation) = (network, interpolation)
        let isStale = expected != darkLevelCounts || windows.contentVersion != contentVersion
        contentVersion = windows.contentVersion
        if frameCount > 0, isStale {
            network.restart()
            interpolation.restart()
            frameCount = 0
        }
        darkLevelCounts = expected
        let end = min(windows.frameCount, limit.map { frameCount + $0 } ?? .max)
        while frameCount < end {
            try windows.withFrame(frameCount) { frame throws(UNetError) in
                try interpolation.take(frame) { frame throws(UNetError) in try network.take(frame) }
            }
            frameCount += 1
        }
        duration += ContinuousClock.now - started
        return frameCount == windows.frameCount
    }

    /// Time spent in ``handOver(_:)`` since the last call.
    mutating func drainDuration() -> Duration {
        defer { duration = .zero }
        return duration
    }
}

/// What the network says of some frames.
struct NetworkAnswer {
    /// Counted from the start of the window.
    let frames: Range<Int>
    let probabilities: ClassProbabilities
}
