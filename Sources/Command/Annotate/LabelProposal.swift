import ArgumentParser
import Detection
import Foundation
import Imaging
import UNet

/// The events that a person starts from.
struct LabelProposal {
    enum Origin: String, ExpressibleByArgument, CaseIterable {
        case network
        case threshold
        case both
    }

    let origin: Origin
    /// Needed unless only thresholds propose.
    let network: Model?
    let threshold: EventProposal

    /// - Parameters:
    ///   - counts: The movie on the 16-bit scale, `[t][y][x]`.
    ///   - size: Of a frame.
    ///   - calibration: What pixels and frames mean.
    ///   - progress: Is told the number of frames that the network has seen.
    /// - Returns: Events without a voxel in common.
    /// - Throws: `UNetError` if the network cannot be evaluated.
    func events(
        in counts: [Float],
        size: FrameSize,
        calibration: Calibration,
        progress: (Int) -> Void
    ) throws -> [Instance] {
        guard origin != .threshold, let network else {
            return threshold.events(in: counts, size: size, calibration: calibration)
        }
        var settings = DetectorSettings(
            threshold: .runningOtsu(floor: 0),
            threads: ProcessInfo.processInfo.activeProcessorCount
        )
        settings.window = network.metadata.window
        settings.stride = network.metadata.stride
        settings.stabilisation = .auto
        settings.untrustedFrames = network.metadata.ignoredFrames
        let detector = MovieDetector(model: network, size: size, calibration: calibration, settings: settings)
        let found = try detector.detect(counts, progress: progress).instances
        guard origin == .both else { return found }
        let taken = VoxelRuns(found.flatMap(\.voxels))
        let others = threshold.events(in: counts, size: size, calibration: calibration)
        return found + others.filter { VoxelRuns($0.voxels).intersection(taken).isEmpty }
    }
}
