/// How windows cover a recorded movie, and which of their frames are kept.
///
/// Source: `quirks.md`, Input, windows, merging ('overlap').
package struct WindowSchedule: Hashable, Sendable {
    /// Frames of the movie.
    package let frameCount: Int
    /// Frames of a window.
    package let window: Int
    /// Frames from one window to the next.
    package let stride: Int
    /// Frames of zeros before the movie.
    package let paddingBefore: Int
    /// Frames of the movie and the zeros before and after it.
    package let paddedFrameCount: Int

    /// - Precondition: `window` is at least `stride`, and the frames of a window around the central ones are as many
    ///   before as after.
    package init(frameCount: Int, window: Int = 256, stride: Int = 32) {
        precondition(frameCount > 0 && stride > 0 && window >= stride, "a movie and windows that overlap")
        precondition((window - stride).isMultiple(of: 2), "the frames that are kept lie in the middle")
        self.frameCount = frameCount
        self.window = window
        self.stride = stride
        let strides = frameCount <= window ? 0 : (frameCount - window + stride - 1) / stride
        paddedFrameCount = window + strides * stride
        paddingBefore = (paddedFrameCount - frameCount) / 2
    }

    /// Number of windows.
    package var windowCount: Int { (paddedFrameCount - window) / stride + 1 }

    /// Frames of zeros after the movie.
    package var paddingAfter: Int { paddedFrameCount - frameCount - paddingBefore }

    /// The kept frames of a window, counted from its start: the central ones, and at the ends of the movie all that
    /// no other window keeps.
    package func keptFrames(ofWindow index: Int) -> Range<Int> {
        precondition((0..<windowCount).contains(index), "window \(index) of \(windowCount)")
        let first = index == 0 ? 0 : (window - stride) / 2
        let end = index == windowCount - 1 ? window : (window + stride) / 2
        return first..<end
    }

    /// Frames to hand over for a window, counted from the start of the padded movie.
    package func newFrames(ofWindow index: Int) -> Range<Int> {
        precondition((0..<windowCount).contains(index), "window \(index) of \(windowCount)")
        let end = window + index * stride
        return (index == 0 ? 0 : end - stride)..<end
    }
}
