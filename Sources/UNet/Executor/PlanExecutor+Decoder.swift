import Imaging

/// How far one level of the decoder has come.
struct DecoderCursors {
    var skip = CellCursor()
    var skipBetween = CellCursor()
    var raised = CellCursor()
    var between = CellCursor()
    var result = CellCursor()

    init() {}

    init(_ plan: DecoderLevelPlan) {
        skip = CellCursor(plan.skip.computed)
        skipBetween = CellCursor(plan.skipConvolution1.computed)
        raised = CellCursor(plan.upConvolution.computed)
        between = CellCursor(plan.convolution1.computed)
        result = CellCursor(plan.convolution2.computed)
    }
}

/// The way up: every level asks the next coarser one for the cells that it needs next, so that little of the finest
/// ones is held at a time.
extension PlanExecutor {
    /// Computes the decoder and the probabilities of the window that was started, up to a frame.
    ///
    /// - Parameters:
    ///   - end: counted from the start of the window; not before that of the last call.
    ///   - probabilities: receives what lies in its ranges.
    func decode(before end: Int, into probabilities: ProbabilityStorage) {
        let chunk = decoder[0].geometry.chunk
        while let cells = cursors[0].result.advance(before: end, atMost: chunk) {
            decode(0, cells)
            classify(cells, into: probabilities)
        }
    }

    /// Computes the planned cells of a level before `end` that are still to do.
    private func decode(_ level: Int, before end: Int) {
        let chunk = decoder[level].geometry.chunk
        // Whole chunks: few cells at a time would be slow.
        let roundedEnd = decoder[level].isComputedWhole ? .max : (end + chunk - 1) / chunk * chunk
        while let cells = cursors[level].result.advance(before: roundedEnd, atMost: chunk) { decode(level, cells) }
    }

    /// Computes at most a chunk of cells.
    private func decode(_ level: Int, _ cells: Range<Int>) {
        let current = decoder[level], skip = encoder[level].result
        let chunk = current.geometry.chunk, cellCount = current.geometry.cellCount
        while let raised = cursors[level].raised.advance(before: cells.upperBound + 2, atMost: chunk + 4) {
            let deeper: CellRing
            if level + 1 < decoder.count {
                decode(level + 1, before: (raised.upperBound + 1) / 2)
                deeper = decoder[level + 1].result
            } else {
                deeper = encoder[level + 1].result
            }
            runner.upConvolve(current.upConvolution, from: deeper, to: current.raised, cells: raised)
        }
        while let again = cursors[level].skip.advance(before: cells.upperBound + 2, atMost: chunk) {
            convolve(encoder[level], again, between: &cursors[level].skipBetween, cellCount: cellCount)
        }
        while let between = cursors[level].between.advance(before: cells.upperBound + 1) {
            runner.convolve(
                current.convolution1,
                from: skip,
                and: current.raised,
                to: current.between,
                cells: between,
                of: cellCount
            )
        }
        runner.convolve(current.convolution2, from: current.between, to: current.result, cells: cells, of: cellCount)
    }

    private func classify(_ cells: Range<Int>, into probabilities: ProbabilityStorage) {
        for index in probabilities.ranges.indices {
            let range = probabilities.ranges[index]
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
