import CKernels

/// Follows plans: owns the memory of all layers and computes in it what a plan says.
final class PlanExecutor {
    let part: FramePart
    private var encoder: [EncoderLevel] = []
    private var decoder: [DecoderLevel] = []
    private let finalLayer: PackedLayer
    private let runner: LayerRunner
    var clock: LayerClock? {
        get { runner.clock }
        set { runner.clock = newValue }
    }

    init(
        model: Model,
        frameSize: FrameSize,
        window: Int,
        threads: Int,
        isa: CKernelsISA,
        algorithm: ConvolutionAlgorithm
    ) throws(UNetError) {
        let paddedSize = model.shape.paddedSize(of: frameSize)
        part = FramePart(of: frameSize, in: paddedSize)
        finalLayer = try .final(model.finalLayer)
        for (level, block) in model.encoder.enumerated() {
            let geometry = LevelGeometry(
                level: level,
                shape: model.shape,
                paddedSize: paddedSize,
                window: window,
                algorithm: algorithm
            )
            encoder.append(try EncoderLevel(block, geometry: geometry))
        }
        for (level, block) in model.decoder.enumerated() {
            decoder.append(
                try DecoderLevel(
                    block,
                    geometry: encoder[level].geometry,
                    deeperLayout: encoder[level + 1].geometry.layout,
                    isLast: level == 0
                )
            )
        }
        let scratchFloats = encoder.map(\.scratchFloats) + decoder.map(\.scratchFloats)
        runner = try LayerRunner(window: window, threads: threads, isa: isa, scratchFloats: scratchFloats.max() ?? 0)
    }

    /// Computes one window.
    ///
    /// - Parameters:
    ///   - plan: the plan of the window, the next one after that of the last call.
    ///   - frames: the frames that the plan takes in, `[t][y][x]`.
    ///   - probabilities: receives the result.
    func run(_ plan: IncrementalPlan, frames: UnsafePointer<Float>, into probabilities: ProbabilityStorage) {
        for level in encoder.indices {
            let origin = plan.slot(ofCell: 0, atLevel: level)
            encoder[level].source.origin = origin
            encoder[level].result.origin = origin
        }
        takeIn(frames, cells: plan.encoder[0].source.computed)
        for level in encoder.indices { encode(level, plan) }
        for level in decoder.indices.reversed() { decode(level, plan, into: probabilities) }
    }

    /// Copies frames into the zeros around them.
    private func takeIn(_ frames: UnsafePointer<Float>, cells: [Range<Int>]) {
        let source = encoder[0].source
        var row = frames
        for cell in cells.joined() {
            let start = source.frame(cell) + source.store.offset(channel: 0, y: part.top, x: part.left)
            for y in 0..<part.size.height {
                (start + y * source.store.geometry.row_stride).update(from: row, count: part.size.width)
                row += part.size.width
            }
        }
    }

    /// Computes a level on the way down and pools it for the next.
    private func encode(_ level: Int, _ plan: IncrementalPlan) {
        let current = encoder[level], cellCount = current.geometry.cellCount
        var between = CellCursor(plan.encoder[level].convolution1.computed)
        var pooled = CellCursor(level + 1 < encoder.count ? plan.encoder[level + 1].source.computed : [])
        let pool = { [runner, encoder] (cells: Range<Int>) in
            runner.pool(from: current.result, to: encoder[level + 1].source, cells: cells, level: level + 1)
        }
        forEachChunk(of: plan.encoder[level].convolution2.computed, count: current.geometry.chunk) { cells in
            between.advance(to: cells.upperBound + 1) {
                runner.convolve(
                    current.convolution1,
                    from: current.source,
                    to: current.between,
                    cells: $0,
                    of: cellCount
                )
            }
            runner.convolve(
                current.convolution2,
                from: current.between,
                to: current.result,
                cells: cells,
                of: cellCount
            )
            pooled.advance(to: cells.upperBound / 2, pool)
        }
        pooled.advance(to: cellCount / 2, pool)
    }

    /// Computes a level on the way up; at level 0 the probabilities too.
    private func decode(_ level: Int, _ plan: IncrementalPlan, into probabilities: ProbabilityStorage) {
        let current = decoder[level], skip = encoder[level].result, cellCount = current.geometry.cellCount
        let deeper = level + 1 < decoder.count ? decoder[level + 1].result : encoder[level + 1].result
        var raised = CellCursor(plan.decoder[level].upConvolution.computed)
        var between = CellCursor(plan.decoder[level].convolution1.computed)
        forEachChunk(of: plan.decoder[level].convolution2.computed, count: current.geometry.chunk) { cells in
            raised.advance(to: cells.upperBound + 2) {
                runner.upConvolve(current.upConvolution, from: deeper, to: current.raised, cells: $0)
            }
            between.advance(to: cells.upperBound + 1) {
                runner.convolve(
                    current.convolution1,
                    from: skip,
                    and: current.raised,
                    to: current.between,
                    cells: $0,
                    of: cellCount
                )
            }
            runner.convolve(
                current.convolution2,
                from: current.between,
                to: current.result,
                cells: cells,
                of: cellCount
            )
            if level == 0 { classify(cells, into: probabilities) }
        }
    }

    private func classify(_ cells: Range<Int>, into probabilities: ProbabilityStorage) {
        for (index, range) in probabilities.ranges.enumerated() {
            let wanted = cells.clamped(to: range)
            guard !wanted.isEmpty else { continue }
            runner.classify(
                finalLayer,
                from: decoder[0].result,
                cells: wanted,
                part: part,
                to: probabilities.start(ofRange: index) + (wanted.lowerBound - range.lowerBound) * part.size.pixelCount,
                classStride: range.count * part.size.pixelCount
            )
        }
    }
}
