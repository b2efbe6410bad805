/// What one layer of the network has to do for one window.
///
/// A cell is one position on the time axis of the layer's level: `1 << level` frames. Ranges are sorted,
/// disjoint and count from the first cell of the window.
package struct LayerPlan: Hashable, Sendable {
    /// Cells that something in this window reads; those reused and those computed, nothing else.
    package let needed: [Range<Int>]
    /// Needed cells that are there already and have the same value in this window.
    package let reused: [Range<Int>]
    /// Needed cells that must be computed, and stored in place.
    package let computed: [Range<Int>]

    init(needed: RangeSet<Int>, reusable: RangeSet<Int> = RangeSet()) {
        self.needed = Array(needed.ranges)
        reused = Array(needed.intersection(reusable).ranges)
        computed = Array(needed.subtracting(reusable).ranges)
    }

    /// Number of cells that must be computed.
    package var computedCellCount: Int {
        computed.reduce(0) { $0 + $1.count }
    }
}

/// The plan of one level on the way down.
package struct EncoderLevelPlan: Hashable, Sendable {
    /// What the first convolution reads.
    ///
    /// Level 0: all frames of the window, where `computed` are those to take in, as they come only once.
    /// Other levels: pooled cells of the level above.
    package let source: LayerPlan
    /// The first convolution.
    ///
    /// Its result is not kept for later windows, so nothing of it is reused.
    package let convolution1: LayerPlan
    /// The second convolution.
    ///
    /// Its result is both the source of the next level and the skip connection of the decoder.
    package let convolution2: LayerPlan
}

/// The plan of one level on the way up; nothing of the decoder is reused.
package struct DecoderLevelPlan: Hashable, Sendable {
    /// The encoder's cells that are concatenated: those it keeps are reused, the others computed once more.
    package let skip: LayerPlan
    /// The encoder's first convolution, for the cells of ``skip`` that are computed once more.
    package let skipConvolution1: LayerPlan
    package let upConvolution: LayerPlan
    package let convolution1: LayerPlan
    package let convolution2: LayerPlan
}
