import Detection

/// How far the cells were from where they were at first, for the report; by the names that its script uses.
struct ReportMovement: Encodable {
    /// Acquisition index of the first frame of each point.
    let frames: [Int]
    /// Largest displacement in its time, in µm.
    let farthest_um: [Double]
    /// Share of its frames whose movement could not be undone, 0 to 1.
    let motion_left_share: [Double]
    /// Frames that were changed.
    let undone_frames: Int

    private static let mostPoints = 500

    /// - Returns: nil if movement was not looked for.
    init?(_ movements: [FrameMovement], pixelSizeMicrometres: Double) {
        guard !movements.isEmpty else { return nil }
        let step = (movements.count + Self.mostPoints - 1) / Self.mostPoints
        let starts = Array(stride(from: 0, to: movements.count, by: step))
        let points = starts.map { MovementSummary(Array(movements[$0..<min($0 + step, movements.count)])) }
        frames = starts
        farthest_um = points.map { ($0.largestShiftPixels * pixelSizeMicrometres * 1000).rounded() / 1000 }
        motion_left_share = points.map { 1 - ($0.usableShare ?? 1) }
        undone_frames = movements.count(where: \.isUndone)
    }
}
