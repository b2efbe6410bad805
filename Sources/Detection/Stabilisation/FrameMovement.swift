/// What is known of the movement of the cell in one frame; displacements in pixels, + is downwards and to the right.
package struct FrameMovement: Sendable, Equatable {
    /// Where the cell was found, from where it was at first.
    package var y: Float = 0
    package var x: Float = 0
    /// By how much the frame's light was moved back before the network saw it.
    package var undoneY: Float = 0
    package var undoneX: Float = 0
    /// True if parts of the cell moved otherwise than the whole, or where it is was not clear: what was found then may
    /// be movement.
    package var isUnsteady = false

    package init() {}

    /// True if the frame was changed.
    package var isUndone: Bool { undoneY != 0 || undoneX != 0 }

    /// What the network's pixels are displaced by in the camera's frame, in whole pixels.
    var rows: Int { Int(undoneY.rounded()) }
    var columns: Int { Int(undoneX.rounded()) }
}
