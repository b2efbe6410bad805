import ArgumentParser
import Detection
import Imaging
import Live
import Session
import UNet

/// How fast this computer is with frames of some sizes, as `live` tries it: once for each.
struct SpeedTrials {
    private let configuration: DetectionSession.Configuration
    private var factors: [FrameSize: Double] = [:]

    /// - Throws: `ValidationError` if the model has no threshold of its own.
    init(model: Model) throws {
        configuration = try DetectionOptions.parse([]).session(with: model, defaultProvisional: .waves)
    }

    /// Recording time per computing time of live detection.
    ///
    /// - Parameter examiner: Knows size and interval of the frames.
    /// - Returns: Nil if memory does not suffice for such frames, or the user wants to stop.
    /// - Throws: `UNetError` if the network cannot be built or evaluated.
    mutating func factor(of examiner: Examiner) throws(UNetError) -> Double? {
        if factors[examiner.size] == nil { factors[examiner.size] = try measure(examiner.size) }
        guard let factor = factors[examiner.size] else { return nil }
        let usual = configuration.model.metadata.frameIntervalMilliseconds
        return factor * examiner.calibration.frameInterval.value / usual / Double(examiner.networkFramesPerFrame)
    }

    /// At the model's own interval.
    private func measure(_ size: FrameSize) throws(UNetError) -> Double? {
        do throws(UNetError) {
            let networks = NetworkShelf(model: configuration.model, settings: configuration.settings)
            let trial = try SpeedTrial.run(
                configuration,
                size: size,
                networks: networks,
                while: { !Interruption.isRequested }
            )
            return trial?.realTimeFactor
        } catch .outOfMemory {
            return nil
        }
    }
}
