/// Sums over one block of the difference between a frame and the template, with what the template can explain of it.
package struct BlockMoments: Equatable {
    /// Sum of the difference.
    package var one = 0.0
    /// Sums of its products with the template, its derivatives along y and x, and itself.
    package var template = 0.0
    package var slopeY = 0.0
    package var slopeX = 0.0
    package var square = 0.0
}

extension BlockMoments {
    /// Takes the sums over a block of bins.
    ///
    /// - Parameters:
    ///   - bins: A binned frame.
    ///   - planes: Template and derivatives, on the same bins.
    ///   - grid: Where blocks are.
    ///   - block: Which one.
    package init(
        _ bins: UnsafePointer<Float>,
        _ planes: (template: UnsafePointer<Float>, slopeY: UnsafePointer<Float>, slopeX: UnsafePointer<Float>),
        _ grid: BlockGrid,
        block: Int
    ) {
        let start = grid.blockStart(block)
        var (one, template) = (SIMD8<Float>.zero, SIMD8<Float>.zero)
        var (slopeY, slopeX, square) = (SIMD8<Float>.zero, SIMD8<Float>.zero, SIMD8<Float>.zero)
        for row in 0..<grid.blockHeight {
            for column in stride(from: 0, to: grid.blockWidth, by: 8) {
                let place = start + row * grid.columns + column
                let resting = load(planes.template, place)
                let difference = load(bins, place) - resting
                one += difference
                template += difference * resting
                slopeY += difference * load(planes.slopeY, place)
                slopeX += difference * load(planes.slopeX, place)
                square += difference * difference
            }
        }
        self.init(
            one: Double(one.sum()),
            template: Double(template.sum()),
            slopeY: Double(slopeY.sum()),
            slopeX: Double(slopeX.sum()),
            square: Double(square.sum())
        )
    }

    /// The same, bin by bin.
    package static func reference(
        _ bins: [Float],
        template: [Float],
        slopeY: [Float],
        slopeX: [Float],
        _ grid: BlockGrid,
        block: Int
    ) -> BlockMoments {
        var moments = BlockMoments()
        for row in 0..<grid.blockHeight {
            for column in 0..<grid.blockWidth {
                let place = grid.blockStart(block) + row * grid.columns + column
                let difference = Double(bins[place]) - Double(template[place])
                moments.one += difference
                moments.template += difference * Double(template[place])
                moments.slopeY += difference * Double(slopeY[place])
                moments.slopeX += difference * Double(slopeX[place])
                moments.square += difference * difference
            }
        }
        return moments
    }
}

extension BlockGrid {
    /// First bin of a block.
    func blockStart(_ block: Int) -> Int {
        block / blockColumns * blockHeight * columns + block % blockColumns * blockWidth
    }
}

/// Eight neighbouring values.
@inline(__always)
func load(_ values: UnsafePointer<Float>, _ place: Int) -> SIMD8<Float> {
    UnsafeRawPointer(values).loadUnaligned(fromByteOffset: place * MemoryLayout<Float>.stride, as: SIMD8<Float>.self)
}
