import ArgumentParser
import Foundation

/// Options of detection, the same for live and recorded movies.
struct DetectionOptions: ParsableArguments {
    @Option(help: "Network weights (safetensors); default: the model installed with Sparkwatch.")
    var model: String?

    @Option(help: "Threshold on the summed event probability, 0 to 1: a number, model (stored with it) or otsu.")
    var threshold = Threshold.model

    @Option(help: "Counts that mean no light; default: the minimum of the first 256 frames.")
    var darkLevelCounts: Double?

    @Option(help: "Pixel size in µm, instead of what the frames or the file say.")
    var pixelSizeUm: Double?

    @Option(help: "Time from frame to frame in ms, instead of what the frames or the file say.")
    var frameIntervalMs: Double?

    @Option(help: "Bits of the camera, 8 to 16, instead of what the frames or the file say.")
    var bitDepth: Int?

    @Option(help: "Events longer than so many frames are closed and flagged as truncated.")
    var longestEventFrames = 1024

    @Option(help: "Threads that compute the network; default: one per core.")
    var threads: Int?

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

/// Refuses a value outside its range with a message that names both.
func check(_ value: Double?, isBetween lowest: Double, and highest: Double, named name: String) throws {
    guard let value, !(lowest...highest).contains(value) else { return }
    throw ValidationError("\(name) is \(value.formatted()); it must lie between \(lowest) and \(highest).")
}
