/// What one layer of the network has to do for one window.
///
/// A cell is one position on the time axis of the layer's level: `1 << level` frames. Ranges are sorted,
/// disjoint and count from the first cell of the window.
public struct LayerPlan: Hashable, Sendable {
    /// Cells that something in this window reads; those reused and those computed, nothing else.
    public let needed: [Range<Int>]
    /// Needed cells that are there already and have the same value in this window.
    public let reused: [Range<Int>]
    /// Needed cells that must be computed, and stored in place.
    public let computed: [Range<Int>]

    init(needed: RangeSet<Int>, reusable: RangeSet<Int> = RangeSet()) {
        self.needed = Array(needed.ranges)
        reused = Array(needed.intersection(reusable).ranges)
        computed = Array(needed.subtracting(reusable).ranges)
    }

    /// Number of cells that must be computed.
    public var computedCellCount: Int {
        computed.reduce(0) { $0 + $1.count }
    }
}

/// The plan of one level on the way down.
public struct EncoderLevelPlan: Hashable, Sendable {
    /// What the first convolution reads.
    ///
    /// Level 0: all frames of the window, where `computed` are those to take in, as they come only once.
    /// Other levels: pooled cells of the level above.
    public let source: LayerPlan
    /// The first convolution.
    ///
    /// Its result is not kept for later windows, so nothing of it is reused.
    public let convolution1: LayerPlan
    /// The second convolution.
    ///
    /// Its result is both the source of the next level and the skip connection of the decoder.
    public let convolution2: LayerPlan
}

/// The plan of one level on the way up; nothing of the decoder is reused.
public struct DecoderLevelPlan: Hashable, Sendable {
    /// The encoder's cells that are concatenated: those it keeps are reused, the others computed once more.
    public let skip: LayerPlan
    /// The encoder's first convolution, for the cells of ``skip`` that are computed once more.
    public let skipConvolution1: LayerPlan
    public let upConvolution: LayerPlan
    public let convolution1: LayerPlan
    public let convolution2: LayerPlan
}
