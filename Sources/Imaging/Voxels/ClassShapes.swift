/// How wide and how long the puffs and waves of a mask are: enough to see that they bear each other's numbers.
///
/// A puff stays where it is, and a wave runs through the cell: whatever the cell and the microscope, waves reach farther.
package struct ClassShapes: Sendable {
    private let width: Int
    private var events: [Key: Extent] = [:]

    private struct Key: Hashable {
        let eventClass: EventClass
        let instance: UInt32
    }

    /// A box around an event.
    private struct Extent {
        var rows: ClosedRange<Int>
        var columns: ClosedRange<Int>
        var frames: ClosedRange<Int>
        var voxelCount = 0

        var longestSidePixels: Int { max(rows.count, columns.count) }

        mutating func include(row: Int, column: Int, frame: Int) {
            rows = min(rows.lowerBound, row)...max(rows.upperBound, row)
            columns = min(columns.lowerBound, column)...max(columns.upperBound, column)
            frames = frames.lowerBound...frame
            voxelCount += 1
        }
    }

    /// Puffs that reach so many times as far as waves are none.
    private static let doubtfulRatio = 1.5
    /// Where a mask has only one of the two: a wave reaches farther than this, in µm, unless it is shorter than
    /// ``longestSmallWaveMilliseconds``; and a puff less far than this.
    private static let smallestWaveMicrometres = 10.0
    private static let longestSmallWaveMilliseconds = 250.0
    private static let largestPuffMicrometres = 30.0

    private var frameCount = 0

    /// - Parameter size: Of the frames.
    package init(size: FrameSize) { width = size.width }

    /// Those of a whole movie, `[t][y][x]`.
    package init(classes: [UInt32], instances: [UInt32], size: FrameSize) {
        self.init(size: size)
        for start in stride(from: 0, to: classes.count, by: size.pixelCount) {
            let pixels = start..<start + size.pixelCount
            add(classes: classes[pixels], instances: instances[pixels])
        }
    }

    /// Adds the next frame.
    ///
    /// - Parameters:
    ///   - classes: In our numbers, `[y][x]`.
    ///   - instances: Event of every pixel, 0 for none.
    package mutating func add(classes: ArraySlice<UInt32>, instances: ArraySlice<UInt32>) {
        for (pixel, index) in classes.indices.enumerated() where classes[index] > EventClass.spark.rawValue {
            let instance = instances[instances.startIndex + pixel]
            guard instance != 0,
                let eventClass = UInt8(exactly: classes[index]).flatMap(EventClass.init(rawValue:))
            else { continue }
            let (row, column) = pixel.quotientAndRemainder(dividingBy: width)
            let key = Key(eventClass: eventClass, instance: instance)
            events[key, default: Extent(rows: row...row, columns: column...column, frames: frameCount...frameCount)]
                .include(row: row, column: column, frame: frameCount)
        }
        frameCount += 1
    }

    /// What makes one think that puffs and waves are swapped.
    ///
    /// - Parameter calibration: What pixels and frames mean, if that is known; without it, a mask with only one of the two
    ///   says nothing.
    /// - Returns: Nil if nothing does.
    package func doubt(_ calibration: Calibration?) -> String? {
        let puffs = events.filter { $0.key.eventClass == .puff }.map(\.value)
        let waves = events.filter { $0.key.eventClass == .wave }.map(\.value)
        let (puffSide, waveSide) = (Self.medianSide(puffs), Self.medianSide(waves))
        func text(_ count: Int, _ name: String, _ pixels: Double) -> String {
            let size =
                calibration.map { "\((pixels * $0.pixelSizeMicrometres * 10).rounded() / 10) µm" }
                ?? "\(pixels.shortText) pixels"
            return "\(count) \(name)\(count == 1 ? "" : "s") reach\(count == 1 ? "es" : "") over \(size)"
        }
        switch (puffSide, waveSide) {
        case (let puffSide?, let waveSide?):
            guard puffSide > Self.doubtfulRatio * waveSide else { return nil }
            return "\(text(puffs.count, "puff", puffSide)), \(text(waves.count, "wave", waveSide))"
        case (let puffSide?, nil):
            guard let calibration, puffSide * calibration.pixelSizeMicrometres > Self.largestPuffMicrometres else {
                return nil
            }
            return text(puffs.count, "puff", puffSide)
        case (nil, let waveSide?):
            guard let calibration else { return nil }
            let durations = waves.map { Double($0.frames.count) * calibration.frameIntervalMilliseconds }.sorted()
            let duration = durations[durations.count / 2]
            guard waveSide * calibration.pixelSizeMicrometres < Self.smallestWaveMicrometres,
                duration > Self.longestSmallWaveMilliseconds
            else { return nil }
            return "\(text(waves.count, "wave", waveSide)) for \(duration.rounded().shortText) ms"
        case (nil, nil): return nil
        }
    }

    /// The side of the event that half of all voxels are in, or in larger ones: fragments of events weigh little.
    private static func medianSide(_ extents: [Extent]) -> Double? {
        let ascending = extents.sorted { $0.longestSidePixels < $1.longestSidePixels }
        let voxelCount = extents.reduce(0) { $0 + $1.voxelCount }
        var counted = 0
        let median = ascending.first { extent in
            counted += extent.voxelCount
            return 2 * counted >= voxelCount
        }
        return median.map { Double($0.longestSidePixels) }
    }
}
