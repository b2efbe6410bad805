/// The movement of the last frames, in fixed memory.
///
/// Frames count from the start of the segment.
package struct MovementHistory: Sendable {
    private let capacity: Int
    private var movements: [FrameMovement] = []
    private var frameCount = 0

    /// - Parameter capacity: Frames that are remembered.
    /// - Precondition: positive.
    package init(capacity: Int) {
        precondition(capacity > 0)
        self.capacity = capacity
    }

    /// - Complexity: O(1).
    package mutating func append(_ movement: FrameMovement) {
        if movements.count < capacity {
            movements.append(movement)
        } else {
            movements[frameCount % capacity] = movement
        }
        frameCount += 1
    }

    /// The movement of a frame; none for frames that are to come or no longer remembered.
    package subscript(frame: Int) -> FrameMovement {
        guard frame >= 0, frame < frameCount, frame >= frameCount - capacity else { return FrameMovement() }
        return movements[frame % capacity]
    }

    /// The movement of frames; empty if none was looked for.
    package subscript(frames: Range<Int>) -> [FrameMovement] { frameCount == 0 ? [] : frames.map { self[$0] } }
}
