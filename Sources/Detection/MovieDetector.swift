package import Imaging
package import UNet

/// The published pipeline on a movie that is known as a whole.
///
/// Minimum of the movie, symmetric zero padding, central slices of overlapping windows, Otsu over all voxels
/// (quirks, "Input, windows, merging" and "Class mask"). ``EventDetector`` is the causal form.
package struct MovieDetector: Sendable {
    package let model: Model
    package let size: FrameSize
    package let calibration: Calibration
    package let settings: DetectorSettings

    package init(model: Model, size: FrameSize, calibration: Calibration, settings: DetectorSettings) {
        self.model = model
        self.size = size
        self.calibration = calibration
        self.settings = settings
    }

    /// Finds all events.
    ///
    /// - Parameters:
    ///   - counts: The movie on the 16-bit scale, `[t][y][x]`, at least one frame.
    ///   - known: Probabilities of all its voxels; nil asks the network.
    ///   - progress: Called behind every window with the number of frames done.
    /// - Returns: All events, as one batch.
    /// - Throws: ``UNetError`` if the network cannot be built for this frame size, or evaluated.
    package func detect(
        _ counts: [Float],
        probabilities known: ClassProbabilities? = nil,
        progress: (Int) -> Void = { _ in }
    ) throws(UNetError) -> DetectionBatch {
        precondition(known.map { $0.count == counts.count } ?? true, "one probability per class and voxel")
        let clock = ContinuousClock()
        let came = clock.now
        let (counts, movements) = known == nil ? stabilised(counts) : (counts, MovementHistory(capacity: 1))
        let started = clock.now
        let survey = counts.withUnsafeBufferPointer { LightSurvey($0, size: size) }
        let dark = settings.darkLevelCounts ?? survey.leastCount
        var movie = PixelScaling.normalised(counts, aboveDarkLevel: dark)
        survey.mend(&movie, darkLevel: dark, range: PixelScaling.range(aboveDarkLevel: dark))
        let gaps = survey.gaps(frameCount: movie.count / size.pixelCount)
        let probabilities = if let known { known } else { try self.probabilities(of: movie, progress: progress) }
        let inferred = clock.now
        let threshold = threshold(of: probabilities)
        let mask = ClassMask(probabilities, threshold: threshold)
        var baseline = [Float](repeating: 0, count: movie.count)
        var resting = RestingBaseline(size: size)
        resting.advance(intensity: movie, classes: mask.classes, gaps: gaps, baseline: &baseline)
        let labelled = clock.now
        let segmentation = BatchSegmentation.segment(classes: mask.classes, movie: movie, size: size)
        let instances = segmentation.closedInstances(
            intensity: movie,
            baseline: baseline,
            confidence: mask.confidence
        )
        let built = clock.now
        let measured = MovieFrames(
            size: size,
            intensity: movie,
            darkLevelCounts: dark,
            classes: mask.classes,
            baseline: baseline,
            cellLabels: settings.drawnCells?.labels,
            gaps: gaps
        )
        let seen = instances.map { movements.inCameraFrame($0, size: size) }
        let events = zip(measured.measure(instances, calibration: calibration), seen).map { event, instance in
            movements.inCameraFrame(event, instance, segmentOrigin: 0, size: size, calibration: calibration)
        }
        return DetectionBatch(
            frames: 0..<segmentation.frameCount,
            classes: movements.inCameraFrame(segmentation.classes, from: 0, size: size),
            newFrameCount: segmentation.frameCount,
            newestFrame: segmentation.frameCount - 1,
            events: events,
            identities: events.map { EventIdentity(number: $0.number) },
            instances: seen,
            segmentOrigin: 0,
            settledFrame: segmentation.frameCount,
            threshold: threshold,
            probabilities: settings.keepsProbabilities
                ? movements.inCameraFrame(probabilities, from: 0, size: size) : nil,
            movements: movements[0..<segmentation.frameCount],
            cells: measured.cells,
            restingLight: measured.restingLight,
            durations: StageDurations(
                stabilisation: started - came,
                network: inferred - started,
                labels: labelled - inferred,
                instances: built - labelled,
                events: clock.now - built
            ),
            darkFrameCount: survey.darkFrames.count
        )
    }

    /// The movie with the cell where it was at first, and how it moved.
    private func stabilised(_ counts: [Float]) -> ([Float], MovementHistory) {
        let frameCount = counts.count / size.pixelCount
        var movements = MovementHistory(capacity: max(frameCount, 1))
        guard settings.stabilisation != .off else { return (counts, movements) }
        let stabiliser = FrameStabiliser(size: size, policy: settings.stabilisation)
        var stabilised: [Float] = []
        stabilised.reserveCapacity(counts.count)
        func keep(_ frame: UnsafeBufferPointer<Float>, _ isSubstitute: Bool, _ movement: FrameMovement?) {
            stabilised.append(contentsOf: frame)
            if let movement { movements.append(movement) }
        }
        counts.withUnsafeBufferPointer { counts in
            for frame in 0..<frameCount {
                let pixels = frame * size.pixelCount..<(frame + 1) * size.pixelCount
                stabiliser.take(UnsafeBufferPointer(rebasing: counts[pixels]), isSubstitute: false, keep)
            }
            stabiliser.finish(keep)
        }
        return (stabilised, movements)
    }

    /// Probabilities of all frames of a normalised movie.
    ///
    /// - Throws: ``UNetError`` if the network cannot be built for this frame size, or evaluated.
    package func probabilities(
        of movie: [Float],
        progress: (Int) -> Void = { _ in }
    ) throws(UNetError) -> ClassProbabilities {
        let frameCount = movie.count / size.pixelCount
        let factor = settings.networkFramesPerFrame
        let schedule = WindowSchedule(frameCount: factor * frameCount, window: settings.window, stride: settings.stride)
        let network = try settings.network(of: model, frameSize: size)
        let frames = schedule.paddingBefore..<schedule.paddingBefore + factor * frameCount
        var result = ClassProbabilities(spark: [], wave: [], puff: [])
        for index in 0..<schedule.windowCount {
            let start = index * settings.stride
            let newFrames = schedule.newFrames(ofWindow: index)
            let kept = schedule.keptFrames(ofWindow: index)
            let wanted = kept.clamped(to: frames.lowerBound - start..<frames.upperBound - start)
            let pixels = networkFrames(newFrames, of: movie, within: frames)
            let probabilities = try pixels.withUnsafeBufferPointer { pixels throws(UNetError) in
                try network.advance(by: pixels, wanted: [wanted])
            }
            let first = start + wanted.lowerBound - frames.lowerBound
            result.append(ClassProbabilities(probabilities, oneOf: factor, from: first))
            progress(result.count / size.pixelCount)
        }
        return result
    }

    /// What the network gets, `[t][y][x]`: the movie, with frames between its own if it is to have them, and zeros before
    /// and after it.
    private func networkFrames(_ frames: Range<Int>, of movie: [Float], within recorded: Range<Int>) -> [Float] {
        var pixels = [Float](repeating: 0, count: frames.count * size.pixelCount)
        pixels.withUnsafeMutableBufferPointer { pixels in
            movie.withUnsafeBufferPointer { movie in
                for frame in frames.clamped(to: recorded) {
                    let start = (frame - frames.lowerBound) * size.pixelCount
                    FrameInterpolation.fill(
                        UnsafeMutableBufferPointer(rebasing: pixels[start..<start + size.pixelCount]),
                        withFrame: frame - recorded.lowerBound,
                        of: movie,
                        factor: settings.networkFramesPerFrame
                    )
                }
            }
        }
        return pixels
    }

    private func threshold(of probabilities: ClassProbabilities) -> Float {
        switch settings.threshold {
        case .fixed(let threshold): threshold
        case .runningOtsu: OtsuThreshold.threshold(of: probabilities.eventTotals)
        }
    }
}
