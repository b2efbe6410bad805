import Foundation
package import Imaging

/// What a side output reads: the channels of the newest cells of its level that lie in the frame, at least in part.
package struct SideFeatures: Sendable {
    package let level: Int
    package let channels: Int
    package let frameSize: FrameSize
    /// Number of cells along time, and the cells of a frame.
    package private(set) var cellCount = 0
    package let cells: FrameSize
    /// The channels of every cell, `[t][y][x][channel]`.
    package private(set) var values: [Float] = []

    /// Rows and columns of zeros before the frame, and the first cell that lies in it.
    private let margin: (rows: Int, columns: Int)
    private let first: (row: Int, column: Int)

    init(level: Int, channels: Int, part: FramePart) {
        self.level = level
        self.channels = channels
        frameSize = part.size
        margin = (part.top, part.left)
        first = (part.top >> level, part.left >> level)
        cells = FrameSize(
            height: (part.top + part.size.height - 1) >> level - first.row + 1,
            width: (part.left + part.size.width - 1) >> level - first.column + 1
        )
    }

    /// The cell, counted in `[y][x]`, in which a pixel lies.
    package func cell(ofRow row: Int, column: Int) -> Int {
        ((row + margin.rows) >> level - first.row) * cells.width + (column + margin.columns) >> level - first.column
    }

    /// The pixels of some rows, or columns, of cells.
    package func rows(ofCells rows: Range<Int>) -> Range<Int> {
        pixels(rows, first: first.row, margin: margin.rows, count: frameSize.height)
    }

    package func columns(ofCells columns: Range<Int>) -> Range<Int> {
        pixels(columns, first: first.column, margin: margin.columns, count: frameSize.width)
    }

    private func pixels(_ cells: Range<Int>, first: Int, margin: Int, count: Int) -> Range<Int> {
        let start = (cells.lowerBound + first) << level - margin, end = (cells.upperBound + first) << level - margin
        return max(0, start)..<min(count, end)
    }

    mutating func read(_ ring: CellRing, cells range: Range<Int>) {
        cellCount = range.count
        let count = range.count * cells.pixelCount * channels
        if values.count != count { values = [Float](repeating: 0, count: count) }
        let store = ring.store
        var place = 0
        for cell in range {
            let frame = ring.frame(cell)
            for row in first.row..<first.row + cells.height {
                for column in first.column..<first.column + cells.width {
                    for channel in 0..<channels {
                        values[place] = frame[store.offset(channel: channel, y: row, x: column)]
                        place += 1
                    }
                }
            }
        }
    }
}

extension SideOutput {
    /// The probability of one class in every cell, `[t][y][x]`.
    package func probabilities(of unit: Unit, in features: SideFeatures) -> [Float] {
        let channels = features.channels
        return (0..<features.cellCount * features.cells.pixelCount).map { cell in
            var sum = unit.bias
            for channel in 0..<channels { sum += unit.weights[channel] * features.values[cell * channels + channel] }
            return 1 / (1 + exp(-sum))
        }
    }
}
