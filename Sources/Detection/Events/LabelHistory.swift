import Foundation
package import Imaging

/// Labels and F0 of the latest frames, in fixed memory: what an event is measured against once it is over.
///
/// Frames count from the start of the segment.
package struct LabelHistory {
    /// Frames from one kept F0 to the next.
    static let restingInterval = 16
    /// Slabs that begin within so many frames decide where the cells are.
    static let cellFrameCount = 64

    let size: FrameSize
    /// Number of frames that are held.
    let capacity: Int
    package private(set) var frameCount = 0
    /// Where the cells are and how light it is outside, from the first slabs.
    package var cells: CellMask? {
        light.frameCount > frameCountOfFoundCells ? CellMask(light, given: givenCells) : foundCells
    }

    private let givenCells: [UInt8]?
    private var light: CellLight
    /// The cells when there were half as many frames at least, and their number: finding them takes time.
    private var foundCells: CellMask?
    private var frameCountOfFoundCells = 0
    private var classes: [UInt8]
    private var brightness: [Float]
    private var resting: [Float]
    private var restingCapacity: Int { Self.restingCapacity(capacity) }

    /// Makes an empty history.
    ///
    /// - Parameters:
    ///   - size: Of a frame.
    ///   - capacity: Number of frames to hold.
    ///   - cellLabels: Number of the cell of every pixel, 0 outside, `[y][x]`; nil: found from the first slabs.
    package init(size: FrameSize, capacity: Int, cellLabels: [UInt8]? = nil) {
        precondition(capacity > 0 && cellLabels.map { $0.count == size.pixelCount } ?? true)
        self.size = size
        self.capacity = capacity
        givenCells = cellLabels
        light = CellLight(size: size)
        classes = [UInt8](repeating: 0, count: capacity * size.pixelCount)
        brightness = [Float](repeating: 1, count: capacity)
        resting = [Float](repeating: .nan, count: Self.restingCapacity(capacity) * size.pixelCount)
    }

    /// Memory that holding frames takes for every pixel of a frame.
    static func bytesPerPixel(capacity: Int) -> Int {
        capacity * MemoryLayout<UInt8>.stride + restingCapacity(capacity) * MemoryLayout<Float>.stride
    }

    /// Takes up the next frames.
    ///
    /// - Parameters:
    ///   - classes: Of every voxel, `[t][y][x]`.
    ///   - intensity: Normalised, same order.
    ///   - baseline: F0 on the same scale, same order.
    ///   - gaps: What takes no part in the light of the cell, and of the quiet part of a frame.
    package mutating func append(
        classes: [UInt8],
        intensity: [Float],
        baseline: [Float],
        gaps: LightGaps = LightGaps()
    ) {
        let pixelCount = size.pixelCount
        let count = classes.count / pixelCount
        if light.frameCount < Self.cellFrameCount {
            light.add(classes: classes, intensity: intensity, gaps: gaps)
            if light.frameCount > 0, light.frameCount >= min(2 * frameCountOfFoundCells, Self.cellFrameCount) {
                foundCells = CellMask(light, given: givenCells)
                frameCountOfFoundCells = light.frameCount
            }
        }
        let blank = foundCells?.blank.light ?? 0
        let unusedCount = gaps.unusedPixels?.count { $0 } ?? 0
        for offset in 0..<count {
            let pixels = offset * pixelCount..<(offset + 1) * pixelCount
            let slot = frameCount % capacity
            self.classes.replaceSubrange(slot * pixelCount..<(slot + 1) * pixelCount, with: classes[pixels])
            brightness[slot] =
                gaps.leavesOut(offset)
                ? 1
                : Self.brightness(
                    classes: classes[pixels],
                    intensity: intensity[pixels],
                    baseline: baseline[pixels],
                    blank: blank,
                    unusedCount: unusedCount
                )
            if frameCount.isMultiple(of: Self.restingInterval) {
                let plane = frameCount / Self.restingInterval % restingCapacity
                resting.replaceSubrange(plane * pixelCount..<(plane + 1) * pixelCount, with: baseline[pixels])
            }
            frameCount += 1
        }
    }

    /// What is held, for as long as the memory is borrowed.
    package struct Planes {
        let frames: Range<Int>
        let capacity: Int
        let restingCapacity: Int
        let cells: CellMask?
        let classes: UnsafePointer<UInt8>
        let brightness: UnsafePointer<Float>
        let resting: UnsafePointer<Float>
    }

    package func withPlanes<Result>(_ body: (Planes) -> Result) -> Result {
        classes.withUnsafeBufferPointer { classes in
            brightness.withUnsafeBufferPointer { brightness in
                resting.withUnsafeBufferPointer { resting in
                    guard let classes = classes.baseAddress, let brightness = brightness.baseAddress,
                        let resting = resting.baseAddress
                    else { preconditionFailure("a history holds at least one frame") }
                    return body(
                        Planes(
                            frames: max(0, frameCount - capacity)..<frameCount,
                            capacity: capacity,
                            restingCapacity: restingCapacity,
                            cells: cells,
                            classes: classes,
                            brightness: brightness,
                            resting: resting
                        )
                    )
                }
            }
        }
    }

    /// Sum of F0 over the pixels of every cell that have one, and their number, by the number of the cell.
    func restingSums(atFrame frame: Int, labels: [UInt8]) -> [(sum: Double, count: Int)] {
        var sums = [(sum: Double, count: Int)](repeating: (0, 0), count: Int(UInt8.max) + 1)
        let plane = frame / Self.restingInterval % restingCapacity * size.pixelCount
        for pixel in labels.indices where labels[pixel] != 0 {
            let value = resting[plane + pixel]
            guard value.isFinite else { continue }
            sums[Int(labels[pixel])].sum += Double(value)
            sums[Int(labels[pixel])].count += 1
        }
        return sums
    }

    private static func restingCapacity(_ capacity: Int) -> Int { capacity / restingInterval + 1 }

    /// Ratio of sums of light and F0 over the background pixels with an F0; 1 where these are too few.
    private static func brightness(
        classes: ArraySlice<UInt8>,
        intensity: ArraySlice<Float>,
        baseline: ArraySlice<Float>,
        blank: Float,
        unusedCount: Int
    ) -> Float {
        var light: Float = 0
        var rest: Float = 0
        var count = 0
        classes.withUnsafeBufferPointer { classes in
            intensity.withUnsafeBufferPointer { intensity in
                baseline.withUnsafeBufferPointer { baseline in
                    // Rows of partial sums keep single precision exact enough.
                    var start = 0
                    while start < classes.count {
                        let end = min(start + 1024, classes.count)
                        var lightPart: Float = 0
                        var restPart: Float = 0
                        for pixel in start..<end
                        where classes[pixel] == EventClass.background && baseline[pixel].isFinite {
                            lightPart += intensity[pixel] - blank
                            restPart += baseline[pixel] - blank
                            count += 1
                        }
                        light += lightPart
                        rest += restPart
                        start = end
                    }
                }
            }
        }
        guard 4 * count >= classes.count - unusedCount, rest > 0, light.isFinite else { return 1 }
        return min(max(light / rest, 0.5), 2)
    }
}
