/// The windows of the published pipeline over a movie of known length, mode `overlap`.
package struct MovieWindows: Sendable, Equatable {
    /// One position of the window.
    package struct Position: Sendable, Equatable {
        /// Frames of the padded movie that no earlier window held.
        package let newFrames: Range<Int>
        /// Frames that this window decides, local to the window, padding left out.
        package let kept: Range<Int>
    }

    package let frameCount: Int
    /// Zero frames in front of the movie: floor half of all padding.
    package let paddingInFront: Int
    /// Zero frames behind the movie.
    package let paddingBehind: Int
    package let windows: [Position]

    /// - Precondition: the movie has at least one frame, the stride is positive and at most the window.
    package init(frameCount: Int, window: Int, stride: Int) {
        precondition(frameCount > 0 && stride > 0 && stride <= window)
        let missing =
            frameCount < window ? window - frameCount : (stride - (frameCount - window) % stride) % stride
        self.frameCount = frameCount
        paddingInFront = missing / 2
        paddingBehind = missing - missing / 2
        let end = frameCount + missing
        let movie = missing / 2..<missing / 2 + frameCount
        let centreStart = (window - stride) / 2
        let lastStart = end - window
        windows = Swift.stride(from: 0, through: lastStart, by: stride).map { start in
            let isFirst = start == 0
            let isLast = start == lastStart
            let kept = start + (isFirst ? 0 : centreStart)..<start + (isLast ? window : window - centreStart)
            let decided = kept.clamped(to: movie)
            return Position(
                newFrames: isFirst ? 0..<window : start + window - stride..<start + window,
                kept: decided.lowerBound - start..<decided.upperBound - start
            )
        }
    }

    /// The movie between its zero frames.
    ///
    /// - Precondition: the movie holds ``frameCount`` frames.
    package func padded(_ movie: [Float], pixelCount: Int) -> [Float] {
        precondition(movie.count == frameCount * pixelCount)
        let front = [Float](repeating: 0, count: paddingInFront * pixelCount)
        let behind = [Float](repeating: 0, count: paddingBehind * pixelCount)
        return front + movie + behind
    }
}
