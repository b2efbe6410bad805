import CKernels

/// Frames of one layer as a ring over the cells of a window.
///
/// Cells are counted from the start of the window. Kept layers hold every cell of a window, and their origin moves
/// with it, so that a cell stays in place; the others hold what one step of the executor needs, and their origin is 0.
struct FrameRing {
    let store: FrameStore
    /// The slot of cell 0, up to whole turns.
    var origin = 0

    init(layout: CKernelsLayout, size: FrameSize, channels: Int, capacity: Int) throws(UNetError) {
        store = try FrameStore(layout: layout, size: size, channels: channels, capacity: capacity)
    }

    func frame(_ cell: Int) -> UnsafeMutablePointer<Float> {
        store.frame((origin + cell) % store.capacity)
    }
}
