import Imaging

/// What the cell looks like at rest, and what the frames' blocks are compared with.
struct RestingTemplate: Sendable {
    let grid: BlockGrid
    /// Mean of the frames it was made of, on the scale of the counts, `[y][x]`.
    let picture: [Float]
    /// Number of frames in it; what is left of their noise falls with it.
    let frameCount: Double
    /// The picture in bins, and its derivatives per pixel along y and x.
    let template: [Float]
    let slopeY: [Float]
    let slopeX: [Float]
    /// The picture in bins of twice the side, for the search.
    let coarse: [Float]
    let blocks: [Block]
    /// The least of the bins: about what no light gives.
    let darkLevelCounts: Double

    /// Sums over a block that do not depend on the frame.
    struct Block: Sendable {
        var mean = 0.0
        /// Sum of squares of the template around its mean.
        var variance = 0.0
        var slopeMean = (y: 0.0, x: 0.0)
        /// Sums of products of the derivatives with the template around its mean.
        var slopeTemplate = (y: 0.0, x: 0.0)
        /// Sums of products of the derivatives, what mean and template explain of them left out.
        var slopes = (yy: 0.0, yx: 0.0, xx: 0.0)
        var coarseMean = 0.0
        var coarseVariance = 0.0
    }

    /// - Parameters:
    ///   - picture: Mean of frames that lie on each other, `[y][x]`.
    ///   - frameCount: How many these are.
    ///   - grid: Bins and blocks.
    init(_ picture: [Float], of frameCount: Double, _ grid: BlockGrid) {
        self.grid = grid
        self.picture = picture
        self.frameCount = frameCount
        var line = [Float](repeating: 0, count: grid.columns * grid.binSide)
        func bins(_ y: Int, _ x: Int) -> [Float] {
            [Float](unsafeUninitializedCapacity: grid.binCount) { bins, count in
                picture.withUnsafeBufferPointer { picture in
                    line.withUnsafeMutableBufferPointer { line in
                        BinnedFrame.fill(
                            bins.baseAddress!,
                            from: picture.baseAddress!,
                            grid,
                            y: y,
                            x: x,
                            line: line.baseAddress!
                        )
                    }
                }
                count = grid.binCount
            }
        }
        func slope(_ forward: [Float], _ backward: [Float]) -> [Float] {
            zip(forward, backward).map { ($0 - $1) / 2 }
        }
        let template = bins(0, 0)
        let (slopeY, slopeX) = (slope(bins(1, 0), bins(-1, 0)), slope(bins(0, 1), bins(0, -1)))
        let coarse = CoarseSearch.halved(template, grid)
        self.template = template
        self.slopeY = slopeY
        self.slopeX = slopeX
        self.coarse = coarse
        darkLevelCounts = Double(template.min() ?? 0)
        blocks = (0..<grid.blockCount).map { Self.block($0, template, slopeY, slopeX, coarse, grid) }
    }

    private static func block(
        _ index: Int,
        _ template: [Float],
        _ slopeY: [Float],
        _ slopeX: [Float],
        _ coarse: [Float],
        _ grid: BlockGrid
    ) -> Block {
        var block = Block()
        let count = Double(grid.binsPerBlock)
        let places = (0..<grid.blockHeight).flatMap { row in
            (0..<grid.blockWidth).map { grid.blockStart(index) + row * grid.columns + $0 }
        }
        for place in places {
            block.mean += Double(template[place]) / count
            block.slopeMean.y += Double(slopeY[place]) / count
            block.slopeMean.x += Double(slopeX[place]) / count
        }
        for place in places {
            let light = Double(template[place]) - block.mean
            let y = Double(slopeY[place]) - block.slopeMean.y
            let x = Double(slopeX[place]) - block.slopeMean.x
            block.variance += light * light
            block.slopeTemplate.y += y * light
            block.slopeTemplate.x += x * light
            block.slopes.yy += y * y
            block.slopes.yx += y * x
            block.slopes.xx += x * x
        }
        if block.variance > 0 {
            let (y, x) = block.slopeTemplate
            block.slopes.yy -= y * y / block.variance
            block.slopes.yx -= y * x / block.variance
            block.slopes.xx -= x * x / block.variance
        }
        let coarsePlaces = CoarseSearch.places(ofBlock: index, grid)
        block.coarseMean = coarsePlaces.reduce(0) { $0 + Double(coarse[$1]) } / Double(coarsePlaces.count)
        block.coarseVariance = coarsePlaces.reduce(0) { sum, place in
            let light = Double(coarse[place]) - block.coarseMean
            return sum + light * light
        }
        return block
    }
}
