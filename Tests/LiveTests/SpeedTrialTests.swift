import Detection
import Foundation
import Imaging
import Live
import Session
import TestSupport
import Testing
import UNet

/// The trial before the first frame.
@Suite("Speed of this computer")
struct SpeedTrialTests {
    static func configuration() throws -> DetectionSession.Configuration {
        var settings = DetectorSettings(threshold: .fixed(0.3), threads: 1)
        settings.window = 32
        settings.stride = 8
        return DetectionSession.Configuration(
            model: try Model.load(from: PackagePaths.fixtures.appending(path: "unet_tiny/weights.safetensors")),
            settings: settings,
            device: DeviceDescription(instructionSet: "any", processor: "any")
        )
    }

    @Test func theNetworkIsTriedAndBackAfterwards() throws {
        let configuration = try Self.configuration(), size = FrameSize(height: 16, width: 24)
        let networks = try configuration.networks(readyFor: size)
        var frames = 0
        let trial = try #require(
            try SpeedTrial.run(configuration, size: size, networks: networks) {
                frames += 1
                return true
            }
        )
        #expect(frames == 32 + 8 + 2 * 8)
        #expect(trial.realTimeFactor > 0 && trial.realTimeFactor.isFinite)
        // The tiny network has no early layer.
        #expect(trial.factorWithoutEarly == trial.realTimeFactor)
        let again = try SpeedTrial.run(configuration, size: size, networks: networks) { true }
        #expect(again != nil)
    }

    @Test func aFrameThatComesEndsIt() throws {
        let configuration = try Self.configuration(), size = FrameSize(height: 16, width: 24)
        var frames = 0
        let trial = try SpeedTrial.run(
            configuration,
            size: size,
            networks: NetworkShelf(model: configuration.model, settings: configuration.settings)
        ) {
            frames += 1
            return frames < 10
        }
        #expect(trial == nil && frames == 10)
    }

    @Test(arguments: [
        (0.4, "too slow"), (1.05, "only just"),
        (3, "3.0 times as fast as they are recorded (64 x 512 pixels every 6.8 ms)"),
    ])
    func whatItCameToIsSaidWithWhatHelps(factor: Double, expected: String) {
        let trial = SpeedTrial(
            realTimeFactor: factor,
            factorWithoutEarly: factor * 1.2,
            factorWithTwiceAsManyLooks: factor * 0.8,
            size: FrameSize(height: 64, width: 512),
            frameIntervalMilliseconds: 6.8
        )
        let text = trial.text(looksEarly: true)
        #expect(text.contains(expected))
        #expect(text.contains("What helps: --provisional off") == (factor < 1.1))
        #expect(!trial.text(looksEarly: false).contains("--provisional"))
        #expect(trial.hasTimeForMoreLooks == (factor * 0.8 >= 1.5))
    }
}
