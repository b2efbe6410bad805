package import Imaging

/// Cells that somebody drew, instead of those that are found.
package struct DrawnCells: Sendable, Equatable {
    package let size: FrameSize
    /// Number of the cell of every pixel, from 1; 0 outside of all, `[y][x]`.
    package let labels: [UInt8]

    /// - Precondition: one value per pixel.
    package init(size: FrameSize, labels: [UInt8]) {
        precondition(labels.count == size.pixelCount, "a mask of cells has one value per pixel")
        self.size = size
        self.labels = labels
    }
}
