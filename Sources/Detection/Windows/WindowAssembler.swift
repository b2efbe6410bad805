package import UNet

/// One position of the sliding window: which frames are new to the network and which results are kept.
///
/// Frames are counted from the start of the segment.
package struct Window: Sendable, Equatable {
    package let start: Int
    /// Frames to hand to the network: all of the window if it is the first, else those behind the last one.
    package let newFrames: Range<Int>
    /// Frames whose probabilities are final with this window.
    package let keptFrames: Range<Int>
    /// True if the network has to forget its state before it takes the new frames.
    package let restartsNetwork: Bool
}

/// Collects frames into overlapping windows and normalises them for the network.
///
/// The published inference keeps the central frames of every window, all frames up to there of the first, and
/// all frames from there of the last (quirks, "Input, windows, merging"). Here the movie's end is not known
/// ahead: ``flush()`` pads it with zeros behind. The dark level is the minimum of the first window.
package struct WindowAssembler {
    package let size: FrameSize
    package let window: Int
    /// Frames between this window and the next; may change between windows.
    package var stride: Int
    /// Counts that mean no light: given, or the minimum of the first window once that is complete.
    package private(set) var darkLevelCounts: Float?
    /// Frames taken in since the start of the segment.
    package private(set) var frameCount = 0

    private var windowStart: Int?
    private var keptEnd = 0
    private let capacity: Int
    /// End of the frames that every window but the last keeps, counted from the window's start: 144 of 256.
    private let keptEndInWindow: Int
    /// Ring of frames, counts until the dark level is known and normalised from then on; frame f at f % capacity.
    private var frames: [Float]
    private var staging: [Float]

    /// Makes an empty window over frames of one size.
    ///
    /// The centre that is kept is as wide as `stride`; it ends at the same place when the stride changes later.
    ///
    /// - Precondition: `stride` and `maximumStride` are positive and at most half a window.
    package init(size: FrameSize, window: Int, stride: Int, maximumStride: Int, darkLevelCounts: Float?) {
        precondition(stride > 0 && stride <= maximumStride && 2 * maximumStride <= window)
        self.size = size
        self.window = window
        self.stride = stride
        self.darkLevelCounts = darkLevelCounts
        capacity = window + maximumStride
        keptEndInWindow = window - (window - stride) / 2
        frames = [Float](repeating: 0, count: capacity * size.pixelCount)
        staging = []
        staging.reserveCapacity(window * size.pixelCount)
    }

    /// Takes in the next frame, in counts, and returns the window that it completes.
    package mutating func append(_ counts: UnsafeBufferPointer<Float>) -> Window? {
        precondition(counts.count == size.pixelCount, "a frame has \(size)")
        store(counts)
        guard let windowStart else {
            guard frameCount == window else { return nil }
            normaliseFirstWindow()
            return advance(to: 0, newFrames: 0..<window, keptEnd: keptEndInWindow)
        }
        let nextStart = windowStart + stride
        guard frameCount >= nextStart + window else { return nil }
        return advance(
            to: nextStart,
            newFrames: windowStart + window..<nextStart + window,
            keptEnd: nextStart + keptEndInWindow
        )
    }

    /// Returns the window that decides all frames still open, or nil if there are none.
    package mutating func flush() -> Window? {
        let end = frameCount
        guard end > keptEnd else { return nil }
        guard let windowStart else {
            normaliseFirstWindow()
            pad(to: window)
            return advance(to: 0, newFrames: 0..<window, keptEnd: end)
        }
        guard end > windowStart + window else {
            return advance(
                to: windowStart,
                newFrames: windowStart..<windowStart + window,
                keptEnd: end,
                restartsNetwork: true
            )
        }
        let nextStart = windowStart + stride
        pad(to: nextStart + window)
        return advance(to: nextStart, newFrames: windowStart + window..<nextStart + window, keptEnd: end)
    }

    /// Calls `body` with consecutive normalised frames, `[t][y][x]`.
    package mutating func withFrames<Result, Failure: Error>(
        _ range: Range<Int>,
        _ body: (UnsafeBufferPointer<Float>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        precondition(range.count <= window && range.upperBound <= frameCount)
        precondition(range.lowerBound >= frameCount - capacity, "frame \(range.lowerBound) is no longer held")
        let pixelCount = size.pixelCount
        staging.removeAll(keepingCapacity: true)
        for frame in range {
            let offset = frame % capacity * pixelCount
            staging.append(contentsOf: frames[offset..<offset + pixelCount])
        }
        return try staging.withUnsafeBufferPointer(body)
    }

    private mutating func advance(
        to start: Int,
        newFrames: Range<Int>,
        keptEnd end: Int,
        restartsNetwork: Bool = false
    ) -> Window {
        let kept = keptEnd..<end
        windowStart = start
        keptEnd = end
        return Window(start: start, newFrames: newFrames, keptFrames: kept, restartsNetwork: restartsNetwork)
    }

    private mutating func store(_ counts: UnsafeBufferPointer<Float>) {
        let offset = frameCount % capacity * size.pixelCount
        if windowStart != nil, let dark = darkLevelCounts {
            let range = 65535 - dark
            for pixel in 0..<counts.count { frames[offset + pixel] = (counts[pixel] - dark) / range }
        } else {
            for pixel in 0..<counts.count { frames[offset + pixel] = counts[pixel] }
        }
        frameCount += 1
    }

    private mutating func normaliseFirstWindow() {
        let count = frameCount * size.pixelCount
        var dark = darkLevelCounts ?? .infinity
        if darkLevelCounts == nil {
            for index in 0..<count { dark = min(dark, frames[index]) }
        }
        darkLevelCounts = dark
        let range = 65535 - dark
        for index in 0..<count { frames[index] = (frames[index] - dark) / range }
    }

    private mutating func pad(to end: Int) {
        while frameCount < end {
            let offset = frameCount % capacity * size.pixelCount
            for pixel in 0..<size.pixelCount { frames[offset + pixel] = 0 }
            frameCount += 1
        }
    }
}
