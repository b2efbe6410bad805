package import Detection
package import Imaging
package import Session
package import UNet

/// How fast this computer finds events with the settings of a run, tried on noise before frames come.
package struct SpeedTrial: Sendable {
    /// Recording time per computing time: above 1 the computer keeps up.
    package let realTimeFactor: Double
    /// The same where nothing is looked for early, and where it is looked for twice as often.
    package let factorWithoutEarly: Double
    package let factorWithTwiceAsManyLooks: Double
    let size: FrameSize
    let frameIntervalMilliseconds: Double

    /// Looks come twice as often where so much time is left: other programs want some, too.
    private static let roomyFactor = 1.5
    /// Frames of noise, which are shown again and again.
    private static let frameCount = 8
    private static let measuredStrides = 2

    /// - Parameters:
    ///   - realTimeFactor: Recording time per computing time.
    ///   - factorWithoutEarly: The same where nothing is looked for early.
    ///   - factorWithTwiceAsManyLooks: The same where it is looked for twice as often.
    ///   - size: Of the frames.
    ///   - frameIntervalMilliseconds: From frame to frame.
    package init(
        realTimeFactor: Double,
        factorWithoutEarly: Double,
        factorWithTwiceAsManyLooks: Double,
        size: FrameSize,
        frameIntervalMilliseconds: Double
    ) {
        self.realTimeFactor = realTimeFactor
        self.factorWithoutEarly = factorWithoutEarly
        self.factorWithTwiceAsManyLooks = factorWithTwiceAsManyLooks
        self.size = size
        self.frameIntervalMilliseconds = frameIntervalMilliseconds
    }

    /// Measures two strides behind those that decide the first window.
    ///
    /// - Parameters:
    ///   - configuration: Of the run; where it states no frame interval, that of the model counts.
    ///   - size: Of the frames to come.
    ///   - networks: Where the network waits; it is back there afterwards.
    ///   - isWanted: Asked before every frame; false ends the trial.
    /// - Returns: Nil if it was ended.
    /// - Throws: ``UNetError`` if the network cannot be built or evaluated.
    package static func run(
        _ configuration: DetectionSession.Configuration,
        size: FrameSize,
        networks: NetworkShelf,
        while isWanted: () -> Bool
    ) throws(UNetError) -> SpeedTrial? {
        let metadata = configuration.model.metadata
        let interval = configuration.frameIntervalMilliseconds ?? metadata.frameIntervalMilliseconds
        var settings = configuration.settings
        settings.networkFramesPerFrame = configuration.interpolation.factor(
            forInterval: interval,
            ofModel: metadata.frameIntervalMilliseconds
        )
        var detector = try EventDetector(
            model: configuration.model,
            size: size,
            calibration: Calibration(
                pixelSizeMicrometres: configuration.pixelSizeMicrometres ?? metadata.pixelSizeMicrometres,
                frameIntervalMilliseconds: interval
            ),
            settings: settings,
            networks: networks
        )
        let frames = noise(of: size)
        let first = settings.recordedWindow + settings.recordedStride, count = measuredStrides * settings.recordedStride
        var (all, early) = (Duration.zero, Duration.zero)
        for index in 0..<first + count {
            guard isWanted() else { return nil }
            let started = ContinuousClock.now
            var batches = try take(frames[index % frameCount], &detector)
            while detector.isDeciding { batches += try detector.decideMore() }
            guard index >= first else { continue }
            all += ContinuousClock.now - started
            for batch in batches { early += batch.durations.early }
        }
        let recorded = Duration.milliseconds(interval * Double(count))
        return SpeedTrial(
            realTimeFactor: recorded / all,
            factorWithoutEarly: recorded / (all - early),
            factorWithTwiceAsManyLooks: recorded / (all + early),
            size: size,
            frameIntervalMilliseconds: interval
        )
    }

    /// Whether there is time to look for events twice as often as usual.
    package var hasTimeForMoreLooks: Bool { factorWithTwiceAsManyLooks >= Self.roomyFactor }

    /// What it came to, and what would help where that is too little.
    package func text(looksEarly: Bool) -> String {
        let frames = "\(size.height) x \(size.width) pixels every \(Self.number(frameIntervalMilliseconds)) ms"
        let factor =
            "this computer finds events \(Self.number(realTimeFactor)) times as fast as they are recorded (\(frames))"
        guard realTimeFactor < 1.1 else { return factor }
        var help: [String] = []
        if looksEarly { help.append("--provisional off (\(Self.number(factorWithoutEarly)) times)") }
        help += ["fewer rows a frame", "no other programs beside it", "more cores, or a second computer for detection"]
        let consequence =
            realTimeFactor < 1
            ? "too slow: results will come later and later, strides will widen, then frames will be lost"
            : "only just fast enough: another program may make it fall behind"
        return "\(factor): \(consequence). What helps: \(help.joined(separator: "; ")); "
            + "or record (--record) and analyse afterwards, which loses nothing."
    }

    private static func take(
        _ frame: [Float],
        _ detector: inout EventDetector
    ) throws(UNetError) -> [DetectionBatch] {
        try frame.withUnsafeBufferPointer { frame throws(UNetError) in try detector.take(frame) }
    }

    /// Frames of a cell at rest, in counts, the same in every run.
    private static func noise(of size: FrameSize) -> [[Float]] {
        var state: UInt64 = 1
        return (0..<frameCount).map { _ in
            (0..<size.pixelCount).map { _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return 1000 + Float(state >> 55)
            }
        }
    }

    private static func number(_ value: Double) -> String { "\(value.rounded(decimals: 2) ?? value)" }
}
