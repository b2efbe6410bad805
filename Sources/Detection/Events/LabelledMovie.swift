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
        precondition(!counts.isEmpty && counts.count.isMultiple(of: size.pixelCount))
        precondition(classes.count == counts.count && instances.count == counts.count)
        let survey = counts.withUnsafeBufferPointer { LightSurvey($0, size: size) }
        let dark = darkLevelCounts ?? survey.leastCount
        var intensity = PixelScaling.normalised(counts, aboveDarkLevel: dark)
        survey.mend(&intensity, darkLevel: dark, range: PixelScaling.range(aboveDarkLevel: dark))
        let gaps = survey.gaps(frameCount: counts.count / size.pixelCount)
        darkFrameCount = survey.darkFrames.count
        var baseline = [Float](repeating: 0, count: counts.count)
        var resting = RestingBaseline(size: size)
        resting.advance(intensity: intensity, classes: classes, gaps: gaps, baseline: &baseline)
        let found = Self.instances(
            size: size,
            classes: classes,
            numbers: instances,
            intensity: intensity,
            baseline: baseline
        )
        let frames = MovieFrames(
            size: size,
            intensity: intensity,
            darkLevelCounts: dark,
            classes: classes,
            baseline: baseline,
            cellLabels: cellLabels,
            gaps: gaps
        )
        cells = frames.cells
        events = frames.measure(found.map(\.instance), numbers: found.map(\.number), calibration: calibration)
    }

    private struct Key: Hashable {
        let number: Int
        let eventClass: EventClass
    }

    private static func instances(
        size: FrameSize,
        classes: [UInt8],
        numbers: [Int],
        intensity: [Float],
        baseline: [Float]
    ) -> [(number: Int, instance: Instance)] {
        var voxels: [Key: [Voxel]] = [:]
        for index in numbers.indices where numbers[index] != 0 {
            guard let eventClass = EventClass(rawValue: classes[index]) else { continue }
            let pixel = index % size.pixelCount
            let voxel = Voxel(
                frame: Int32(index / size.pixelCount),
                y: UInt16(pixel / size.width),
                x: UInt16(pixel % size.width),
                intensity: intensity[index],
                baseline: baseline[index],
                confidence: 1
            )
            voxels[Key(number: numbers[index], eventClass: eventClass), default: []].append(voxel)
        }
        let keys = voxels.keys.sorted { ($0.number, $0.eventClass.rawValue) < ($1.number, $1.eventClass.rawValue) }
        return keys.map { key in
            let instance = Instance(
                eventClass: key.eventClass,
                voxels: voxels[key] ?? [],
                peaks: [],
                isTruncated: false
            )
            return (key.number, instance)
        }
    }
}
