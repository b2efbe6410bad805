package import Imaging

/// How a frame is cut into bins of pixels, and these into blocks, for estimating its shift.
///
/// Bins are squares whose light is summed: of two pixels a side in small frames and of more in larger ones, so that the
/// work on them does not grow. Blocks are judged one by one, so that an event spoils its own block only. Around them
/// stays a margin, into which they move with the cell.
package struct BlockGrid: Sendable, Equatable {
    package let size: FrameSize
    /// Side of a bin, in pixels; a power of two.
    package let binSide: Int
    /// Extent of a block, in bins.
    package let blockHeight = 6
    package let blockWidth: Int
    package let blockRows: Int
    package let blockColumns: Int
    /// First row and column of the blocks in the frame, in pixels.
    package let top: Int
    package let left: Int

    /// Bins along y and x.
    package var rows: Int { blockRows * blockHeight }
    package var columns: Int { blockColumns * blockWidth }
    package var blockCount: Int { blockRows * blockColumns }
    package var binCount: Int { rows * columns }
    /// Bins of one block.
    package var binsPerBlock: Int { blockHeight * blockWidth }

    private static let mostBins = 20_000
    private static let mostPixelsUnbinned = 4096
    private static let fewestBlocks = 6

    /// - Returns: nil if frames of this size are too small to tell movement from events.
    package init?(size: FrameSize) {
        var side = size.pixelCount <= Self.mostPixelsUnbinned ? 1 : 2
        while (size.height / side) * (size.width / side) > Self.mostBins { side *= 2 }
        self.init(size: size, binSide: side)
    }

    /// Bins of twice the side, for frames of little light; nil if there are too few of them.
    package var coarser: BlockGrid? { BlockGrid(size: size, binSide: 2 * binSide) }

    private init?(size: FrameSize, binSide side: Int) {
        self.size = size
        binSide = side
        blockWidth = size.width / side >= 64 ? 16 : 8
        let margin = side == 1 ? 3 : 2
        blockRows = max(0, (size.height / side - 2 * margin) / blockHeight)
        blockColumns = max(0, (size.width / side - 2 * margin) / blockWidth)
        guard blockRows * blockColumns >= Self.fewestBlocks else { return nil }
        top = (size.height - blockRows * blockHeight * side) / 2
        left = (size.width - blockColumns * blockWidth * side) / 2
    }

    /// Centre of a block from the middle of the frame, in halves of the frame.
    func centre(ofBlock block: Int) -> (y: Double, x: Double) {
        let row = Double(block / blockColumns) + 0.5 - Double(blockRows) / 2
        let column = Double(block % blockColumns) + 0.5 - Double(blockColumns) / 2
        return (
            2 * row * Double(blockHeight * binSide) / Double(size.height),
            2 * column * Double(blockWidth * binSide) / Double(size.width)
        )
    }

    /// Whether a block lies in the frame when it is displaced.
    package func isInFrame(block: Int, y: Int, x: Int) -> Bool {
        let (height, width) = (blockHeight * binSide, blockWidth * binSide)
        let row = top + block / blockColumns * height + y
        let column = left + block % blockColumns * width + x
        return row >= 0 && column >= 0 && row + height <= size.height && column + width <= size.width
    }
}
