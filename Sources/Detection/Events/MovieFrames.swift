package import Imaging

/// A whole movie with its labels and F0, as far as events are measured in it.
package struct MovieFrames: Sendable {
    package let size: FrameSize
    /// Number of frames.
    package let frameCount: Int
    private let intensity: [Float]
    private let darkLevelCounts: Float
    private let labels: LabelHistory
    private let darkFrames: Set<Int>

    /// The cells that were found or given.
    package var cells: CellMask? { labels.cells }

    /// F0 of every cell at some of the frames.
    package var restingLight: [RestingLight] {
        labels.restingLight(
            in: 0..<frameCount,
            countsPerUnit: Double(PixelScaling.range(aboveDarkLevel: darkLevelCounts)),
            origin: 0
        )
    }

    /// Holds a movie whose labels are known.
    ///
    /// - Parameters:
    ///   - size: Of a frame.
    ///   - intensity: Normalised movie, `[t][y][x]`.
    ///   - darkLevelCounts: Counts that mean no light.
    ///   - classes: Class of every voxel; whatever is not background is kept out of what is quiet.
    ///   - baseline: F0 of every voxel, see ``RestingBaseline``.
    ///   - cellLabels: Number of the cell of every pixel, 0 outside; nil to find them.
    ///   - gaps: What takes no part; the frames left out are those without light.
    package init(
        size: FrameSize,
        intensity: [Float],
        darkLevelCounts: Float,
        classes: [UInt8],
        baseline: [Float],
        cellLabels: [UInt8]? = nil,
        gaps: LightGaps = LightGaps()
    ) {
        precondition(intensity.count == classes.count && baseline.count == classes.count && !classes.isEmpty)
        self.size = size
        frameCount = classes.count / size.pixelCount
        self.intensity = intensity
        self.darkLevelCounts = darkLevelCounts
        var labels = LabelHistory(size: size, capacity: frameCount, cellLabels: cellLabels)
        labels.append(classes: classes, intensity: intensity, baseline: baseline, gaps: gaps)
        darkFrames = Set(gaps.isLeftOut.indices.filter(gaps.leavesOut))
        self.labels = labels
    }

    /// Measures instances in the order in which they are given.
    ///
    /// - Parameters:
    ///   - instances: Instances of this movie.
    ///   - numbers: The numbers that the events get; nil: from 1 on.
    ///   - calibration: Pixel size and frame interval.
    /// - Returns: One event per instance.
    package func measure(
        _ instances: [Instance],
        numbers: [Int]? = nil,
        calibration: Calibration
    ) -> [CalciumEvent] {
        let measurement = EventMeasurement(size: size, calibration: calibration, darkLevelCounts: darkLevelCounts)
        let segment = RecordedSegment(origin: 0, frameCount: frameCount, darkFrames: darkFrames)
        var events = intensity.withUnsafeBufferPointer { intensity in
            labels.withPlanes { planes in
                guard let base = intensity.baseAddress else { preconditionFailure("a movie has at least one frame") }
                let surroundings = SurroundingFrames(
                    size: size,
                    frames: 0..<frameCount,
                    intensity: base,
                    intensityCapacity: frameCount,
                    labels: planes
                )
                return measurement.measure(
                    instances,
                    numbers: numbers ?? Array(1..<instances.count + 1),
                    in: segment,
                    surroundings: surroundings
                )
            }
        }
        var history = SiteHistory(calibration: calibration)
        var sites = ReleaseSites(calibration: calibration)
        for index in events.indices.sorted(by: { (events[$0].startFrame, $0) < (events[$1].startFrame, $1) }) {
            history.noteDelay(of: &events[index])
            sites.note(&events[index])
        }
        return events
    }
}
