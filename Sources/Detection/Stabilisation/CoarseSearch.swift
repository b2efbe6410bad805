/// Finds by how many bins a frame is displaced, by trying all displacements of a few.
///
/// Frame and template are halved once more. Each block may have a gain and an offset of its own, and counts no more than
/// so much however badly it fits: an event there decides nothing.
enum CoarseSearch {
    /// Largest displacement that is tried, in bins of twice the side.
    static let reach = 3
    /// A block's misfit counts up to so many times what noise leaves.
    private static let largestMisfit = 6.0

    /// Bins of twice the side.
    static func halved(_ bins: [Float], _ grid: BlockGrid) -> [Float] {
        let width = grid.columns / 2
        return [Float](unsafeUninitializedCapacity: grid.binCount / 4) { halved, count in
            bins.withUnsafeBufferPointer { halve($0.baseAddress!, grid, into: halved.baseAddress!, width) }
            count = grid.binCount / 4
        }
    }

    @inline(__always)
    static func halve(
        _ bins: UnsafePointer<Float>,
        _ grid: BlockGrid,
        into halved: UnsafeMutablePointer<Float>,
        _ width: Int
    ) {
        for row in 0..<grid.rows / 2 {
            let upper = bins + 2 * row * grid.columns
            let lower = upper + grid.columns
            for column in 0..<width {
                halved[row * width + column] =
                    (upper[2 * column] + upper[2 * column + 1] + lower[2 * column] + lower[2 * column + 1]) * 0.25
            }
        }
    }

    /// Bins of twice the side that a block has.
    static func places(ofBlock block: Int, _ grid: BlockGrid) -> [Int] {
        let width = grid.columns / 2
        let top = block / grid.blockColumns * grid.blockHeight / 2
        let left = block % grid.blockColumns * grid.blockWidth / 2
        return (top..<top + grid.blockHeight / 2).flatMap { row in
            (left..<left + grid.blockWidth / 2).map { row * width + $0 }
        }
    }

    /// The displacement at which most blocks fit, in pixels.
    ///
    /// - Parameters:
    ///   - bins: The frame in bins, where it is expected.
    ///   - template: What the cell looks like at rest.
    ///   - noise: Variance of a bin that noise leaves, by block.
    ///   - scratch: Of a quarter of the bins.
    /// - Returns: Rows and columns; parts of a bin from a parabola through the neighbours.
    static func displacement(
        of bins: UnsafePointer<Float>,
        from template: RestingTemplate,
        noise: [Double],
        scratch: UnsafeMutablePointer<Float>
    ) -> (y: Double, x: Double) {
        let grid = template.grid
        halve(bins, grid, into: scratch, grid.columns / 2)
        let count = 2 * reach + 1
        let costs = (0..<count * count).map { index in
            cost(y: index / count - reach, x: index % count - reach, scratch, template, noise)
        }
        let best = costs.indices.min { costs[$0] < costs[$1] } ?? count * count / 2
        let (row, column) = (best / count, best % count)
        func refined(_ index: Int, _ place: Int, _ step: Int) -> Double {
            guard place > 0, place < count - 1 else { return 0 }
            let (before, after) = (costs[index - step], costs[index + step])
            let curvature = before + after - 2 * costs[index]
            return curvature > 0 ? 0.5 * (before - after) / curvature : 0
        }
        let side = Double(2 * grid.binSide)
        return (
            (Double(row - reach) + refined(best, row, count)) * side,
            (Double(column - reach) + refined(best, column, 1)) * side
        )
    }

    /// Mean misfit of the blocks at a displacement, in units of the noise.
    private static func cost(
        y: Int,
        x: Int,
        _ frame: UnsafePointer<Float>,
        _ template: RestingTemplate,
        _ noise: [Double]
    ) -> Double {
        let grid = template.grid
        let (height, width) = (grid.rows / 2, grid.columns / 2)
        let (blockHeight, blockWidth) = (grid.blockHeight / 2, grid.blockWidth / 2)
        let bins = Double(blockHeight * blockWidth)
        var (sum, weights) = (0.0, 0.0)
        template.coarse.withUnsafeBufferPointer { coarse in
            let resting = coarse.baseAddress!
            for index in 0..<grid.blockCount {
                let block = template.blocks[index]
                let top = index / grid.blockColumns * blockHeight
                let left = index % grid.blockColumns * blockWidth
                guard top + y >= 0, left + x >= 0, top + y + blockHeight <= height, left + x + blockWidth <= width
                else { continue }
                let middle = SIMD4(repeating: Float(block.coarseMean))
                var (ones, squares, products) = (SIMD4<Float>.zero, SIMD4<Float>.zero, SIMD4<Float>.zero)
                for row in 0..<blockHeight {
                    let start = (top + row + y) * width + left + x
                    let place = (top + row) * width + left
                    for column in stride(from: 0, to: blockWidth, by: 4) {
                        let light = load4(frame, start + column) - middle
                        ones += light
                        squares += light * light
                        products += light * load4(resting, place + column)
                    }
                }
                let (one, square, product) = (ones.sum(), squares.sum(), products.sum())
                let mean = Double(one) / bins
                let variance = max(0, Double(square) - mean * Double(one))
                let covariance = Double(product) - block.coarseMean * Double(one)
                let explained = covariance > 0 ? covariance * covariance / max(block.coarseVariance, 1e-9) : 0
                let scale = max(noise[index] / 4, 1e-9)
                let restingLight = max(block.coarseMean - template.darkLevelCounts, 1e-9)
                let brightness = max(1, 1 + mean / restingLight)
                // What a block can tell: how much its template stands out of the noise.
                let weight = block.coarseVariance / (block.coarseVariance + bins * scale)
                sum += weight * min(max(0, variance - explained) / (bins * scale * brightness), largestMisfit)
                weights += weight
            }
        }
        return weights > 0 ? sum / weights : .infinity
    }
}

@inline(__always)
private func load4(_ values: UnsafePointer<Float>, _ place: Int) -> SIMD4<Float> {
    UnsafeRawPointer(values).loadUnaligned(fromByteOffset: place * MemoryLayout<Float>.stride, as: SIMD4<Float>.self)
}
