import Imaging

/// The mean light of the frames so far, event by event left out: what the cell is found in.
struct CellLight: Sendable {
    let size: FrameSize
    private(set) var frameCount = 0
    /// Sums over background voxels, their numbers, and sums over all voxels, `[y][x]`.
    private var sums: [Float]
    private var counts: [Float]
    private var totals: [Float]
    /// True for pixels without data; nil if there are none.
    private(set) var unusedPixels: [Bool]?

    init(size: FrameSize) {
        self.size = size
        sums = [Float](repeating: 0, count: size.pixelCount)
        counts = sums
        totals = sums
    }

    /// Takes up the next frames, `[t][y][x]`; what is not finite counts as dark.
    mutating func add(classes: [UInt8], intensity: [Float], gaps: LightGaps = LightGaps()) {
        unusedPixels = gaps.unusedPixels ?? unusedPixels
        for frame in 0..<classes.count / size.pixelCount where !gaps.leavesOut(frame) {
            let base = frame * size.pixelCount
            for pixel in 0..<size.pixelCount {
                let value = intensity[base + pixel]
                let light = abs(value) <= .greatestFiniteMagnitude ? value : 0
                let share: Float = classes[base + pixel] == EventClass.background ? 1 : 0
                sums[pixel] += share * light
                counts[pixel] += share
                totals[pixel] += light
            }
            frameCount += 1
        }
    }

    /// Mean over the background voxels of every pixel, or over all of a pixel that has none.
    var mean: [Float] {
        (0..<size.pixelCount).map { counts[$0] > 0 ? sums[$0] / counts[$0] : totals[$0] / Float(frameCount) }
    }
}
