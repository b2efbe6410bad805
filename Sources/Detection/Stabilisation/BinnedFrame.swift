import Imaging

/// A frame in bins: the mean light of each, `[row][column]`.
package enum BinnedFrame {
    /// Bins a frame that is displaced by whole pixels; bins that reach beyond the frame are 0.
    ///
    /// - Parameters:
    ///   - bins: Written, of `grid.binCount`.
    ///   - frame: Pixels, `[y][x]`.
    ///   - grid: What the bins are.
    ///   - y: Rows by which they are displaced.
    ///   - x: Columns by which they are.
    ///   - line: Scratch of `grid.columns * grid.binSide`.
    package static func fill(
        _ bins: UnsafeMutablePointer<Float>,
        from frame: UnsafePointer<Float>,
        _ grid: BlockGrid,
        y: Int,
        x: Int,
        line: UnsafeMutablePointer<Float>
    ) {
        let (side, width) = (grid.binSide, grid.size.width)
        let first = grid.left + x
        let lineCount = grid.columns * side
        let inside = max(0, -first)..<max(max(0, -first), min(lineCount, width - first))
        let share = 1 / Float(side * side)
        for row in 0..<grid.rows {
            let target = bins + row * grid.columns
            let start = grid.top + row * side + y
            guard start >= 0, start + side <= grid.size.height else {
                target.update(repeating: 0, count: grid.columns)
                continue
            }
            if side == 2, inside.count == lineCount {
                joinPairs(frame + start * width + first, rowLength: width, into: target, count: grid.columns)
                continue
            }
            if inside.count < lineCount { line.update(repeating: 0, count: lineCount) }
            let source = frame + start * width + first
            sum(side, from: source, rowLength: width, range: inside, into: line)
            var count = lineCount
            while count > grid.columns {
                count /= 2
                halve(line, to: count)
            }
            for column in 0..<grid.columns { target[column] = line[column] * share }
        }
    }

    /// The same, bin by bin.
    package static func reference(_ frame: [Float], _ grid: BlockGrid, y: Int, x: Int) -> [Float] {
        let side = grid.binSide
        return (0..<grid.binCount).map { bin in
            let top = grid.top + bin / grid.columns * side + y
            let left = grid.left + bin % grid.columns * side + x
            guard top >= 0, top + side <= grid.size.height else { return 0 }
            var sum: Float = 0
            for row in top..<top + side {
                for column in left..<left + side where (0..<grid.size.width).contains(column) {
                    sum += frame[row * grid.size.width + column]
                }
            }
            return sum / Float(side * side)
        }
    }

    @inline(__always)
    private static func sum(
        _ rows: Int,
        from source: UnsafePointer<Float>,
        rowLength: Int,
        range: Range<Int>,
        into line: UnsafeMutablePointer<Float>
    ) {
        if rows == 2 {
            for column in range { line[column] = source[column] + source[rowLength + column] }
            return
        }
        for column in range { line[column] = source[column] }
        for row in 1..<max(rows, 1) {
            let next = source + row * rowLength
            for column in range { line[column] += next[column] }
        }
    }

    /// Bins of two pixels a side, in the order of additions of the general way.
    @inline(__always)
    private static func joinPairs(
        _ upper: UnsafePointer<Float>,
        rowLength: Int,
        into target: UnsafeMutablePointer<Float>,
        count: Int
    ) {
        let (upper, lower) = (UnsafeRawPointer(upper), UnsafeRawPointer(upper + rowLength))
        let raw = UnsafeMutableRawPointer(target)
        let stride = MemoryLayout<Float>.stride
        for bin in Swift.stride(from: 0, to: count, by: 4) {
            let pixels = 2 * bin * stride
            let sums =
                upper.loadUnaligned(fromByteOffset: pixels, as: SIMD8<Float>.self)
                + lower.loadUnaligned(fromByteOffset: pixels, as: SIMD8<Float>.self)
            raw.storeBytes(of: (sums.evenHalf + sums.oddHalf) * 0.25, toByteOffset: bin * stride, as: SIMD4<Float>.self)
        }
    }

    /// Adds neighbours, in place.
    @inline(__always)
    private static func halve(_ line: UnsafeMutablePointer<Float>, to count: Int) {
        let raw = UnsafeMutableRawPointer(line)
        let stride = MemoryLayout<Float>.stride
        for start in Swift.stride(from: 0, to: count, by: 8) {
            let pairs = raw.loadUnaligned(fromByteOffset: 2 * start * stride, as: SIMD16<Float>.self)
            raw.storeBytes(of: pairs.evenHalf + pairs.oddHalf, toByteOffset: start * stride, as: SIMD8<Float>.self)
        }
    }
}
