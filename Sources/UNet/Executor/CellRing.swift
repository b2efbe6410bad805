import CKernels
import Imaging

/// Frames of one layer as a ring over the cells of a window.
///
/// Cells are counted from the start of the window. The origin of kept layers moves with it, so that a cell stays in
/// place; the others hold what one step of the executor needs, and their origin is 0.
struct CellRing {
    let store: FrameStore
    /// The slot of cell 0, up to whole turns.
    var origin = 0
    /// Where the cells before the first kept one pass by, as a ring of its own.
    private var passing: FrameStore?
    private var firstKept = 0
    /// Where the cells from one on lie, if not here, and the slot of cell 0 there.
    private var newest: (store: FrameStore, first: Int, origin: Int)?

    init(layout: CKernelsLayout, size: FrameSize, channels: Int, capacity: Int) throws(UNetError) {
        store = try FrameStore(layout: layout, size: size, channels: channels, capacity: capacity)
    }

    /// A ring that keeps the cells of a window from `firstKept` on; of those before, `passingCount` at a time.
    init(
        layout: CKernelsLayout,
        size: FrameSize,
        channels: Int,
        kept: Range<Int>,
        passingCount: Int
    ) throws(UNetError) {
        try self.init(layout: layout, size: size, channels: channels, capacity: kept.count)
        guard kept.lowerBound > 0 else { return }
        firstKept = kept.lowerBound
        passing = try FrameStore(layout: layout, size: size, channels: channels, capacity: passingCount)
    }

    /// Memory that is reserved.
    var byteCount: Int { store.byteCount + (passing?.byteCount ?? 0) }

    /// The same ring, but for the cells from `first` on, which lie in other memory.
    func replaced(from first: Int, by store: FrameStore) -> CellRing {
        var ring = self
        ring.newest = (store, first, 0)
        return ring
    }

    /// The same cells, counted from one of them.
    func counted(from cell: Int) -> CellRing {
        precondition(passing == nil, "all cells are kept")
        var ring = self
        ring.origin += cell
        if let newest { ring.newest = (newest.store, newest.first - cell, newest.origin + cell) }
        return ring
    }

    func frame(_ cell: Int) -> UnsafeMutablePointer<Float> {
        if let newest, cell >= newest.first {
            return newest.store.frame((newest.origin + cell) % newest.store.capacity)
        }
        if let passing, cell < firstKept { return passing.frame(cell % passing.capacity) }
        return store.frame((origin + cell) % store.capacity)
    }
}
