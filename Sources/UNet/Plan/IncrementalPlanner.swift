/// Plans one window after the other, and keeps track of what the caches hold.
///
/// Two passes decide about every cell. *Needs* run backwards: from the wanted frames through the decoder,
/// then through the encoder; a cell that is reused asks nothing of its sources. *Validity* runs forwards: a
/// cell that was computed without any zero padding in time has the same value in every later window in which
/// it again lies far enough from the ends; all others are computed anew. Between two windows ``arrive(_:expecting:)``
/// plans what the next window will need of the frames that are there.
///
/// Caches hold the source and the result of every encoder level. The first convolution's cells are computed
/// again where the second needs them: of the published network that costs 2 % of the operations, and keeping
/// them would cost as much memory as the skip connections.
///
/// After a shift that is no multiple of `1 << level` the cells of that level lie across those of the last
/// window, and the level starts afresh, as do all coarser ones.
package struct IncrementalPlanner: Hashable, Sendable {
    /// The caches that the plans rely on.
    package let rings: CellRings

    /// First frame of the last window; nil if there is none to reuse anything from, and no frame has arrived.
    private(set) var firstFrame: Int?
    /// Frames behind the last window that have arrived.
    private var arrivedFrameCount = 0
    /// What the caches of every encoder level hold, counted from the start of the last window.
    private(set) var caches: [LevelCache]
    /// True while the caches hold cells that depend on the ends of the last window.
    private var holdsPaddedCells = false

    /// The cells of one encoder level that are stored.
    struct LevelCache: Hashable, Sendable {
        var source = RangeSet<Int>()
        var convolution2 = RangeSet<Int>()
    }

    /// Cells of a level from which on they are computed before their window is complete: fewer would not make up for
    /// their neighbours' first convolution, which is computed again, and for reading the weights.
    static let fewestCellsAhead = 4

    private var steps: Int { rings.steps }

    /// - Precondition: `windowFrameCount` is a positive multiple of `1 << steps`, and `steps` is positive.
    package init(windowFrameCount: Int, steps: Int) {
        precondition(steps > 0, "a network has pooling steps")
        precondition(windowFrameCount > 0 && windowFrameCount.isMultiple(of: 1 << steps), "windows hold whole cells")
        rings = CellRings(windowFrameCount: windowFrameCount, steps: steps)
        caches = Array(repeating: LevelCache(), count: steps + 1)
    }

    /// Forgets all windows: the next one is computed whole.
    package mutating func restart() {
        self = IncrementalPlanner(windowFrameCount: rings.windowFrameCount, steps: steps)
    }

    /// The same planner, counting frames from the last window: all that decides about plans.
    var withoutPosition: IncrementalPlanner {
        var planner = self
        if firstFrame != nil { planner.firstFrame = 0 }
        return planner
    }

    /// Plans the next window.
    ///
    /// - Parameters:
    ///   - shift: frames from the start of the last window to that of this one, those that have arrived included; 0
    ///     for the same window again; nil if they have nothing in common, which restarts. The first window after a
    ///     restart is computed whole, whatever the shift; if some of its frames have arrived, it is that of a window.
    ///   - wanted: frames whose results are asked for, counted from the start of the window; they may overlap.
    /// - Returns: the plan, which relies on all earlier ones since the last restart having been run.
    /// - Precondition: `shift` is not negative, `wanted` lies within the window.
    package mutating func next(shift: Int?, wanted: [Range<Int>]) -> IncrementalPlan {
        let frames = 0..<rings.windowFrameCount
        precondition(wanted.allSatisfy { frames.contains($0) }, "wanted frames lie within the window")
        let start = advance(by: shift)

        let result = RangeSet(wanted)
        let (decoder, skips, bottom) = planDecoder(result: result)
        return IncrementalPlan(
            windowFrameCount: rings.windowFrameCount,
            firstFrame: start,
            encoder: planEncoder(skips: skips, bottom: bottom),
            decoder: decoder,
            finalLayer: LayerPlan(needed: result)
        )
    }

    /// Plans what can be computed of the next window when more of its frames have arrived.
    ///
    /// The first window follows one that nothing is known of: it starts a whole window later.
    ///
    /// - Parameters:
    ///   - frameCount: frames that follow those that arrived before.
    ///   - request: the window that will probably be next; another one finds all that is done useful or unused.
    /// - Returns: the plan, which relies on all earlier ones since the last restart having been run.
    /// - Precondition: No more frames have arrived than a window has.
    package mutating func arrive(_ frameCount: Int, expecting request: WindowRequest) -> ArrivalPlan {
        let firstFrame = firstFrame ?? -rings.windowFrameCount
        self.firstFrame = firstFrame
        dropPaddedCells()
        let firstNew = rings.windowFrameCount + arrivedFrameCount
        arrivedFrameCount += frameCount
        precondition(arrivedFrameCount <= rings.windowFrameCount, "frames of the next window")
        let before = caches[0].source
        store(RangeSet(firstNew..<firstNew + frameCount), inSourceOfLevel: 0)

        var preview = self
        let shift = max(request.shift, arrivedFrameCount)
        let next = preview.next(shift: shift, wanted: request.wanted)
        var encoder: [EncoderLevelPlan] = []
        var reusableSource = before
        for level in 0...steps {
            let cells = shift >> level
            let isAligned = shift.isMultiple(of: 1 << level)
            let results = isAligned ? resultsAhead(of: next, level: level, shift: cells) : RangeSet()
            let between = results.widened(within: 0..<Int.max - 1)
            let arrived = caches[level].source.subtracting(reusableSource)
            encoder.append(
                EncoderLevelPlan(
                    source: LayerPlan(
                        needed: between.widened(within: 0..<Int.max - 1).union(arrived),
                        reusable: reusableSource
                    ),
                    convolution1: LayerPlan(needed: between),
                    convolution2: LayerPlan(needed: results)
                )
            )
            let poolable = store(results, inResultOfLevel: level).paired
            guard level < steps else { break }
            reusableSource = caches[level + 1].source
            guard isAligned, shift.isMultiple(of: 2 << level) else { continue }
            let pooled = sourcesAhead(of: next, level: level + 1).delayed(by: shift >> (level + 1))
            store(pooled.intersection(poolable), inSourceOfLevel: level + 1)
        }
        return ArrivalPlan(firstFrame: firstFrame, encoder: encoder)
    }

    /// Notes cells behind the window, and that others have lost their place to them.
    private mutating func store(_ cells: RangeSet<Int>, inSourceOfLevel level: Int) {
        caches[level].source.formUnion(cells)
        caches[level].source.subtract(cells.advanced(by: rings.cellCount(atLevel: level)))
    }

    /// - Returns: the cells that are there while these are computed, one after the other.
    private mutating func store(_ cells: RangeSet<Int>, inResultOfLevel level: Int) -> RangeSet<Int> {
        let displaced = cells.advanced(by: rings.keptCells(atLevel: level).count)
        let passing = caches[level].convolution2.subtracting(displaced).union(cells)
        caches[level].convolution2 = passing.subtracting(displaced)
        return passing
    }

    /// Source cells of a level that the next window will compute, and that no padding reaches.
    private func sourcesAhead(of next: IncrementalPlan, level: Int) -> RangeSet<Int> {
        RangeSet(next.encoder[level].source.computed).intersection(unpaddedSources(ofLevel: level))
    }

    /// Cells of a level's result that the next window will compute, and whose sources are there; it keeps them, or they
    /// pass by to be pooled, unless a later cell has their place already.
    private func resultsAhead(of next: IncrementalPlan, level: Int, shift: Int) -> RangeSet<Int> {
        var useful = RangeSet(rings.keptCells(atLevel: level))
        if level < steps, shift.isMultiple(of: 2 << level) {
            useful.formUnion(sourcesAhead(of: next, level: level + 1).refined)
        }
        let computed = RangeSet(next.encoder[level].convolution2.computed)
            .intersection(unpaddedResults(ofLevel: level))
            .intersection(useful)
        let ahead = computed.delayed(by: shift)
            .intersection(caches[level].source.narrowed(by: 2))
            .subtracting(caches[level].convolution2)
            .subtracting(caches[level].convolution2.advanced(by: rings.keptCells(atLevel: level).count))
        return ahead.cellCount < Self.fewestCellsAhead ? RangeSet() : ahead
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
        precondition(shift >= arrivedFrameCount, "windows move forwards, past the frames that have arrived")
        arrivedFrameCount = 0
        let start = last + shift
        firstFrame = start
        guard shift > 0 else { return start }
        dropPaddedCells()
        for level in 0...steps {
            guard shift.isMultiple(of: 1 << level) else {
                caches[level] = LevelCache()
                continue
            }
            let cells = shift >> level
            caches[level].source = caches[level].source.advanced(by: cells)
            caches[level].convolution2 = caches[level].convolution2.advanced(by: cells)
            keepUnpaddedCells(ofLevel: level)
            caches[level].convolution2.formIntersection(RangeSet(rings.keptCells(atLevel: level)))
        }
        return start
    }

    /// Follows the needs of the result from level 0 of the decoder to the coarsest.
    ///
    /// - Returns: the plans; the encoder cells that the skip connections read, per level; those of the coarsest.
    private func planDecoder(
        result: RangeSet<Int>
    ) -> (decoder: [DecoderLevelPlan], skips: [LayerPlan], bottom: RangeSet<Int>) {
        var decoder: [DecoderLevelPlan] = []
        var needed = result
        for level in 0..<steps {
            let window = 0..<rings.cellCount(atLevel: level)
            let convolution1 = needed.widened(within: window)
            let concatenated = convolution1.widened(within: window)
            let skip = LayerPlan(needed: concatenated, reusable: RangeSet(rings.keptCells(atLevel: level)))
            decoder.append(
                DecoderLevelPlan(
                    skip: skip,
                    skipConvolution1: LayerPlan(needed: RangeSet(skip.computed).widened(within: window)),
                    upConvolution: LayerPlan(needed: concatenated),
                    convolution1: LayerPlan(needed: convolution1),
                    convolution2: LayerPlan(needed: needed)
                )
            )
            needed = concatenated.coarsened
        }
        return (decoder, decoder.map(\.skip), needed)
    }

    /// Follows the needs from the coarsest level of the encoder to level 0, and notes what will be stored.
    private mutating func planEncoder(skips: [LayerPlan], bottom: RangeSet<Int>) -> [EncoderLevelPlan] {
        var encoder: [EncoderLevelPlan] = []
        var needed = bottom
        for level in (0...steps).reversed() {
            let window = 0..<rings.cellCount(atLevel: level)
            let cache = caches[level]
            let computed = needed.subtracting(cache.convolution2)
            let between = computed.widened(within: window)
            // Frames come only once, so they are all taken in, whoever needs them later.
            var neededSource = level == 0 ? RangeSet(window) : between.widened(within: window)
            if level < steps {
                let again = RangeSet(skips[level].computed)
                neededSource.formUnion(again.widened(within: window).widened(within: window))
            }
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
            caches[level].convolution2.formIntersection(RangeSet(rings.keptCells(atLevel: level)))
            if level > 0 { needed = newSource.refined.union(RangeSet(skips[level - 1].reused)) }
        }
        holdsPaddedCells = true
        return encoder.reversed()
    }

    /// Drops from the caches what zero padding at the ends of the last window reaches.
    mutating func dropPaddedCells() {
        guard holdsPaddedCells else { return }
        holdsPaddedCells = false
        for level in 0...steps { keepUnpaddedCells(ofLevel: level) }
    }

    private mutating func keepUnpaddedCells(ofLevel level: Int) {
        caches[level].source.formIntersection(unpaddedSources(ofLevel: level))
        caches[level].convolution2.formIntersection(unpaddedResults(ofLevel: level))
    }

    /// Cells of a window whose value does not depend on where it begins and ends.
    private func unpaddedSources(ofLevel level: Int) -> RangeSet<Int> {
        let padded = UNetShape.paddedCellCount(ofLevel: level), end = rings.cellCount(atLevel: level) - padded
        return padded < end ? RangeSet(padded..<end) : RangeSet()
    }

    private func unpaddedResults(ofLevel level: Int) -> RangeSet<Int> {
        unpaddedSources(ofLevel: level).narrowed(by: 2)
    }
}

/// A window as one asks for it.
package struct WindowRequest: Hashable, Sendable {
    /// Frames from the start of the last window to that of this one.
    package let shift: Int
    /// Frames whose results are asked for, counted from the start of the window.
    package let wanted: [Range<Int>]

    package init(shift: Int, wanted: [Range<Int>]) {
        self.shift = shift
        self.wanted = wanted
    }
}
