package import Imaging

/// A cell that somebody drew, instead of one that is found.
package struct DrawnCell: Sendable, Equatable {
    package let size: FrameSize
    /// True for every pixel of the cell, `[y][x]`.
    package let pixels: [Bool]

    /// - Precondition: one value per pixel.
    package init(size: FrameSize, pixels: [Bool]) {
        precondition(pixels.count == size.pixelCount, "a cell has one value per pixel")
        self.size = size
        self.pixels = pixels
    }
}
