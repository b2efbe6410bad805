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

    /// The cell that was found or given.
    package var cell: CellMask? { labels.cell }

    /// Holds a movie whose labels are known.
    ///
    /// - Parameters:
    ///   - size: Of a frame.
    ///   - intensity: Normalised movie, `[t][y][x]`.
    ///   - darkLevelCounts: Counts that mean no light.
    ///   - classes: Class of every voxel; whatever is not background is kept out of what is quiet.
    ///   - baseline: F0 of every voxel, see ``RestingBaseline``.
    ///   - cellPixels: True for every pixel of the cell; nil to find it.
    ///   - gaps: What takes no part; the frames left out are those without light.
    package init(
        size: FrameSize,
        intensity: [Float],
        darkLevelCounts: Float,
        classes: [UInt8],
        baseline: [Float],
        cellPixels: [Bool]? = nil,
        gaps: LightGaps = LightGaps()
    ) {
        precondition(intensity.count == classes.count && baseline.count == classes.count && !classes.isEmpty)
        self.size = size
        frameCount = classes.count / size.pixelCount
        self.intensity = intensity
        self.darkLevelCounts = darkLevelCounts
        var labels = LabelHistory(size: size, capacity: frameCount, cellPixels: cellPixels)
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
        var sites = SiteHistory(calibration: calibration)
        for index in events.indices.sorted(by: { events[$0].startFrame < events[$1].startFrame }) {
            sites.noteDelay(of: &events[index])
        }
        return events
    }
}
