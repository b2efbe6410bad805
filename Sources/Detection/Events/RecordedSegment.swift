/// A stretch of a series without a break: where its frames lie in the acquisition and which of them are substitutes.
package struct RecordedSegment: Sendable, Equatable {
    /// Acquisition index of the segment's first frame.
    package var origin: Int
    /// Number of frames; nil while the segment goes on.
    package var frameCount: Int?
    /// Acquisition indices of frames that were lost and replaced by the one before.
    package var heldFrames: Set<Int>
    /// Acquisition indices of frames without light: a shutter was closed, a laser off, or they were filled with zeros.
    package var darkFrames: Set<Int>

    /// - Precondition: a known frame count is positive.
    package init(origin: Int, frameCount: Int? = nil, heldFrames: Set<Int> = [], darkFrames: Set<Int> = []) {
        precondition(frameCount.map { $0 > 0 } ?? true, "a finished segment has at least one frame")
        self.origin = origin
        self.frameCount = frameCount
        self.heldFrames = heldFrames
        self.darkFrames = darkFrames
    }

    /// True for frames that say nothing of the specimen.
    func isLeftOut(_ frame: Int) -> Bool { heldFrames.contains(frame) || darkFrames.contains(frame) }

    /// True if a frame without light lies among or right beside frames.
    func hasDarkFrame(touching frames: ClosedRange<Int>) -> Bool {
        guard !darkFrames.isEmpty else { return false }
        return (frames.lowerBound - 1...frames.upperBound + 1).contains { darkFrames.contains($0) }
    }
}
