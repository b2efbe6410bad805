/// What a side output needs for the newest frames: cells that no window has left behind.
///
/// Above the side output's level cells are counted as in ``ArrivalPlan``, from the start of the last window; those at the
/// end see zeros behind the newest frame, as the last ones of a window do, and are computed for this evaluation only. From
/// its level on there is a short window that ends with the newest frame: its cells are counted from its start, and all of
/// its encoder is computed.
package struct SidePlan: Hashable, Sendable {
    /// A level above the side output's: everything before these stretches is there already.
    package struct FineLevel: Hashable, Sendable {
        /// Cells that are pooled; none of level 0.
        package let source: Range<Int>
        package let convolution1: Range<Int>
        package let convolution2: Range<Int>
        /// Where zeros begin.
        package var end: Int { convolution2.upperBound }
    }

    /// A level on the way up, in the short window.
    package struct CoarseLevel: Hashable, Sendable {
        package let upConvolution: Range<Int>
        package let convolution1: Range<Int>
        package let convolution2: Range<Int>
    }

    /// First frame of the last window, counted from that of the first window after the last restart; before that window
    /// minus its frames.
    package var firstFrame: Int
    package let place: SideOutput.Place
    /// One plan per level before ``place``.
    package let fine: [FineLevel]
    /// First cell of the short window at the side output's level, and those of its cells that are pooled.
    package let windowStart: Int
    package let source: Range<Int>
    /// One plan per level from that of ``place`` to the one above its coarsest; the first has what is read.
    package let decoder: [CoarseLevel]

    /// Cells of the short window at a level.
    package func cellCount(atLevel level: Int) -> Int { place.windowFrameCount >> level }

    /// The cells that the layer reads, counted from the start of the short window.
    package var newest: Range<Int> { decoder[0].convolution2 }
}

extension IncrementalPlanner {
    /// Plans a side output for the newest frames.
    ///
    /// - Parameters:
    ///   - place: that of the side output.
    ///   - newFrameCount: frames behind the last window, all of them before the first: whole cells of the side output's level.
    ///   - newestCellCount: how many of its newest cells are wanted.
    /// - Returns: the plan, which leaves everything that is stored as it is.
    /// - Precondition: as many frames came as ``SideOutput/Place/neededFrameCount`` says, and the place suits the network.
    package func side(_ place: SideOutput.Place, newFrameCount: Int, newestCellCount: Int) -> SidePlan {
        let level = place.level, end = rings.windowFrameCount + newFrameCount
        precondition(end.isMultiple(of: place.cellFrameCount), "whole cells")
        var planner = self
        planner.dropPaddedCells()
        let windowStart = (end - place.windowFrameCount) >> level
        let source = Self.missing(windowStart..<end >> level, in: planner.caches[level].source)
        var fine: [SidePlan.FineLevel] = []
        var pooled = source
        for above in (0..<level).reversed() {
            let cache = planner.caches[above], last = end >> above
            let results = Self.missing(2 * pooled.lowerBound..<last, in: cache.convolution2)
            let between = results.isEmpty ? results : results.lowerBound - 1..<last
            let needed = between.isEmpty ? between : between.lowerBound - 1..<last
            // Frames wait where they came in.
            let missing = above == 0 ? last..<last : Self.missing(needed, in: cache.source)
            fine.append(SidePlan.FineLevel(source: missing, convolution1: between, convolution2: results))
            pooled = missing
        }
        let decoder = decoder(of: place, newestCellCount: newestCellCount)
        return SidePlan(
            firstFrame: firstFrame ?? -rings.windowFrameCount,
            place: place,
            fine: fine.reversed(),
            windowStart: windowStart,
            source: source,
            decoder: decoder
        )
    }

    private func decoder(of place: SideOutput.Place, newestCellCount: Int) -> [SidePlan.CoarseLevel] {
        let count = place.windowFrameCount >> place.level
        precondition((1...count).contains(newestCellCount), "cells of the side output's window")
        var needed = RangeSet(count - newestCellCount..<count)
        var decoder: [SidePlan.CoarseLevel] = []
        for level in place.level..<place.coarsestLevel {
            let window = 0..<place.windowFrameCount >> level
            let convolution1 = needed.widened(within: window)
            let concatenated = convolution1.widened(within: window)
            decoder.append(
                SidePlan.CoarseLevel(
                    upConvolution: concatenated.ranges[0],
                    convolution1: convolution1.ranges[0],
                    convolution2: needed.ranges[0]
                )
            )
            needed = concatenated.coarsened
        }
        return decoder
    }

    /// Of some cells those from the first on that is not in a set.
    private static func missing(_ cells: Range<Int>, in known: RangeSet<Int>) -> Range<Int> {
        let missing = RangeSet(cells).subtracting(known)
        return (missing.ranges.first?.lowerBound ?? cells.upperBound)..<cells.upperBound
    }
}
