import Imaging
import UNet

/// The network of a detector and what it has been given: the one place that knows which frames it has.
struct NetworkFeed: ~Copyable {
    let network: SlidingUNet
    private let shelf: NetworkShelf
    private var frameCount = 0
    private var darkLevelCounts: Float?
    private var contentVersion = 0
    /// Time it took to compute ahead what the frames allow.
    private var duration = Duration.zero

    /// Takes a network for frames of a size, which comes back when the feed ends.
    ///
    /// - Throws: ``UNetError`` if there is none to be had.
    init(of size: FrameSize, from shelf: NetworkShelf) throws(UNetError) {
        network = try shelf.borrow(for: size)
        self.shelf = shelf
    }

    deinit { shelf.bringBack(network) }

    /// Forgets all frames.
    mutating func restart() {
        network.restart()
        frameCount = 0
        contentVersion = 0
    }

    /// Says what the next window will be asked for, so that it can be computed while its frames arrive.
    func expect(_ window: (shift: Int, wanted: [Range<Int>])?) {
        network.expectedWindow = window.map { WindowRequest(shift: $0.shift, wanted: $0.wanted) }
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
        let network = network
        let isStale = expected != darkLevelCounts || windows.contentVersion != contentVersion
        contentVersion = windows.contentVersion
        if frameCount > 0, isStale {
            network.restart()
            frameCount = 0
        }
        darkLevelCounts = expected
        let end = min(windows.frameCount, limit.map { frameCount + $0 } ?? .max)
        while frameCount < end {
            try windows.withFrame(frameCount) { frame throws(UNetError) in try network.take(frame) }
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
