public import ArgumentParser
import Detection
import Foundation
import Streams
public import UNet

/// Options of detection, the same for live and recorded movies.
struct DetectionOptions: ParsableArguments {
    @Option(help: "Network weights (safetensors); default: the model installed with Sparkwatch.")
    var model: String?

    @Option(help: "Threshold on the summed event probability, 0 to 1: a number, model (stored with it) or otsu.")
    var threshold = Threshold.model

    @Option(help: "Counts of the camera that mean no light; default: the minimum of the first 256 frames.")
    var darkLevelCounts: Double?

    @Option(help: "Pixel size in µm, instead of what the frames or the file say.")
    var pixelSizeUm: Double?

    @Option(help: "Time from frame to frame in ms, instead of what the frames or the file say.")
    var frameIntervalMs: Double?

    @Option(
        help: """
            TIFF image of the frame's size, not 0 where the cell is, for its area, the light outside and frequencies; \
            default: the cell is found.
            """
    )
    var cellMask: String?

    @Option(help: "Bits of the camera, 8 to 16, instead of what the frames or the file say.")
    var bitDepth: Int?

    @Option(help: "Events longer than so many frames are closed and flagged as truncated.")
    var longestEventFrames = 1024

    @Option(
        help: """
            Events to announce before they are final, within a stride of their onset: off, waves or all. Default: waves \
            for live, off for recorded movies.
            """
    )
    var provisional: ProvisionalPolicy?

    @Option(help: "Threads that compute the network; default: one per core.")
    var threads: Int?

    @Option(help: "How the network's convolutions are computed; auto takes in every layer what is faster there.")
    var algorithm = ConvolutionAlgorithm.auto

    /// Where the threshold of the class mask comes from.
    enum Threshold: ExpressibleByArgument, Equatable {
        case model
        case otsu
        case fixed(Float)

        init?(argument: String) {
            switch argument {
            case "model": self = .model
            case "otsu": self = .otsu
            default:
                guard let value = Float(argument), (0...1).contains(value) else { return nil }
                self = .fixed(value)
            }
        }

        var defaultValueDescription: String { "model" }
    }

    func validate() throws {
        try check(darkLevelCounts, isBetween: 0, and: 65534, named: "--dark-level-counts")
        try check(pixelSizeUm, isBetween: 0.001, and: 100, named: "--pixel-size-um")
        try check(frameIntervalMs, isBetween: 0.01, and: 60000, named: "--frame-interval-ms")
        try check(bitDepth.map(Double.init), isBetween: 8, and: 16, named: "--bit-depth")
        try check(Double(longestEventFrames), isBetween: 16, and: 1e6, named: "--longest-event-frames")
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
        settings.algorithm = algorithm
        settings.provisional = isWholeMovie ? .off : provisional ?? defaultProvisional
        settings.untrustedFrames = model.metadata.ignoredFrames
        settings.memoryLimitBytes = Computer.memoryByteCount
        settings.darkLevelCounts = darkLevelCounts.map { Float($0) }
        settings.cellPixels = try cellMask.map { try CellMaskFile.read($0) }
        settings.instanceLimits = InstanceLimits(frameCount: longestEventFrames)
        var configuration = DetectionSession.Configuration(
            model: model,
            settings: settings,
            device: Computer.description(threads: threadCount)
        )
        configuration.pixelSizeMicrometres = pixelSizeUm
        configuration.frameIntervalMilliseconds = frameIntervalMs
        return configuration
    }

    /// Brings the counts of a movie to 16 bits.
    ///
    /// - Throws: `ValidationError` if the bit depth does not fit into the movie's pixels, or the dark level into it.
    func scaling(of movie: borrowing TIFFMovie) throws -> PixelScaling {
        let scaling = try scalingOfPixels(of: movie)
        let largest = (65535 / Double(scaling.factor)).rounded(.up)
        if let darkLevelCounts, darkLevelCounts >= largest {
            throw ValidationError(
                "--dark-level-counts is \(darkLevelCounts), but pixels of \(movie.path) hold less than \(largest)."
            )
        }
        return scaling
    }

    private func scalingOfPixels(of movie: borrowing TIFFMovie) throws -> PixelScaling {
        guard movie.pixelType != .float32 else { return PixelScaling(floatingPointBitDepth: bitDepth) }
        guard movie.pixelType != .uint32 else {
            throw ValidationError("\(movie.path) has 32-bit whole numbers as pixels; convert them to 16 bit.")
        }
        let bitsPerPixel = 8 * movie.pixelType.byteCount
        guard let scaling = PixelScaling(bitDepth: bitDepth, bitsPerPixel: bitsPerPixel) else {
            throw ValidationError("--bit-depth is \(bitDepth ?? 0), but \(movie.path) has \(bitsPerPixel)-bit pixels.")
        }
        return scaling
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

extension ConvolutionAlgorithm: ExpressibleByArgument {}
extension ProvisionalPolicy: ExpressibleByArgument {}

/// Refuses a value outside its range with a message that names both.
func check(_ value: Double?, isBetween lowest: Double, and highest: Double, named name: String) throws {
    guard let value, !(lowest...highest).contains(value) else { return }
    let (text, bounds) = (String(format: "%g", value), String(format: "%g and %g", lowest, highest))
    throw ValidationError("\(name) is \(text); it must lie between \(bounds).")
}
