/// The size of one frame in pixels; frames are stored row by row, `[y][x]`.
package struct FrameSize: Hashable, Sendable, Codable, CustomStringConvertible {
    package let height: Int
    package let width: Int

    /// - Precondition: both extents are positive.
    package init(height: Int, width: Int) {
        precondition(height > 0 && width > 0, "a frame has at least one pixel")
        self.height = height
        self.width = width
    }

    package var pixelCount: Int { height * width }

    package var description: String { "\(height) x \(width) pixels (height x width)" }
}
