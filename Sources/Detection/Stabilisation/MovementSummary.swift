/// What was found of the movement of a cell, over many frames.
package struct MovementSummary: Sendable, Equatable {
    /// Frames in which movement was looked for.
    package private(set) var frameCount = 0
    /// Frames that were changed.
    package private(set) var undoneFrameCount = 0
    /// Frames in which parts of the cell moved otherwise than the whole, or where it was is not clear.
    package private(set) var unsteadyFrameCount = 0
    /// Farthest from where the cell was at first, in pixels.
    package private(set) var largestShiftPixels = 0.0

    /// Share of the frames whose movement was undone entirely, or that had none; nil if there are no frames.
    package var usableShare: Double? {
        frameCount > 0 ? 1 - Double(unsteadyFrameCount) / Double(frameCount) : nil
    }

    package init(_ movements: [FrameMovement]) { add(movements) }

    /// Takes in more frames.
    package mutating func add(_ movements: [FrameMovement]) {
        frameCount += movements.count
        for movement in movements {
            if movement.isUndone { undoneFrameCount += 1 }
            if movement.isUnsteady { unsteadyFrameCount += 1 }
            let shift = (movement.y * movement.y + movement.x * movement.x).squareRoot()
            largestShiftPixels = max(largestShiftPixels, Double(shift))
        }
    }
}
