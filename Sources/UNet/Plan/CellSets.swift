/// Sets of cells, counted from the first cell of a window.
extension RangeSet<Int> {
    /// The cells that a kernel of three cells reads to compute these; cells outside the window are padding.
    func widened(within window: Range<Int>) -> RangeSet<Int> {
        RangeSet(ranges.map { ($0.lowerBound - 1..<$0.upperBound + 1).clamped(to: window) })
    }

    /// The cells of which all neighbours up to a distance are in the set.
    func narrowed(by distance: Int) -> RangeSet<Int> {
        RangeSet(
            ranges.filter { $0.count > 2 * distance }.map { $0.lowerBound + distance..<$0.upperBound - distance }
        )
    }

    /// The cells of the next coarser level that overlap these.
    var coarsened: RangeSet<Int> {
        RangeSet(ranges.map { $0.lowerBound / 2..<($0.upperBound + 1) / 2 })
    }

    /// The cells of the next coarser level of which both halves are in the set.
    var paired: RangeSet<Int> {
        RangeSet(
            ranges.map { (($0.lowerBound + 1) / 2, $0.upperBound / 2) }.filter { $0.0 < $0.1 }.map { $0.0..<$0.1 }
        )
    }

    /// The cells of the next finer level that make up these.
    var refined: RangeSet<Int> {
        RangeSet(ranges.map { 2 * $0.lowerBound..<2 * $0.upperBound })
    }

    /// The same cells, counted from a window that starts `shift` cells later; those before it are dropped.
    func advanced(by shift: Int) -> RangeSet<Int> {
        RangeSet(ranges.map { Swift.max(0, $0.lowerBound - shift)..<Swift.max(0, $0.upperBound - shift) })
    }

    /// The same cells, counted from a window that starts `shift` cells earlier.
    func delayed(by shift: Int) -> RangeSet<Int> {
        RangeSet(ranges.map { $0.lowerBound + shift..<$0.upperBound + shift })
    }

    /// Number of cells.
    var cellCount: Int {
        ranges.reduce(0) { $0 + $1.count }
    }
}
