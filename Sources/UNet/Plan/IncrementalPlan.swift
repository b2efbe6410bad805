/// Which cells of every layer one window reuses, computes and needs.
///
/// Running a plan gives the very results of the whole window: reused cells lie so far from the ends of the
/// windows that no zero padding in time reaches them, so they do not depend on where a window starts.
/// Caches are rings over time; a cell that leaves the end of a ring has the place of the one that comes in. Run the
/// encoder from level 0 to the last, then the decoder from its last level to level 0, then the final layer;
/// every layer computes its `computed` cells from cells of its sources that are all `needed` there.
package struct IncrementalPlan: Hashable, Sendable {
    /// Frames of the window; a multiple of `1 << steps`.
    package let windowFrameCount: Int
    /// First frame of the window, counted from that of the first window after the last restart.
    package var firstFrame: Int
    /// One plan per level, `encoder[level]`; the last is the coarsest.
    package let encoder: [EncoderLevelPlan]
    /// One plan per level but the coarsest, `decoder[level]`.
    package let decoder: [DecoderLevelPlan]
    /// The frames of the result: those wanted.
    package let finalLayer: LayerPlan

    /// Number of pooling steps of the network.
    package var steps: Int { decoder.count }

    /// The rings of the caches.
    package var rings: CellRings { CellRings(windowFrameCount: windowFrameCount, steps: steps) }
}

/// Encoder cells that can be computed before their window is complete, because no padding reaches them.
///
/// Cells are counted from the start of the last window and lie behind its end. Every level is computed in order, in
/// chunks of fewer cells than its ring keeps, each pooled before the next: a cell that was pooled may have lost its place.
package struct ArrivalPlan: Hashable, Sendable {
    /// First frame of the last window, counted from that of the first window after the last restart; before that window
    /// minus its frames.
    package var firstFrame: Int
    /// One plan per level; of the source of level 0 `computed` are the frames that have arrived.
    package let encoder: [EncoderLevelPlan]
}

/// The rings in which the results of the encoder wait for later windows.
package struct CellRings: Hashable, Sendable {
    package let windowFrameCount: Int
    package let steps: Int

    package init(windowFrameCount: Int, steps: Int) {
        self.windowFrameCount = windowFrameCount
        self.steps = steps
    }

    /// Number of cells of a window at a level, all of which the ring of the level's source holds.
    package func cellCount(atLevel level: Int) -> Int {
        windowFrameCount >> level
    }

    /// The cells of a window that the ring of a level's result holds.
    ///
    /// Decoders of central and of newer frames read no others. The finest levels, nearly all memory, do without those
    /// before, and who wants earlier frames has them computed once more.
    package func keptCells(atLevel level: Int) -> Range<Int> {
        let count = cellCount(atLevel: level)
        return isSmall(level: level) ? 0..<count : firstCellOfCentre(atLevel: level)..<count
    }

    /// True for levels that take less than a fiftieth of the memory of the finest: a level has a quarter of that of the
    /// one above it.
    package func isSmall(level: Int) -> Bool { 1 << (2 * level) > 50 }

    /// The first cell that the decoder of the central eighth of a window reads, or the one before if that is the second
    /// of a pair that is pooled: two convolutions per level read two cells more.
    private func firstCellOfCentre(atLevel level: Int) -> Int {
        var cell = windowFrameCount * 7 / 16 - 2
        for _ in 0..<level { cell = cell / 2 - 2 }
        return max(0, cell & ~1)
    }

    /// The place of a cell in a ring.
    ///
    /// - Parameters:
    ///   - cell: counted from the start of the window.
    ///   - level: of the cell.
    ///   - firstFrame: of the window; before the first one it is negative.
    ///   - capacity: of the ring.
    /// - Returns: a number below the capacity.
    package func slot(ofCell cell: Int, atLevel level: Int, firstFrame: Int, capacity: Int) -> Int {
        let place = ((firstFrame >> level) + cell) % capacity
        return place < 0 ? place + capacity : place
    }
}
