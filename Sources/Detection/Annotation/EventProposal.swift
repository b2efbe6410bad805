package import Imaging

/// A first guess of the events of a movie, for a person to correct: the semi-automatic labelling of the paper.
///
/// The movie is smoothed; voxels in a cell whose dF/F0 is above a threshold and stands out of the pixel's own noise hang
/// together in space and time, up to two empty frames apart; duration and width suggest the class.
package struct EventProposal: Sendable, Equatable {
    /// Standard deviations of the Gaussian that the movie is smoothed with.
    package var smoothingFrames = 1.0
    package var smoothingMicrometres = 0.4
    /// Smallest dF/F0 of a voxel of an event.
    package var thresholdDeltaFOverF0 = 0.05
    /// The same in standard deviations of the pixel's noise.
    package var thresholdDeviations = 5.0
    /// Smaller events are left out.
    package var smallestVoxelCount = 120
    package var shortestMilliseconds = 13.0
    /// From this duration on an event is taken for a puff.
    package var puffMilliseconds = 200.0
    /// From this width on, along x, an event is taken for a wave.
    package var waveMicrometres = 15.0

    package init() {}

    /// Proposes the events of a movie.
    ///
    /// - Parameters:
    ///   - counts: The movie, `[t][y][x]`, at least one frame.
    ///   - size: Extent of a frame.
    ///   - calibration: What pixels and frames mean.
    /// - Returns: One instance per event, in raster order of first voxels; their confidence is 1.
    package func events(in counts: [Float], size: FrameSize, calibration: Calibration) -> [Instance] {
        let smoother = MovieSmoother(
            size: size,
            frames: smoothingFrames,
            pixels: smoothingMicrometres / calibration.pixelSizeMicrometres
        )
        let survey = counts.withUnsafeBufferPointer { LightSurvey($0, size: size) }
        let movie = smoother.smoothed(Self.mended(counts, survey))
        let resting = RestingSignal(of: movie, size: size, leavingOut: survey.unusedPixels)
        let shape = VolumeShape(frameCount: movie.count / size.pixelCount, size: size)
        var components = ConnectedComponents(
            of: activity(of: movie, dark: survey.leastCount, resting: resting, shape: shape),
            equalTo: 1,
            shape: shape
        )
        components.mergeGaps(shape: shape)
        return voxels(of: components, movie: movie, resting: resting, shape: shape)
            .compactMap { instance(of: $0, calibration: calibration) }
    }

    /// Number of frames without light.
    package static func darkFrameCount(in counts: [Float], size: FrameSize) -> Int {
        counts.withUnsafeBufferPointer { LightSurvey($0, size: size).darkFrames.count }
    }

    /// The movie with what holds no light or no data replaced.
    private static func mended(_ counts: [Float], _ survey: LightSurvey) -> [Float] {
        guard survey.unusedPixels != nil || !survey.darkFrames.isEmpty else { return counts }
        var movie = counts.map { $0 - survey.leastCount }
        survey.mend(&movie, darkLevel: survey.leastCount, range: 1)
        return movie.map { $0 + survey.leastCount }
    }

    /// 1 for voxels above both thresholds.
    private func activity(of movie: [Float], dark: Float, resting: RestingSignal, shape: VolumeShape) -> [UInt8] {
        let limits = resting.baseline.indices.map { pixel -> Float in
            guard resting.isInCell[pixel] else { return .infinity }
            let rise = Float(thresholdDeltaFOverF0) * (resting.baseline[pixel] - dark)
            return resting.baseline[pixel] + max(rise, Float(thresholdDeviations) * resting.deviation[pixel])
        }
        var active = [UInt8](repeating: 0, count: movie.count)
        for frame in 0..<shape.frameCount {
            let start = frame * shape.pixelCount
            for pixel in 0..<shape.pixelCount where movie[start + pixel] > limits[pixel] { active[start + pixel] = 1 }
        }
        return active
    }

    private func voxels(
        of components: ConnectedComponents,
        movie: [Float],
        resting: RestingSignal,
        shape: VolumeShape
    ) -> [[Voxel]] {
        var voxels = [[Voxel]](repeating: [], count: components.count)
        for (index, label) in components.labels.enumerated() where label != 0 {
            let position = shape.position(index)
            voxels[Int(label) - 1].append(
                Voxel(
                    frame: Int32(position.frame),
                    y: UInt16(position.y),
                    x: UInt16(position.x),
                    intensity: movie[index],
                    baseline: resting.baseline[index % shape.pixelCount],
                    confidence: 1
                )
            )
        }
        return voxels
    }

    /// Nil for what is too small.
    private func instance(of voxels: [Voxel], calibration: Calibration) -> Instance? {
        guard let first = voxels.first, let last = voxels.last, voxels.count >= smallestVoxelCount else { return nil }
        let duration = Double(last.frame - first.frame + 1) * calibration.frameIntervalMilliseconds
        guard duration >= shortestMilliseconds else { return nil }
        let columns = voxels.reduce((first.x, first.x)) { (min($0.0, $1.x), max($0.1, $1.x)) }
        let width = Double(Int(columns.1) - Int(columns.0) + 1) * calibration.pixelSizeMicrometres
        let eventClass: EventClass =
            width >= waveMicrometres ? .wave : duration >= puffMilliseconds ? .puff : .spark
        return Instance(eventClass: eventClass, voxels: voxels, peaks: [], isTruncated: false)
    }
}
