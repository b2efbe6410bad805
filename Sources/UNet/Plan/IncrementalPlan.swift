/// Which cells of every layer one window reuses, computes and needs.
///
/// Running a plan gives the very results of the whole window: reused cells lie so far from the ends of the
/// windows that no zero padding in time reaches them, so they do not depend on where a window starts.
/// Caches are rings over time: the cell `c` of a window lies in slot ``slot(ofCell:atLevel:)``. Run the
/// encoder from level 0 to the last, then the decoder from its last level to level 0, then the final layer;
/// every layer computes its `computed` cells from cells of its sources that are all `needed` there.
public struct IncrementalPlan: Hashable, Sendable {
    /// Frames of the window; a multiple of `1 << steps`.
    public let windowFrameCount: Int
    /// First frame of the window, counted from that of the first window after the last restart.
    public let firstFrame: Int
    /// One plan per level, `encoder[level]`; the last is the coarsest.
    public let encoder: [EncoderLevelPlan]
    /// One plan per level but the coarsest, `decoder[level]`.
    public let decoder: [DecoderLevelPlan]
    /// The frames of the result: those wanted.
    public let finalLayer: LayerPlan

    /// Number of pooling steps of the network.
    public var steps: Int { decoder.count }

    /// Number of cells of the window at a level, and of slots of its rings.
    public func cellCount(atLevel level: Int) -> Int {
        windowFrameCount >> level
    }

    /// The place in its ring of a cell that is counted from the start of the window.
    public func slot(ofCell cell: Int, atLevel level: Int) -> Int {
        ((firstFrame >> level) + cell) % cellCount(atLevel: level)
    }
}
