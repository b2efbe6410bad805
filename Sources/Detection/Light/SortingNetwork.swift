/// Sorts columns of numbers, eight side by side: Batcher's merge exchange, a fixed sequence of comparisons.
///
/// For the few values of each of many pixels: no branch depends on them, so that eight pixels take as long as one.
package struct SortingNetwork {
    /// Length of a column.
    package let count: Int
    private let comparisons: [(lower: Int, upper: Int)]

    package init(count: Int) {
        self.count = count
        var comparisons: [(lower: Int, upper: Int)] = []
        var run = 1
        while run < count {
            var distance = run
            while distance > 0 {
                for start in stride(from: distance % run, to: count - distance, by: 2 * distance) {
                    for lower in start..<min(start + distance, count - distance)
                    where lower / (2 * run) == (lower + distance) / (2 * run) {
                        comparisons.append((lower, lower + distance))
                    }
                }
                distance /= 2
            }
            run *= 2
        }
        self.comparisons = comparisons
    }

    /// Sorts every lane by itself, smallest first.
    ///
    /// - Precondition: ``count`` values.
    package func sort(_ columns: inout [SIMD8<Float>]) {
        precondition(columns.count == count, "\(columns.count) values instead of \(count)")
        columns.withUnsafeMutableBufferPointer { columns in
            for (lower, upper) in comparisons {
                let (first, second) = (columns[lower], columns[upper])
                let isOrdered = first .<= second
                columns[lower] = second.replacing(with: first, where: isOrdered)
                columns[upper] = first.replacing(with: second, where: isOrdered)
            }
        }
    }
}
