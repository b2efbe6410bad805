package import Imaging

/// A whole movie with the classes of its voxels, in which any event can be measured.
package struct MeasuredMovie: Sendable {
    private let frames: MovieFrames
    private let intensity: [Float]
    private let baseline: [Float]
    private let calibration: Calibration
    /// Number of frames without light.
    package let darkFrameCount: Int

    /// The cells that were found or given.
    package var cells: CellMask? { frames.cells }

    /// - Parameters:
    ///   - counts: The movie on the 16-bit scale, `[t][y][x]`.
    ///   - size: Of a frame.
    ///   - classes: Class of every voxel; what is not background stays out of F0.
    ///   - darkLevelCounts: Counts that mean no light; nil: the minimum of the movie.
    ///   - cellLabels: Number of the cell of every pixel, 0 outside; nil to find them.
    ///   - calibration: Pixel size and frame interval.
    /// - Precondition: Whole frames, at least one, and a class for every voxel.
    /// - Complexity: O(voxels)
    package init(
        counts: [Float],
        size: FrameSize,
        classes: [UInt8],
        darkLevelCounts: Float? = nil,
        cellLabels: [UInt8]? = nil,
        calibration: Calibration
    ) {
        precondition(!counts.isEmpty && counts.count.isMultiple(of: size.pixelCount) && classes.count == counts.count)
        let survey = counts.withUnsafeBufferPointer { LightSurvey($0, size: size) }
        let dark = darkLevelCounts ?? survey.leastCount
        var intensity = PixelScaling.normalised(counts, aboveDarkLevel: dark)
        survey.mend(&intensity, darkLevel: dark, range: PixelScaling.range(aboveDarkLevel: dark))
        let gaps = survey.gaps(frameCount: counts.count / size.pixelCount)
        darkFrameCount = survey.darkFrames.count
        var baseline = [Float](repeating: 0, count: counts.count)
        var resting = RestingBaseline(size: size)
        resting.advance(intensity: intensity, classes: classes, gaps: gaps, baseline: &baseline)
        frames = MovieFrames(
            size: size,
            intensity: intensity,
            darkLevelCounts: dark,
            classes: classes,
            baseline: baseline,
            cellLabels: cellLabels,
            gaps: gaps
        )
        self.intensity = intensity
        self.baseline = baseline
        self.calibration = calibration
    }

    /// An event to measure.
    package struct Candidate: Sendable {
        package let number: Int
        package let eventClass: EventClass
        package let mask: VoxelRuns

        package init(number: Int, eventClass: EventClass, mask: VoxelRuns) {
            self.number = number
            self.eventClass = eventClass
            self.mask = mask
        }
    }

    /// Measures events.
    ///
    /// - Precondition: Every mask holds a voxel and lies within the movie.
    package func events(_ candidates: [Candidate]) -> [CalciumEvent] {
        frames.measure(candidates.map(instance), numbers: candidates.map(\.number), calibration: calibration)
    }

    private func instance(of candidate: Candidate) -> Instance {
        let size = frames.size
        let voxels = candidate.mask.runs.flatMap { run in
            (run.start..<run.end).map { x in
                let index = (Int(run.frame) * size.height + Int(run.y)) * size.width + Int(x)
                return Voxel(
                    frame: run.frame,
                    y: UInt16(run.y),
                    x: UInt16(x),
                    intensity: intensity[index],
                    baseline: baseline[index],
                    confidence: 1
                )
            }
        }
        return Instance(eventClass: candidate.eventClass, voxels: voxels, peaks: [], isTruncated: false)
    }
}
