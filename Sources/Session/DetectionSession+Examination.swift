import Detection
import Imaging
import UNet

/// What is found about how a series is recorded.
extension DetectionSession {
    /// Says how a series is recorded, once that is known.
    func examine(_ series: SeriesUnderWay, isOver: Bool = false) {
        guard let examination = series.examination(familiar: familiar, isOver: isOver) else { return }
        sink.examined(examination)
    }

    /// Examines a movie that is there as a whole, `[t][y][x]` on the 16-bit scale.
    func examine(
        _ counts: [Float],
        described description: SeriesDescription,
        _ choice: CalibrationChoice,
        _ batch: DetectionBatch
    ) {
        let pixelCount = description.size.pixelCount
        var watch = InputWatch(
            description,
            calibration: choice.calibration,
            surveyedFrameCount: configuration.surveyedFrameCount
        )
        counts.withUnsafeBufferPointer { counts in
            for frame in 0..<counts.count / pixelCount {
                let pixels = UnsafeBufferPointer(rebasing: counts[frame * pixelCount..<(frame + 1) * pixelCount])
                _ = watch.take(FrameStamp(index: frame, receiveNanoseconds: 0), pixels)
            }
        }
        _ = watch.take(darkFrameCount: batch.darkFrameCount)
        guard var examiner = watch.examiner(choice) else { return }
        examiner.familiar = familiar
        examiner.networkFramesPerFrame = configuration.interpolation.factor(choice)
        examiner.movement = batch.movements.isEmpty ? nil : MovementSummary(batch.movements)
        sink.examined(examiner.examination)
    }

    private var familiar: FamiliarStyles? { FamiliarStyles(training: configuration.model.metadata.training) }
}
