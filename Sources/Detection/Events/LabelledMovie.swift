package import Imaging

/// A movie with masks that someone drew, or that come from elsewhere: its events can be measured as detected ones are.
package struct LabelledMovie {
    /// The measured events, in the order of their numbers.
    package let events: [CalciumEvent]
    /// The cells that were found or given.
    package let cells: CellMask?
    /// Number of frames without light.
    package let darkFrameCount: Int

    /// Measures every instance of the masks.
    ///
    /// - Parameters:
    ///   - size: Extent of one frame.
    ///   - counts: The movie on the 16-bit scale, `[t][y][x]`.
    ///   - classes: Class of every voxel; what names no event class only stays out of F0.
    ///   - instances: Number of every voxel's event, 0 for none. A number that occurs in two classes is two events.
    ///   - darkLevelCounts: Counts that mean no light; nil: the minimum of the movie.
    ///   - cellLabels: Number of the cell of every pixel, 0 outside; nil to find them.
    ///   - calibration: Pixel size and frame interval.
    /// - Precondition: The three arrays hold the same number of whole frames, at least one.
    package init(
        size: FrameSize,
        counts: [Float],
        classes: [UInt8],
        instances: [Int],
        darkLevelCounts: Float? = nil,
        cellLabels: [UInt8]? = nil,
        calibration: Calibration
    ) {
        precondition(instances.count == counts.count, "a number for every voxel")
        let movie = MeasuredMovie(
            counts: counts,
            size: size,
            classes: classes,
            darkLevelCounts: darkLevelCounts,
            cellLabels: cellLabels,
            calibration: calibration
        )
        darkFrameCount = movie.darkFrameCount
        cells = movie.cells
        events = movie.events(Self.candidates(size: size, classes: classes, numbers: instances))
    }

    private struct Key: Hashable {
        let number: Int
        let eventClass: EventClass
    }

    private static func candidates(size: FrameSize, classes: [UInt8], numbers: [Int]) -> [MeasuredMovie.Candidate] {
        var masks: [Key: VoxelRuns] = [:]
        for index in numbers.indices where numbers[index] != 0 {
            guard let eventClass = EventClass(rawValue: classes[index]) else { continue }
            let pixel = index % size.pixelCount
            let x = Int32(pixel % size.width)
            let run = VoxelRuns.Run(
                frame: Int32(index / size.pixelCount),
                y: Int32(pixel / size.width),
                start: x,
                end: x + 1
            )
            masks[Key(number: numbers[index], eventClass: eventClass), default: VoxelRuns()].append(run)
        }
        let keys = masks.keys.sorted { ($0.number, $0.eventClass.rawValue) < ($1.number, $1.eventClass.rawValue) }
        return keys.map { key in
            MeasuredMovie.Candidate(number: key.number, eventClass: key.eventClass, mask: masks[key] ?? VoxelRuns())
        }
    }
}
