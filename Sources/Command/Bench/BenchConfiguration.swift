import CKernels
import Detection
import Imaging
import UNet

/// What is measured.
struct BenchConfiguration {
    /// How much of the detector works.
    enum Work: String {
        /// From frames to events.
        case events
        /// The network alone.
        case network
        /// The network alone, every window computed anew, all of its frames.
        case wholeWindow = "whole window"
    }

    var model: Model
    var size: FrameSize
    var threads: Int
    var isa: CKernelsISA
    var algorithm: ConvolutionAlgorithm
    var work: Work
    var provisional: ProvisionalPolicy
    var stabilisation: StabilisationPolicy
    var frameIntervalMilliseconds: Double

    var window: Int { model.metadata.window }
    var stride: Int { model.metadata.stride }

    /// - Throws: `UNetError` if the network cannot be built.
    func makeRunner(frames: any BenchFrames) throws -> any StrideRunner {
        switch work {
        case .events: try DetectorStrides(self, frames: frames)
        case .network, .wholeWindow: try NetworkStrides(self, frames: frames)
        }
    }
}

/// Measures strides of one configuration, with the processor's peak beside each.
final class BenchMeasurement {
    let configuration: BenchConfiguration
    let runner: any StrideRunner
    private(set) var strides: [StrideMeasurement] = []
    private let peak: MultiplyAddPeak

    /// Strides before those that count.
    static let warmUpStrides = 2

    /// Builds the network and computes the first window and the strides that warm up.
    init(_ configuration: BenchConfiguration, frames: any BenchFrames) throws {
        self.configuration = configuration
        runner = try configuration.makeRunner(frames: frames)
        peak = try MultiplyAddPeak(threads: configuration.threads, isa: configuration.isa)
        for _ in 0..<Self.warmUpStrides { _ = try runner.runStride() }
    }

    /// Measures one more stride.
    ///
    /// The peak is the better one of those just before and just behind, since the clock changes over time.
    func measureStride() throws {
        let before = peak.measure()
        var stride = try runner.runStride()
        stride.peak = max(before, peak.measure())
        strides.append(stride)
    }
}
