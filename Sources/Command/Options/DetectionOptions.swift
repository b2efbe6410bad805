import ArgumentParser
import Detection
import Foundation
import Session
import Triggers
import UNet

/// Options of detection, the same for live and recorded movies.
struct DetectionOptions: ParsableArguments {
    @Option(help: "Network weights (safetensors); default: the model installed with Sparkwatch.")
    var model: String?

    @Option(
        parsing: .unconditional,
        help: "Threshold on the summed event probability, 0 to 1: a number, model (stored with it) or otsu.",
        transform: Threshold.init(text:)
    )
    var threshold = Threshold.model

    @OptionGroup
    var source: SourceOptions

    @Option(parsing: .unconditional, help: "Events longer than so many frames are closed and flagged as truncated.")
    var longestEventFrames = 1024

    @Option(
        help: """
            Events to announce before they are final: off; waves, every few frames through the model's early layer, or \
            within a stride if it has none; all, sparks and puffs within a stride; fine, all classes within a stride, at \
            full resolution. Default: waves for live, off for recorded movies.
            """
    )
    var provisional: ProvisionalPolicy?

    @Option(
        parsing: .unconditional,
        help: """
            Frames from one look through the early layer to the next, 8 to 64; default: 8 for live if a trial shows that \
            this computer has the time, else 16.
            """
    )
    var earlyIntervalFrames: Int?

    @Option(
        help: """
            Movement of the cell to undo before detection: auto (where there is more of it than does no harm), on \
            (always) or off.
            """
    )
    var stabilize = StabilisationPolicy.auto

    @Option(
        help: """
            Frames that the network is shown for each of the camera's: auto (2 where the camera is so slow \
            that it helps, those between interpolated), 2, 4 or off.
            """
    )
    var interpolate = InterpolationPolicy.auto

    @Option(parsing: .unconditional, help: "Threads that compute the network; default: one per core.")
    var threads: Int?

    @Option(help: "How the network's convolutions are computed; auto takes in every layer what is faster there.")
    var algorithm = ConvolutionAlgorithm.auto

    /// Where the threshold of the class mask comes from.
    enum Threshold: Equatable, CustomStringConvertible {
        case model
        case otsu
        case fixed(Float)

        /// - Throws: `ValidationError` that names the text and what it may be.
        init(text: String) throws {
            switch text {
            case "model": self = .model
            case "otsu": self = .otsu
            default:
                guard let value = Float(text), (0...1).contains(value) else {
                    throw ValidationError("--threshold is '\(text)'; give a number from 0 to 1, model or otsu.")
                }
                self = .fixed(value)
            }
        }

        var description: String {
            switch self {
            case .model: "model"
            case .otsu: "otsu"
            case .fixed(let value): "\(value)"
            }
        }
    }

    func validate() throws {
        try check(Double(longestEventFrames), isBetween: 16, and: 1e6, named: "--longest-event-frames")
        try check(earlyIntervalFrames.map(Double.init), isBetween: 8, and: 64, named: "--early-interval-frames")
        try check(threads.map(Double.init), isBetween: 1, and: 1024, named: "--threads")
    }
}

extension DetectionOptions {
    /// What a session needs to know.
    ///
    /// - Parameters:
    ///   - model: The network to use.
    ///   - isWholeMovie: True for the published pipeline, which cuts at Otsu's threshold of the movie unless told otherwise.
    ///   - defaultProvisional: Which events are announced unless the options say.
    /// - Returns: Model, settings and calibration.
    /// - Throws: `ValidationError` if the model has no threshold of its own and none was given.
    func session(
        with model: Model,
        isWholeMovie: Bool = false,
        defaultProvisional: ProvisionalPolicy = .off
    ) throws -> DetectionSession.Configuration {
        let threadCount = threads ?? ProcessInfo.processInfo.activeProcessorCount
        var settings = DetectorSettings(
            threshold: try thresholdPolicy(of: model, isWholeMovie: isWholeMovie),
            threads: threadCount
        )
        settings.window = model.metadata.window
        settings.stride = model.metadata.stride
        guard isWholeMovie || 4 * settings.stride <= settings.window else {
            throw ValidationError(
                "The model's stride of \(settings.stride) frames is more than a quarter of its window of "
                    + "\(settings.window). Convert it again with a smaller --stride."
            )
        }
        settings.algorithm = algorithm
        settings.stabilisation = stabilize
        settings.provisional = isWholeMovie ? .off : provisional ?? defaultProvisional
        if let earlyIntervalFrames { settings.earlyInterval = earlyIntervalFrames }
        settings.untrustedFrames = model.metadata.ignoredFrames
        settings.memoryLimitBytes = Computer.memoryByteCount
        settings.darkLevelCounts = source.darkLevelCounts.map { Float($0) }
        settings.drawnCells = try source.drawnCells()
        settings.instanceLimits = InstanceLimits(frameCount: longestEventFrames)
        var configuration = DetectionSession.Configuration(
            model: model,
            settings: settings,
            device: Computer.description(threads: threadCount)
        )
        configuration.interpolation = interpolate
        configuration.pixelSizeMicrometres = source.pixelSizeUm
        configuration.frameIntervalMilliseconds = source.frameIntervalMs
        return configuration
    }

    private func thresholdPolicy(of model: Model, isWholeMovie: Bool) throws -> ThresholdPolicy {
        switch threshold {
        case .fixed(let value): return .fixed(value)
        case .otsu: return .runningOtsu(floor: Float(model.metadata.liveThreshold ?? 0))
        case .model where isWholeMovie: return .runningOtsu(floor: 0)
        case .model:
            guard let value = model.metadata.liveThreshold else {
                throw ValidationError(
                    "The model holds no live_threshold. Give --threshold a number from 0 to 1, or otsu."
                )
            }
            return .fixed(Float(value))
        }
    }
}

extension InterpolationPolicy: ExpressibleByArgument {}
extension StabilisationPolicy: ExpressibleByArgument {}
extension ConvolutionAlgorithm: ExpressibleByArgument {}
extension ProvisionalPolicy: ExpressibleByArgument {}
