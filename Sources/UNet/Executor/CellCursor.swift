/// Walks through the planned cells of a layer, from the first to the last, as the layer after it asks for them.
struct CellCursor {
    private var planned: [Range<Int>]
    /// The range that the next cells lie in, and the first of them.
    private var index = 0
    private var next = 0

    init(_ planned: [Range<Int>] = []) {
        self.planned = planned
    }

    /// The next planned cells before `end` that lie side by side, at most `count`; nil if there are none.
    mutating func advance(before end: Int, atMost count: Int = .max) -> Range<Int>? {
        while index < planned.count {
            let range = planned[index]
            let first = max(next, range.lowerBound)
            if first < range.upperBound {
                guard first < end else { return nil }
                let last = min(range.upperBound, end)
                next = last - first > count ? first + count : last
                return first..<next
            }
            index += 1
        }
        return nil
    }
}
