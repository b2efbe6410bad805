public import UNet

/// A cell that somebody drew, instead of one that is found.
public struct DrawnCell: Sendable, Equatable {
    public let size: FrameSize
    /// True for every pixel of the cell, `[y][x]`.
    public let pixels: [Bool]

    /// - Precondition: one value per pixel.
    public init(size: FrameSize, pixels: [Bool]) {
        precondition(pixels.count == size.pixelCount, "a cell has one value per pixel")
        self.size = size
        self.pixels = pixels
    }
}
