import Detection
public import Foundation
import Imaging
import UNet

/// Frames in, calcium events out: live detection for programs of your own.
///
/// The same detector as in `sparkwatch live` and `sparkwatch analyze --streaming`: the same frames give the same events.
/// A recording is taken frame by frame with ``take(_:)-([UInt16])`` and ended with ``finish()``; the next frame then
/// begins another recording. One thread at a time uses a detector; the network's layers are shared among
/// ``Options/threads`` threads.
///
/// What `sparkwatch` says of doubtful input (bit depth, saturation, calibration) is not said here: the counts are taken
/// as they come.
public struct SparkwatchDetector: ~Copyable {
    /// How to detect; the defaults are those of the programs.
    public struct Options: Sendable {
        /// Threads that compute, the caller's included.
        public var threads = ProcessInfo.processInfo.activeProcessorCount
        /// Total event probability above which a voxel can belong to an event, 0 to 1; nil for the model's own.
        public var threshold: Double?
        /// Counts that mean no light; nil for the least count of the first 256 frames.
        public var darkLevelCounts: Double?
        /// Significant bits of a count, 8 to 16.
        public var bitDepth = 16
        /// Whether movement of the cell is undone where it is more than the network tolerates.
        public var stabilizes = true

        /// The defaults.
        public init() {}
    }

    /// The version of Sparkwatch, as in `sparkwatch --version`.
    public static var version: String { SparkwatchVersion.current }

    /// Pixels of a frame along y and x.
    public let height: Int
    public let width: Int

    private let scaling: Float
    private var detector: EventDetector
    /// Frames taken of the recording under way.
    private var frameCount = 0
    private var isUnderWay = false

    /// Loads a model and takes the memory that detection needs.
    ///
    /// - Parameters:
    ///   - model: Network weights (safetensors), such as `Config/default-model.safetensors`.
    ///   - height: Pixels of a frame along y.
    ///   - width: Pixels of a frame along x.
    ///   - pixelSizeMicrometres: Distance of neighbouring pixels, 0.001 to 50 µm.
    ///   - frameIntervalMilliseconds: Time from frame to frame, 0.01 to 5000 ms.
    ///   - options: How to detect.
    /// - Throws: ``SparkwatchError`` if the model cannot be read or used, a value is out of bounds, or memory does not
    ///   suffice.
    public init(
        model: URL,
        height: Int,
        width: Int,
        pixelSizeMicrometres: Double,
        frameIntervalMilliseconds: Double,
        options: Options = Options()
    ) throws(SparkwatchError) {
        try Self.check(height: height, width: width, options)
        for (quantity, value) in [
            (Quantity.pixelSize, pixelSizeMicrometres), (.frameInterval, frameIntervalMilliseconds),
        ] where !quantity.isPlausible(value) {
            throw SparkwatchError("the \(quantity.name) is \(quantity.text(value)); give \(quantity.rangeText)")
        }
        guard let scaling = PixelScaling(bitDepth: options.bitDepth, bitsPerPixel: 16) else {
            throw SparkwatchError("the bit depth is \(options.bitDepth); give 1 to 16")
        }
        let detector = try Self.detector(
            FrameSize(height: height, width: width),
            Calibration(
                pixelSizeMicrometres: pixelSizeMicrometres,
                frameIntervalMilliseconds: frameIntervalMilliseconds
            ),
            options,
            model: model,
            scaling: scaling
        )
        self.init(detector, scaling: scaling.factor)
    }

    private init(_ detector: consuming EventDetector, scaling: Float) {
        height = detector.size.height
        width = detector.size.width
        self.scaling = scaling
        self.detector = detector
    }

    private static func detector(
        _ size: FrameSize,
        _ calibration: Calibration,
        _ options: Options,
        model: URL,
        scaling: PixelScaling
    ) throws(SparkwatchError) -> EventDetector {
        do throws(UNetError) {
            let model = try Model.load(from: model)
            guard let threshold = options.threshold ?? model.metadata.liveThreshold else {
                throw .unsupportedNetwork(reason: "no threshold in the model; give one in the options, 0 to 1")
            }
            var settings = DetectorSettings(threshold: .fixed(Float(threshold)), threads: options.threads)
            settings.window = model.metadata.window
            settings.stride = model.metadata.stride
            settings.untrustedFrames = model.metadata.ignoredFrames
            settings.darkLevelCounts = options.darkLevelCounts.map { Float($0) * scaling.factor }
            settings.stabilisation = options.stabilizes ? .auto : .off
            return try EventDetector(model: model, size: size, calibration: calibration, settings: settings)
        } catch {
            throw SparkwatchError("\(error)")
        }
    }

    /// Takes the next frame of a recording.
    ///
    /// Most frames decide nothing; every 32nd decides the events of some 0.8 s before it (144 to 112 frames with the
    /// default model), once they are over.
    ///
    /// - Parameter counts: Pixels, `[y][x]`.
    /// - Returns: Events that have become final.
    /// - Throws: ``SparkwatchError`` if the frame has another size, or memory does not suffice.
    public mutating func take(_ counts: [UInt16]) throws(SparkwatchError) -> [DetectedEvent] {
        try take(counts.map { Float($0) })
    }

    /// Takes the next frame of a recording, in counts that need not be whole.
    ///
    /// - Parameter counts: Pixels, `[y][x]`, finite.
    /// - Returns: Events that have become final.
    /// - Throws: ``SparkwatchError`` if the frame has another size or a pixel that is no number, or memory does not
    ///   suffice.
    public mutating func take(_ counts: [Float]) throws(SparkwatchError) -> [DetectedEvent] {
        guard counts.count == height * width else {
            throw SparkwatchError("a frame has \(counts.count) pixels instead of \(height) x \(width)")
        }
        guard counts.allSatisfy(\.isFinite) else {
            throw SparkwatchError("a pixel of frame \(frameCount) is not a finite number")
        }
        if !isUnderWay {
            detector.startSegment(origin: 0)
            isUnderWay = true
            frameCount = 0
        }
        frameCount += 1
        let scaling = scaling
        let scaled = scaling == 1 ? counts : counts.map { $0 * scaling }
        do throws(UNetError) {
            let batches = try scaled.withUnsafeBufferPointer { pixels throws(UNetError) in
                try detector.take(pixels)
            }
            return batches.flatMap(\.events).map(DetectedEvent.init)
        } catch {
            throw SparkwatchError("\(error)")
        }
    }

    /// Ends the recording: decides its last frames and closes what is still under way.
    ///
    /// - Returns: The events that were still open.
    /// - Throws: ``SparkwatchError`` if memory does not suffice.
    public mutating func finish() throws(SparkwatchError) -> [DetectedEvent] {
        guard isUnderWay else { return [] }
        isUnderWay = false
        do throws(UNetError) {
            return try detector.endSegment().flatMap(\.events).map(DetectedEvent.init)
        } catch {
            throw SparkwatchError("\(error)")
        }
    }

    private static func check(height: Int, width: Int, _ options: Options) throws(SparkwatchError) {
        guard height > 0, width > 0, height.multipliedReportingOverflow(by: width).partialValue <= largestPixelCount,
            !height.multipliedReportingOverflow(by: width).overflow
        else {
            throw SparkwatchError("a frame of \(height) x \(width) pixels; give 1 to \(largestPixelCount) pixels")
        }
        guard (1...1024).contains(options.threads) else {
            throw SparkwatchError("\(options.threads) threads; give 1 to 1024")
        }
        if let threshold = options.threshold, !(0...1).contains(threshold) {
            throw SparkwatchError("the threshold is \(threshold); give a number from 0 to 1")
        }
        if let dark = options.darkLevelCounts, !(0..<65535).contains(dark) {
            throw SparkwatchError("the dark level is \(dark) counts; give 0 to below 65535")
        }
    }

    private static let largestPixelCount = 1 << 24
}
