package import Imaging

/// One position of the sliding window: which frames are new to the network and which results are kept.
///
/// Frames are counted from the start of the segment.
package struct Window: Sendable, Equatable {
    package let start: Int
    /// Frames that no window before had: all if it is the first, none if it is the last one once more.
    package let newFrames: Range<Int>
    /// Frames whose probabilities are final with this window.
    package let keptFrames: Range<Int>
}

/// Collects frames into overlapping windows and normalises them for the network.
///
/// The published inference keeps the central frames of every window, all frames up to there of the first, and
/// all frames from there of the last (quirks, "Input, windows, merging"). Here the movie's end is not known
/// ahead: ``flush()`` pads it with zeros behind. The dark level is given, or the minimum of the first window; until that
/// is complete it is expected to be the minimum so far. A window ends with the newest frame.
package struct WindowAssembler {
    package let size: FrameSize
    package let window: Int
    /// Frames between this window and the next; may change between windows.
    package var stride: Int
    /// Counts that mean no light: given, or the minimum of the first window once that is complete.
    ///
    /// From then on the frames in memory are normalised.
    package private(set) var darkLevelCounts: Float?
    /// Frames taken in since the start of the segment.
    package private(set) var frameCount = 0
    /// True for pixels without data, `[y][x]`; nil if there are none, or before the first window is complete.
    private(set) var unusedPixels: [Bool]?
    /// Frames without light, in whose place the resting picture was taken in; those found since the last call of
    /// ``drainDarkFrames()``.
    private var newDarkFrames: [Int] = []
    /// Counts how often frames in memory were changed after they had been taken in.
    private(set) var contentVersion = 0

    private var windowStart: Int?
    private var keptEnd = 0
    /// Least count of the frames before the first window is complete, substitutes for lost ones left out.
    private var leastCount = Float.infinity
    /// The frame in which it fell last.
    private var leastFrame = 0
    /// Substitutes for lost frames, before the first window is complete.
    private var substitutes: Set<Int> = []
    /// Tells frames without light, once the first window is complete; on the scale of the counts.
    private var light: LightReference?
    private let capacity: Int
    /// End of the frames that every window but the last keeps, counted from the window's start: 144 of 256.
    private let keptEndInWindow: Int
    /// Ring of frames, counts until the dark level is known and normalised from then on; frame f at f % capacity.
    ///
    /// It grows until it is full, so that its memory is not taken at once.
    private var frames: [Float] = []
    /// One frame, normalised by the expected dark level.
    private var expected: [Float]

    /// Frames from the one with the least count on after which that is expected to stay: an eighth of those before, so that
    /// a slowly falling minimum does not have everything computed over and over; at most an eighth of those to come, since
    /// what is put off to the end of the first window holds up the frames behind it.
    private var steadyFrameCount: Int { min(max(8, leastFrame / 8), (window - leastFrame) / 8) }

    /// Makes an empty window over frames of one size.
    ///
    /// The centre that is kept is as wide as `stride`; it ends at the same place when the stride changes later.
    ///
    /// `historyFrameCount` frames more than windows need stay in memory behind them.
    ///
    /// - Precondition: `stride` and `maximumStride` are positive and at most half a window.
    package init(
        size: FrameSize,
        window: Int,
        stride: Int,
        maximumStride: Int,
        historyFrameCount: Int = 0,
        darkLevelCounts: Float?
    ) {
        precondition(historyFrameCount >= 0)
        precondition(stride > 0 && stride <= maximumStride && 2 * maximumStride <= window)
        self.size = size
        self.window = window
        self.stride = stride
        self.darkLevelCounts = darkLevelCounts
        capacity = window + historyFrameCount
        keptEndInWindow = window - (window - stride) / 2
        frames.reserveCapacity(capacity * size.pixelCount)
        expected = [Float](repeating: 0, count: size.pixelCount)
    }

    /// Takes in the next frame, in counts, and returns the window that it completes.
    ///
    /// - Parameters:
    ///   - counts: pixels, `[y][x]`.
    ///   - isSubstitute: true if the frame stands for one that was lost; it does not count for the dark level.
    /// - Returns: nil if the frame completes no window.
    package mutating func append(_ counts: UnsafeBufferPointer<Float>, isSubstitute: Bool = false) -> Window? {
        precondition(counts.count == size.pixelCount, "a frame has \(size)")
        if darkLevelCounts == nil, !isSubstitute { noteLeast(of: counts) }
        if isSubstitute, windowStart == nil { substitutes.insert(frameCount) }
        let hasNoLight = windowStart != nil && !isSubstitute && light?.receive(counts) == true
        store(counts)
        if hasNoLight {
            newDarkFrames.append(frameCount - 1)
            replace(frameCount - 1)
        }
        guard let windowStart else {
            guard frameCount == window else { return nil }
            settle()
            return advance(to: 0, newFrames: 0..<window, keptEnd: keptEndInWindow)
        }
        let newFrameCount = frameCount - (windowStart + window)
        // More wait than a stride if that has just become smaller.
        guard newFrameCount > 0, newFrameCount.isMultiple(of: stride) else { return nil }
        let nextStart = windowStart + newFrameCount
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
            settle()
            pad(to: window)
            return advance(to: 0, newFrames: 0..<window, keptEnd: end)
        }
        let newFrameCount = end - (windowStart + window)
        let nextStart = windowStart + (newFrameCount + stride - 1) / stride * stride
        pad(to: nextStart + window)
        return advance(to: nextStart, newFrames: windowStart + window..<nextStart + window, keptEnd: end)
    }

    /// The window that comes next if the stride stays as it is; nil behind the last.
    package var nextWindow: Window? {
        guard let windowStart else { return Window(start: 0, newFrames: 0..<window, keptFrames: 0..<keptEndInWindow) }
        guard keptEnd < windowStart + stride + keptEndInWindow else { return nil }
        let start = windowStart + stride
        return Window(
            start: start,
            newFrames: windowStart + window..<start + window,
            keptFrames: keptEnd..<start + keptEndInWindow
        )
    }

    /// The dark level, or what it will probably be; nil if nothing can be said yet.
    package var expectedDarkLevelCounts: Float? {
        if let darkLevelCounts { return darkLevelCounts }
        return leastCount.isFinite && frameCount - leastFrame >= steadyFrameCount ? leastCount : nil
    }

    /// Calls `body` with a frame normalised by the expected dark level, `[y][x]`.
    ///
    /// - Precondition: there is one.
    package mutating func withFrame<Result, Failure: Error>(
        _ frame: Int,
        _ body: (UnsafeBufferPointer<Float>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let places = places(ofFrame: frame)
        guard darkLevelCounts == nil else {
            return try frames.withUnsafeBufferPointer { frames throws(Failure) in
                try body(UnsafeBufferPointer(rebasing: frames[places]))
            }
        }
        guard let expectedDarkLevelCounts else { preconditionFailure("a dark level is expected") }
        expected.replaceSubrange(expected.indices, with: frames[places])
        expected.withUnsafeMutableBufferPointer { Self.normalise($0, darkLevelCounts: expectedDarkLevelCounts) }
        return try expected.withUnsafeBufferPointer { frame throws(Failure) in try body(frame) }
    }

    /// The intensities of consecutive normalised frames, `[t][y][x]`.
    package func intensity(of range: Range<Int>) -> [Float] {
        var intensity: [Float] = []
        intensity.reserveCapacity(range.count * size.pixelCount)
        for frame in range { intensity.append(contentsOf: frames[places(ofFrame: frame)]) }
        return intensity
    }

    /// Where a frame lies in the ring.
    private func places(ofFrame frame: Int) -> Range<Int> {
        precondition(frame < frameCount, "frame \(frame) is to come")
        precondition(frame >= frameCount - capacity, "frame \(frame) is no longer held")
        let offset = frame % capacity * size.pixelCount
        return offset..<offset + size.pixelCount
    }

    /// Calls `body` with the normalised frames in memory.
    ///
    /// - Parameters:
    ///   - end: Number of recorded frames, if the segment is over; frames of padding do not count.
    ///   - body: Gets which frames these are, where frame 0 is or would be, `[t][y][x]`, and the number of frames after
    ///     which the memory repeats.
    /// - Returns: what `body` returns.
    func withHeldFrames<Result>(
        before end: Int?,
        _ body: (Range<Int>, UnsafePointer<Float>, Int) -> Result
    ) -> Result {
        frames.withUnsafeBufferPointer { frames in
            guard let base = frames.baseAddress else { preconditionFailure("a frame has at least one pixel") }
            let upper = min(end ?? frameCount, frameCount)
            return body(min(max(0, frameCount - capacity), upper)..<upper, base, capacity)
        }
    }

    private mutating func advance(to start: Int, newFrames: Range<Int>, keptEnd end: Int) -> Window {
        let kept = keptEnd..<end
        windowStart = start
        keptEnd = end
        return Window(start: start, newFrames: newFrames, keptFrames: kept)
    }

    private mutating func noteLeast(of counts: UnsafeBufferPointer<Float>) {
        var least = leastCount
        var (smallest, largest) = (Float.infinity, -Float.infinity)
        for count in counts {
            smallest = min(smallest, count)
            largest = max(largest, count)
        }
        // A frame of one value holds no light; if all are so, the least is found when the window is complete.
        if smallest < largest { least = min(least, smallest) }
        guard least < leastCount else { return }
        leastCount = least
        leastFrame = frameCount
    }

    private mutating func store(_ counts: UnsafeBufferPointer<Float>) {
        let place = frameCount % capacity * size.pixelCount
        if place == frames.count {
            frames.append(contentsOf: counts)
        } else {
            frames.replaceSubrange(place..<place + counts.count, with: counts)
        }
        frameCount += 1
        guard let dark = darkLevelCounts else { return }
        frames.withUnsafeMutableBufferPointer {
            Self.normalise(.init(rebasing: $0[place..<place + counts.count]), darkLevelCounts: dark)
        }
        if let unusedPixels { liftUnused(unusedPixels, at: place) }
    }

    /// What holds no data is not below the dark level.
    private mutating func liftUnused(_ unused: [Bool], at place: Int) {
        for pixel in unused.indices where unused[pixel] { frames[place + pixel] = max(0, frames[place + pixel]) }
    }

    /// Puts the resting picture in the place of a frame without light.
    private mutating func replace(_ frame: Int) {
        guard let light, let dark = darkLevelCounts else { return }
        let range = PixelScaling.range(aboveDarkLevel: dark)
        frames.replaceSubrange(
            places(ofFrame: frame),
            with: light.substitute(aboveDarkLevel: dark, range: range)
        )
    }

    /// Frames without light that were found since the last call.
    mutating func drainDarkFrames() -> [Int] {
        defer { newDarkFrames = [] }
        return newDarkFrames
    }

    /// Looks at the frames of the first window, normalises them unless the dark level was given, and mends what holds no
    /// light or no data.
    private mutating func settle() {
        let count = frameCount * size.pixelCount
        let (size, substitutes) = (size, substitutes)
        let survey = frames.withUnsafeBufferPointer { frames in
            LightSurvey(UnsafeBufferPointer(rebasing: frames[..<count]), size: size) { substitutes.contains($0) }
        }
        if let dark = darkLevelCounts {
            // These frames are normalised already.
            light = survey.reference?.rescaled(scale: PixelScaling.range(aboveDarkLevel: dark), offset: dark)
        } else {
            light = survey.reference
            let dark = survey.leastCount.isFinite ? survey.leastCount : 0
            darkLevelCounts = dark
            frames.withUnsafeMutableBufferPointer {
                Self.normalise(.init(rebasing: $0[..<count]), darkLevelCounts: dark)
            }
        }
        self.substitutes = []
        unusedPixels = survey.unusedPixels
        if let unusedPixels {
            for frame in 0..<frameCount { liftUnused(unusedPixels, at: places(ofFrame: frame).lowerBound) }
        }
        newDarkFrames = survey.darkFrames
        for frame in newDarkFrames { replace(frame) }
        if unusedPixels != nil || !newDarkFrames.isEmpty { contentVersion += 1 }
    }

    private static func normalise(_ counts: UnsafeMutableBufferPointer<Float>, darkLevelCounts dark: Float) {
        let range = PixelScaling.range(aboveDarkLevel: dark)
        for index in counts.indices { counts[index] = (counts[index] - dark) / range }
    }

    private mutating func pad(to end: Int) {
        let nothing = [Float](repeating: darkLevelCounts ?? 0, count: size.pixelCount)
        while frameCount < end { nothing.withUnsafeBufferPointer { store($0) } }
    }
}
