/// Walks through the planned cells of a layer, from the first to the last, as the layer after it asks for them.
struct CellCursor {
    private let planned: [Range<Int>]
    private var next = 0

    init(_ planned: [Range<Int>]) {
        self.planned = planned
    }

    /// Calls `body` with the planned cells before `end` that it has not seen yet.
    mutating func advance(to end: Int, _ body: (Range<Int>) -> Void) {
        guard end > next else { return }
        for range in planned {
            let cells = range.clamped(to: next..<end)
            if !cells.isEmpty { body(cells) }
        }
        next = end
    }
}

/// Calls `body` with pieces of at most `count` cells, from the first to the last.
func forEachChunk(of ranges: [Range<Int>], count: Int, _ body: (Range<Int>) -> Void) {
    for range in ranges {
        var start = range.lowerBound
        while start < range.upperBound {
            let end = min(range.upperBound, start + count)
            body(start..<end)
            start = end
        }
    }
}
