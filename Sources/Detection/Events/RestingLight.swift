/// The resting light of a cell at one moment: what bleaching, drift and drugs change.
package struct RestingLight: Sendable, Equatable {
    /// Acquisition index of the frame.
    package var frame: Int
    /// Number of the cell.
    package var cell: Int
    /// Mean F0 over the pixels of the cell, counts above the dark level on the 16-bit scale.
    package var counts: Double
    /// The light outside of the cell on the same scale.
    package var blankCounts: Double

    package init(frame: Int, cell: Int, counts: Double, blankCounts: Double) {
        self.frame = frame
        self.cell = cell
        self.counts = counts
        self.blankCounts = blankCounts
    }
}

extension LabelHistory {
    /// F0 of every cell at the frames among some whose F0 is kept, normalised; cells without F0 are left out.
    ///
    /// - Parameters:
    ///   - frames: Counted from the start of the segment, as all frames here.
    ///   - countsPerUnit: Counts that 1 on the normalised scale stands for.
    ///   - origin: Acquisition index of the segment's first frame.
    /// - Returns: Frame by frame, in each cell by cell.
    package func restingLight(in frames: Range<Int>, countsPerUnit: Double, origin: Int) -> [RestingLight] {
        guard let cells else { return [] }
        let interval = Self.restingInterval
        let held = frames.clamped(to: max(0, frameCount - capacity)..<frameCount)
        let first = (held.lowerBound + interval - 1) / interval * interval
        return stride(from: first, to: held.upperBound, by: interval).flatMap { frame -> [RestingLight] in
            let sums = restingSums(atFrame: frame, labels: cells.labels)
            return cells.cells.compactMap { cell in
                let (sum, count) = sums[cell.number]
                guard count > 0 else { return nil }
                return RestingLight(
                    frame: origin + frame,
                    cell: cell.number,
                    counts: sum / Double(count) * countsPerUnit,
                    blankCounts: Double(cell.blank.light) * countsPerUnit
                )
            }
        }
    }
}
