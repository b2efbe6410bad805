import Imaging

/// Makes of every frame of a slow camera several for the network: those between it and the frame before, then itself.
///
/// The light between two frames is taken to change evenly. That needs no frame to come, and leaves those of the camera as
/// they are: the network sees frame f of the camera as its frame `factor` x (f + 1) - 1.
final class FrameInterpolation {
    /// Frames of the network for each of the camera.
    let factor: Int
    private var last: [Float] = []
    private var between: [Float] = []

    init(factor: Int) {
        precondition(factor > 0, "a frame is shown at least once")
        self.factor = factor
    }

    /// Forgets the last frame: the next is the first one of a segment, which nothing was before.
    func restart() { last = [] }

    /// Hands on what the network gets of the next frame.
    func take<Failure: Error>(
        _ frame: UnsafeBufferPointer<Float>,
        _ body: (UnsafeBufferPointer<Float>) throws(Failure) -> Void
    ) throws(Failure) {
        guard factor > 1 else { return try body(frame) }
        if last.isEmpty {
            last = Array(frame)
            between = last
        }
        for step in 1..<factor {
            between.withUnsafeMutableBufferPointer { target in
                last.withUnsafeBufferPointer { Self.interpolate($0, frame, Float(step) / Float(factor), into: target) }
            }
            try between.withUnsafeBufferPointer { between throws(Failure) in try body(between) }
        }
        last.withUnsafeMutableBufferPointer { _ = $0.update(fromContentsOf: frame) }
        try body(frame)
    }

    /// The frames that the network sees of some of the camera.
    func networkFrames(_ ranges: [Range<Int>]) -> [Range<Int>] {
        ranges.map { factor * $0.lowerBound..<factor * $0.upperBound }
    }

    /// What the network gets as its frame `index` of a movie that is known as a whole, `[t][y][x]`.
    static func fill(
        _ target: UnsafeMutableBufferPointer<Float>,
        withFrame index: Int,
        of movie: UnsafeBufferPointer<Float>,
        factor: Int
    ) {
        let (frame, step) = index.quotientAndRemainder(dividingBy: factor)
        func pixels(_ frame: Int) -> UnsafeBufferPointer<Float> {
            UnsafeBufferPointer(rebasing: movie[frame * target.count..<(frame + 1) * target.count])
        }
        guard step < factor - 1 else { return _ = target.update(fromContentsOf: pixels(frame)) }
        interpolate(pixels(max(0, frame - 1)), pixels(frame), Float(step + 1) / Float(factor), into: target)
    }

    private static func interpolate(
        _ first: UnsafeBufferPointer<Float>,
        _ second: UnsafeBufferPointer<Float>,
        _ share: Float,
        into target: UnsafeMutableBufferPointer<Float>
    ) {
        for pixel in target.indices { target[pixel] = first[pixel] + (second[pixel] - first[pixel]) * share }
    }
}
