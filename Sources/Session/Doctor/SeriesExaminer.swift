import Detection
package import Imaging

/// Examines a series frame by frame, without asking the network.
package struct SeriesExaminer {
    private let size: FrameSize
    private let choice: CalibrationChoice
    private var watch: InputWatch
    private let stabiliser: FrameStabiliser
    private var movement = MovementSummary([])
    /// Frames that wait to be looked at together for light that is gone.
    private var waiting: [Float] = []
    private let waitingFrameCount: Int

    /// Frames among which those without light are looked for, fewer of large ones.
    private static let mostWaitingFrames = 256
    private static let fewestWaitingFrames = 32
    private static let mostWaitingPixels = 1 << 24

    /// - Parameters:
    ///   - description: What the sender says of the series.
    ///   - choice: What is taken for pixels and frames.
    ///   - frameCount: Frames that the examination rests on.
    package init(_ description: SeriesDescription, choice: CalibrationChoice, frameCount: Int) {
        size = description.size
        self.choice = choice
        watch = InputWatch(description, calibration: choice.calibration, surveyedFrameCount: frameCount)
        stabiliser = FrameStabiliser(size: size, policy: .auto)
        waitingFrameCount = min(
            Self.mostWaitingFrames,
            max(Self.fewestWaitingFrames, Self.mostWaitingPixels / size.pixelCount)
        )
    }

    /// True once all frames were seen that the examination rests on.
    package var isComplete: Bool { watch.isSurveyComplete }

    /// Takes the next frame, `[y][x]` on the 16-bit scale; frames that stand for lost ones say nothing.
    package mutating func take(_ stamp: FrameStamp, _ pixels: UnsafeBufferPointer<Float>) {
        guard !stamp.isFilled, !isComplete else { return }
        _ = watch.take(stamp, pixels)
        waiting += pixels
        let stabiliser = stabiliser
        follow { stabiliser.take(pixels, isSubstitute: false, $0) }
        if waiting.count == waitingFrameCount * size.pixelCount { lookForDarkness() }
    }

    /// What was seen; nil if that is too little to say anything.
    package mutating func finish() -> Examiner? {
        lookForDarkness()
        let stabiliser = stabiliser
        follow { stabiliser.finish($0) }
        guard var examiner = watch.examiner(choice) else { return nil }
        examiner.movement = movement
        return examiner
    }

    private mutating func lookForDarkness() {
        let count = waiting.withUnsafeBufferPointer { LightSurvey($0, size: size).darkFrames.count }
        _ = watch.take(darkFrameCount: count)
        waiting.removeAll(keepingCapacity: true)
    }

    private mutating func follow(_ frames: ((UnsafeBufferPointer<Float>, Bool, FrameMovement?) -> Void) -> Void) {
        var movements: [FrameMovement] = []
        frames { _, _, movement in
            if let movement { movements.append(movement) }
        }
        movement.add(movements)
    }
}
