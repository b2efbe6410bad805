/// A stretch of a series without a break: where its frames lie in the acquisition and which of them are substitutes.
package struct RecordedSegment: Sendable, Equatable {
    /// Acquisition index of the segment's first frame.
    package var origin: Int
    /// Number of frames; nil while the segment goes on.
    package var frameCount: Int?
    /// Acquisition indices of frames that were lost and replaced by the one before.
    package var heldFrames: Set<Int>

    /// - Precondition: a known frame count is positive.
    package init(origin: Int, frameCount: Int? = nil, heldFrames: Set<Int> = []) {
        precondition(frameCount.map { $0 > 0 } ?? true, "a finished segment has at least one frame")
        self.origin = origin
        self.frameCount = frameCount
        self.heldFrames = heldFrames
    }
}
