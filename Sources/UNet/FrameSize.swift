/// The size of one frame in pixels; frames are stored row by row, `[y][x]`.
public struct FrameSize: Hashable, Sendable, Codable, CustomStringConvertible {
    public let height: Int
    public let width: Int

    /// - Precondition: both extents are positive.
    public init(height: Int, width: Int) {
        precondition(height > 0 && width > 0, "a frame has at least one pixel")
        self.height = height
        self.width = width
    }

    public var pixelCount: Int { height * width }

    public var description: String { "\(height) x \(width) pixels (height x width)" }
}
