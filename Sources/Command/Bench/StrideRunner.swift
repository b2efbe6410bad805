import CKernels
import Detection
import Foundation
import Imaging
import UNet

/// What one stride took.
struct StrideMeasurement {
    /// All computing for the stride, as its frames arrive and behind the last of them.
    var duration = Duration.zero
    /// From the stride's last frame to its result.
    var delay = Duration.zero
    var stages: [(stage: BenchStage, duration: Duration, operationCount: Int)] = []
    var layers: [LayerClock.Measurement] = []
    /// What multiply-adds alone reached beside it, in 10^9 operations per second.
    var peak = 0.0

    var operationCount: Int { layers.reduce(0) { $0 + $1.operationCount } }
    /// What lies outside the layers, which all threads share.
    var serialDuration: Duration { duration - layers.reduce(.zero) { $0 + $1.duration } }
}

/// The steps of a stride, in order.
enum BenchStage: String, CaseIterable {
    case stabilisation
    case arrival = "as frames arrive"
    case network
    case labels
    case instances
    case events
    case provisional
    case early = "early, side output"
}

/// Computes one stride after the other.
protocol StrideRunner: AnyObject {
    func runStride() throws -> StrideMeasurement
}

/// The whole way from frames to events.
final class DetectorStrides: StrideRunner {
    private var detector: EventDetector
    private var frames: any BenchFrames
    private let clock = LayerClock()
    private let sideClock = LayerClock()

    init(_ configuration: BenchConfiguration, frames: any BenchFrames) throws {
        self.frames = frames
        var settings = DetectorSettings(threshold: .fixed(0.5), threads: configuration.threads)
        settings.algorithm = configuration.algorithm
        settings.isa = configuration.isa
        settings.provisional = configuration.provisional
        settings.stabilisation = configuration.stabilisation
        settings.untrustedFrames = configuration.model.metadata.ignoredFrames
        settings.stride = configuration.stride
        settings.window = configuration.window
        let frameInterval = configuration.frameIntervalMilliseconds
        detector = try EventDetector(
            model: configuration.model,
            size: configuration.size,
            calibration: Calibration(pixelSizeMicrometres: 0.2, frameIntervalMilliseconds: frameInterval),
            settings: settings
        )
        detector.network.layerClock = clock
        detector.network.sideClock = sideClock
    }

    func runStride() throws -> StrideMeasurement {
        var result = StrideMeasurement()
        while true {
            var taken = Duration.zero
            let batches = try frames.withNext { frame in
                let started = ContinuousClock.now
                defer { taken = ContinuousClock.now - started }
                var batches = try detector.take(frame)
                while detector.isDeciding { batches += try detector.decideMore() }
                return batches
            }
            result.duration += taken
            guard let batch = batches.last else {
                result.layers += clock.drain()
                continue
            }
            let (layers, sideLayers) = (clock.drain(), sideClock.drain())
            if batch.newFrameCount != detector.settings.stride {
                // The first window.
                result = StrideMeasurement()
                continue
            }
            let durations = batch.durations
            result.stages = [
                (.stabilisation, durations.stabilisation, 0),
                (.arrival, durations.arrival, result.operationCount),
                (.network, durations.network, layers.reduce(0) { $0 + $1.operationCount }),
                (.labels, durations.labels, 0), (.instances, durations.instances, 0), (.events, durations.events, 0),
                (.provisional, durations.provisional, 0),
                (.early, durations.early, sideLayers.reduce(0) { $0 + $1.operationCount }),
            ]
            result.layers += layers
            result.delay = taken
            return result
        }
    }
}

/// The network alone, incremental or with every window computed anew.
final class NetworkStrides: StrideRunner {
    private let network: SlidingUNet
    private let isWholeWindow: Bool
    private let stride: Int
    private var windows: WindowAssembler
    private var frames: any BenchFrames
    private let clock = LayerClock()
    /// Called with the central frames of a window and the movie's frame that is the first of them.
    var receive: ((Probabilities, _ firstFrame: Int) -> Void)?

    init(_ configuration: BenchConfiguration, frames: any BenchFrames) throws {
        self.frames = frames
        isWholeWindow = configuration.work == .wholeWindow
        stride = configuration.stride
        network = try SlidingUNet(
            model: configuration.model,
            frameSize: configuration.size,
            window: configuration.window,
            threads: configuration.threads,
            algorithm: configuration.algorithm,
            isa: configuration.isa
        )
        network.layerClock = clock
        windows = WindowAssembler(
            size: configuration.size,
            window: configuration.window,
            stride: configuration.stride,
            maximumStride: configuration.stride,
            darkLevelCounts: nil
        )
    }

    func runStride() throws -> StrideMeasurement {
        while true {
            var result = StrideMeasurement()
            var window: Window?
            while window == nil {
                try frames.withNext { frame in
                    let started = ContinuousClock.now
                    window = windows.append(frame)
                    result.duration += ContinuousClock.now - started
                }
            }
            guard let window else { continue }
            let arrival = result.duration
            let started = ContinuousClock.now
            let probabilities = try compute(window)
            result.delay = ContinuousClock.now - started
            result.duration += result.delay
            result.layers = clock.drain()
            result.stages = [(.arrival, arrival, 0), (.network, result.delay, result.operationCount)]
            guard window.start > 0 else { continue }
            receive?(probabilities, window.keptFrames.lowerBound)
            return result
        }
    }

    /// The central frames of a window; all of them if the whole window is computed.
    private func compute(_ window: Window) throws -> Probabilities {
        let kept = window.keptFrames.lowerBound - window.start..<window.keptFrames.upperBound - window.start
        if isWholeWindow { network.restart() }
        let new = isWholeWindow ? window.start..<window.start + network.window : window.newFrames
        for frame in new { try windows.withFrame(frame) { try network.take($0) } }
        return try network.evaluate(wanted: [isWholeWindow ? 0..<network.window : kept])
    }
}
