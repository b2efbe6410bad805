package import Detection
import Imaging
package import Session

/// Where the cells were in some consecutive frames, and what of their movement is left.
package struct MovementMessage: WireMessage {
    package var seriesID: String
    package var stream: String
    /// Acquisition index of the first frame.
    package var startFrame: Int
    /// Where the cells were found, from where they were at first, a value a frame, in pixels; + is downwards and to the
    /// right.
    package var y: [Double]
    package var x: [Double]
    /// By how much the light was moved back before detection, a value a frame, in pixels; nil if no frame was changed.
    @NullEncoded package var undoneY: [Double]?
    @NullEncoded package var undoneX: [Double]?
    /// Acquisition indices of the frames in which parts of the cells moved otherwise than the whole, or where they were
    /// was not clear.
    package var unsteadyFrames: [Int]

    package var topic: Topic { .movement }

    /// - Parameters:
    ///   - movements: Of consecutive frames.
    ///   - startFrame: Acquisition index of the first of them.
    ///   - context: Of the series.
    package init(_ movements: [FrameMovement], fromFrame startFrame: Int, of context: SeriesContext) {
        seriesID = context.seriesID
        stream = context.stream
        self.startFrame = startFrame
        func rounded(_ values: [Float]) -> [Double] {
            values.map { Double($0).rounded(decimals: Decimals.pixels) ?? 0 }
        }
        y = rounded(movements.map(\.y))
        x = rounded(movements.map(\.x))
        if movements.contains(where: \.isUndone) {
            undoneY = rounded(movements.map(\.undoneY))
            undoneX = rounded(movements.map(\.undoneX))
        }
        unsteadyFrames = movements.indices.filter { movements[$0].isUnsteady }.map { startFrame + $0 }
    }

    enum CodingKeys: String, CodingKey {
        case seriesID = "series_id"
        case stream
        case startFrame = "frame_start"
        case y = "y_px"
        case x = "x_px"
        case undoneY = "undone_y_px"
        case undoneX = "undone_x_px"
        case unsteadyFrames = "motion_left_frames"
    }
}
