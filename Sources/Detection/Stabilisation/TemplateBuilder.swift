import Imaging

/// Makes a template of frames that are shown as they would be without movement.
struct TemplateBuilder {
    private let grid: BlockGrid
    private var mover: FrameMover
    private var sum: [Float]
    private var moved: [Float]
    private(set) var frameCount = 0
    /// Sums of the variances of bins around their fits, by block, and how many there are.
    private var variances: [(sum: Double, count: Double)]

    init(_ grid: BlockGrid) {
        self.grid = grid
        mover = FrameMover(size: grid.size)
        sum = [Float](repeating: 0, count: grid.size.pixelCount)
        moved = sum
        variances = Array(repeating: (0, 0), count: grid.blockCount)
    }

    /// Adds a frame; what is beyond its border comes from the picture given.
    mutating func add(
        _ frame: UnsafePointer<Float>,
        shift: (y: Double, x: Double),
        variances fitted: [Double?],
        resting: [Float]
    ) {
        frameCount += 1
        for (block, variance) in fitted.enumerated() {
            guard let variance else { continue }
            variances[block].sum += variance
            variances[block].count += 1
        }
        guard max(abs(shift.y), abs(shift.x)) > 0.02 else {
            for pixel in sum.indices { sum[pixel] += frame[pixel] }
            return
        }
        resting.withUnsafeBufferPointer { resting in
            moved.withUnsafeMutableBufferPointer { moved in
                self.mover.undo(
                    frame,
                    y: shift.y,
                    x: shift.x,
                    resting: resting.baseAddress!,
                    brightness: (1, 0),
                    into: moved.baseAddress!
                )
            }
        }
        for pixel in sum.indices { sum[pixel] += moved[pixel] }
    }

    /// The mean of the frames added.
    var picture: [Float] { sum.map { $0 / Float(max(frameCount, 1)) } }

    /// Variance of a bin around the fit, by block; nil where no frame had it.
    var noise: [Double?] { variances.map { $0.count > 0 ? $0.sum / $0.count : nil } }
}
