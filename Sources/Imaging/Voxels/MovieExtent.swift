/// How many frames a movie has, and how large they are.
package struct MovieExtent: Sendable, Equatable {
    package let frameCount: Int
    package let size: FrameSize

    package init(frameCount: Int, size: FrameSize) {
        self.frameCount = frameCount
        self.size = size
    }

    package func contains(frame: Int, y: Int, x: Int) -> Bool {
        (0..<frameCount).contains(frame) && (0..<size.height).contains(y) && (0..<size.width).contains(x)
    }
}
