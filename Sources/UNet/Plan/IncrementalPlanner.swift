/// Plans one window after the other, and keeps track of what the caches hold.
///
/// Two passes decide about every cell. *Needs* run backwards: from the wanted frames through the decoder,
/// then through the encoder; a cell that is reused asks nothing of its sources. *Validity* runs forwards: a
/// cell that was computed without any zero padding in time has the same value in every later window in which
/// it again lies far enough from the ends; all others are computed anew. A cell is computed when it is first
/// needed, not when it first could be: with the published network every window needs them all.
///
/// Caches hold the source and the result of every encoder level. The first convolution's cells are computed
/// again where the second needs them: of the published network that costs 2 % of the operations, and keeping
/// them would cost as much memory as the skip connections.
///
/// After a shift that is no multiple of `1 << level` the cells of that level lie across those of the last
/// window, and the level starts afresh, as do all coarser ones.
public struct IncrementalPlanner: Sendable {
    /// Frames of a window.
    public let windowFrameCount: Int
    /// Pooling steps of the network.
    public let steps: Int

    /// First frame of the last window; nil if there is none to reuse anything from.
    private var firstFrame: Int?
    /// What the caches of every encoder level hold, counted from the start of the last window.
    private var caches: [LevelCache]

    /// The cells of one encoder level whose stored values do not depend on the position of the window.
    private struct LevelCache: Sendable {
        var source = RangeSet<Int>()
        var convolution2 = RangeSet<Int>()
    }

    /// - Precondition: `windowFrameCount` is a positive multiple of `1 << steps`, and `steps` is positive.
    public init(windowFrameCount: Int, steps: Int) {
        precondition(steps > 0, "a network has pooling steps")
        precondition(windowFrameCount > 0 && windowFrameCount.isMultiple(of: 1 << steps), "windows hold whole cells")
        self.windowFrameCount = windowFrameCount
        self.steps = steps
        caches = Array(repeating: LevelCache(), count: steps + 1)
    }

    /// Forgets all windows: the next one is computed whole.
    public mutating func restart() {
        firstFrame = nil
        caches = Array(repeating: LevelCache(), count: steps + 1)
    }

    /// Plans the next window.
    ///
    /// - Parameters:
    ///   - shift: frames from the start of the last window to that of this one; nil if they have nothing in
    ///     common, which restarts. The first window after a restart is computed whole, whatever the shift.
    ///   - wanted: frames whose results are asked for, counted from the start of the window; they may overlap.
    /// - Returns: the plan, which relies on all earlier ones since the last restart having been run.
    /// - Precondition: `shift` is positive, `wanted` lies within the window.
    public mutating func next(shift: Int?, wanted: [Range<Int>]) -> IncrementalPlan {
        let frames = 0..<windowFrameCount
        precondition(wanted.allSatisfy { frames.contains($0) }, "wanted frames lie within the window")
        let start = advance(by: shift)

        let result = RangeSet(wanted)
        let (decoder, skips, bottom) = planDecoder(result: result)
        return IncrementalPlan(
            windowFrameCount: windowFrameCount,
            firstFrame: start,
            encoder: planEncoder(skips: skips, bottom: bottom),
            decoder: decoder,
            finalLayer: LayerPlan(needed: result)
        )
    }

    /// Moves on to the next window: keeps of every cache what is still valid there.
    ///
    /// - Returns: the first frame of the window.
    private mutating func advance(by shift: Int?) -> Int {
        guard let shift, let last = firstFrame else {
            restart()
            firstFrame = 0
            return 0
        }
        precondition(shift > 0, "windows move forwards")
        let start = last + shift
        firstFrame = start
        for level in 0...steps {
            guard shift.isMultiple(of: 1 << level) else {
                caches[level] = LevelCache()
                continue
            }
            let cells = shift >> level
            caches[level].source = caches[level].source.advanced(by: cells)
            caches[level].convolution2 = caches[level].convolution2.advanced(by: cells)
            keepUnpaddedCells(ofLevel: level)
        }
        return start
    }

    /// Follows the needs of the result from level 0 of the decoder to the coarsest.
    ///
    /// - Returns: the plans; the encoder cells that the skip connections read, per level; those of the coarsest.
    private func planDecoder(
        result: RangeSet<Int>
    ) -> (decoder: [DecoderLevelPlan], skips: [RangeSet<Int>], bottom: RangeSet<Int>) {
        var decoder: [DecoderLevelPlan] = []
        var skips: [RangeSet<Int>] = []
        var needed = result
        for level in 0..<steps {
            let window = 0..<windowFrameCount >> level
            let convolution1 = needed.widened(within: window)
            let concatenated = convolution1.widened(within: window)
            decoder.append(
                DecoderLevelPlan(
                    upConvolution: LayerPlan(needed: concatenated),
                    convolution1: LayerPlan(needed: convolution1),
                    convolution2: LayerPlan(needed: needed)
                )
            )
            skips.append(concatenated)
            needed = concatenated.coarsened
        }
        return (decoder, skips, needed)
    }

    /// Follows the needs from the coarsest level of the encoder to level 0, and notes what will be stored.
    private mutating func planEncoder(skips: [RangeSet<Int>], bottom: RangeSet<Int>) -> [EncoderLevelPlan] {
        var encoder: [EncoderLevelPlan] = []
        var needed = bottom
        for level in (0...steps).reversed() {
            let window = 0..<windowFrameCount >> level
            let cache = caches[level]
            let computed = needed.subtracting(cache.convolution2)
            let between = computed.widened(within: window)
            // Frames come only once, so they are all taken in, whoever needs them later.
            let neededSource = level == 0 ? RangeSet(window) : between.widened(within: window)
            let newSource = neededSource.subtracting(cache.source)

            encoder.append(
                EncoderLevelPlan(
                    source: LayerPlan(needed: neededSource, reusable: cache.source),
                    convolution1: LayerPlan(needed: between),
                    convolution2: LayerPlan(needed: needed, reusable: cache.convolution2)
                )
            )
            caches[level].source.formUnion(newSource)
            caches[level].convolution2.formUnion(computed)
            keepUnpaddedCells(ofLevel: level)
            if level > 0 { needed = newSource.refined.union(skips[level - 1]) }
        }
        return encoder.reversed()
    }

    /// Drops from the caches of a level the cells whose values zero padding at the window's ends reaches.
    private mutating func keepUnpaddedCells(ofLevel level: Int) {
        let padded = paddedCellCount(ofLevel: level)
        caches[level].source.formIntersection(unpaddedCells(ofLevel: level, padded: padded))
        caches[level].convolution2.formIntersection(unpaddedCells(ofLevel: level, padded: padded + 2))
    }

    private func unpaddedCells(ofLevel level: Int, padded: Int) -> RangeSet<Int> {
        let end = (windowFrameCount >> level) - padded
        return padded < end ? RangeSet(padded..<end) : RangeSet()
    }

    /// Number of source cells of a level, at each end of a window, that depend on zero padding.
    ///
    /// Every convolution carries it one cell further, every pooling halves it, rounded up.
    private func paddedCellCount(ofLevel level: Int) -> Int {
        (0..<level).reduce(0) { padded, _ in (padded + 3) / 2 }
    }
}
