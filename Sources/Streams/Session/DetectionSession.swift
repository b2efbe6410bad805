public import Detection
import Foundation
public import UNet

/// Runs an ``EventDetector`` over series after series, live or recorded, and words what it finds.
///
/// Not Sendable: one thread feeds it, and the sink is called on that thread.
public final class DetectionSession {
    /// What does not change from series to series.
    public struct Configuration: Sendable {
        public var model: Model
        public var settings: DetectorSettings
        /// Taken instead of what a series says of itself.
        public var pixelSizeMicrometres: Double?
        public var frameIntervalMilliseconds: Double?
        /// Name of the source where a series gives none.
        public var defaultStream = "microscope"
        public var configurationSHA256: String?
        public var device: DeviceDescription

        public init(model: Model, settings: DetectorSettings, device: DeviceDescription) {
            self.model = model
            self.settings = settings
            self.device = device
        }
    }

    public private(set) var progress: SessionProgress

    private let configuration: Configuration
    private let sink: any SeriesSink
    private var series: Series?

    public init(configuration: Configuration, sink: any SeriesSink) {
        self.configuration = configuration
        self.sink = sink
        progress = SessionProgress(provisional: configuration.settings.provisional)
    }

    /// Takes what happened next.
    ///
    /// - Parameters:
    ///   - item: A frame, or the start, a gap or the end of a series.
    ///   - pixels: Counts on the 16-bit scale, `[y][x]`; of frames only.
    ///   - backlogFrameCount: Frames that wait behind this one; a long queue makes the stride wider.
    /// - Throws: ``UNetError`` if the network cannot be built for the frames, or evaluated.
    public func take(
        _ item: FrameItem,
        pixels: UnsafeBufferPointer<Float>,
        backlogFrameCount: Int = 0
    ) throws(UNetError) {
        switch item {
        case .seriesStart(let description):
            try endSeries(.newSeries)
            series = try makeSeries(description)
        case .frame(let stamp):
            guard let series else { preconditionFailure("frames belong to a series that was started") }
            adaptStride(of: series, backlogFrameCount: backlogFrameCount)
            try take(stamp, pixels, in: series)
        case .gap(let gap):
            guard let series else { return }
            try endSegment(of: series)
            report(gap, .breakSegment, firstFrame: (series.lastFrame ?? -1) + 1, in: series)
        case .seriesEnd(let end):
            try endSeries(end.reason == .replaced ? .newSeries : end.reason == .stopped ? .stopped : .sourceEnded)
        }
    }

    /// Ends the series under way, if there is one: open events become final.
    ///
    /// - Throws: ``UNetError`` if the network cannot be evaluated.
    public func endSeries(_ reason: SeriesEndMessage.Reason) throws(UNetError) {
        guard let series else { return }
        self.series = nil
        defer { progress.seriesCount += 1 }
        try endSegment(of: series)
        guard series.firstFrame != nil else { return }
        sink.seriesEnded(
            SeriesEndMessage(
                seriesID: series.formatter.context.seriesID,
                stream: series.formatter.context.stream,
                reason: reason,
                lastFrame: series.lastFrame,
                counters: RunCounters()
            )
        )
    }

    /// Takes all frames of a series at once and analyses them as the published pipeline does.
    ///
    /// - Parameters:
    ///   - counts: Counts on the 16-bit scale, `[t][y][x]`.
    ///   - description: What is known about the series.
    ///   - probabilities: Those of all voxels; nil asks the network.
    ///   - progress: Called behind every window with the number of frames done.
    /// - Throws: ``UNetError`` if the network cannot be built for the frames, or evaluated.
    public func takeWholeSeries(
        _ counts: [Float],
        described description: SeriesDescription,
        probabilities: ClassProbabilities? = nil,
        progress: (Int) -> Void
    ) throws(UNetError) {
        try endSeries(.newSeries)
        var context = context(of: description)
        if probabilities != nil { context.modelSHA256 = nil }
        let detector = MovieDetector(
            model: configuration.model,
            size: description.size,
            calibration: context.calibration,
            settings: configuration.settings
        )
        let batch = try detector.detect(counts, probabilities: probabilities, progress: progress)
        self.progress.record(
            batch,
            stride: configuration.settings.stride,
            frameIntervalMilliseconds: context.calibration.frameIntervalMilliseconds
        )
        self.progress.frameCount += batch.frames.count
        self.progress.seriesCount += 1
        let formatter = EventFormatter(context: context)
        sink.decided(batch, batch.events.map { formatter.message(of: $0) })
    }

    /// The series under way.
    private final class Series {
        let formatter: EventFormatter
        var detector: EventDetector
        var times = FrameTimes()
        var firstFrame: Int?
        var lastFrame: Int?
        var isInSegment = false
        var isWide = false

        init(formatter: EventFormatter, detector: consuming EventDetector) {
            self.formatter = formatter
            self.detector = detector
        }
    }

    private func makeSeries(_ description: SeriesDescription) throws(UNetError) -> Series {
        let context = context(of: description)
        let detector = try EventDetector(
            model: configuration.model,
            size: description.size,
            calibration: context.calibration,
            settings: configuration.settings
        )
        return Series(formatter: EventFormatter(context: context), detector: detector)
    }

    private func context(of description: SeriesDescription) -> SeriesContext {
        let metadata = configuration.model.metadata
        return SeriesContext(
            seriesID: description.seriesID ?? UUID().uuidString.lowercased(),
            stream: description.source ?? configuration.defaultStream,
            calibration: Calibration(
                pixelSizeMicrometres: configuration.pixelSizeMicrometres ?? description.pixelWidthMicrometres
                    ?? metadata.pixelSizeMicrometres,
                frameIntervalMilliseconds: configuration.frameIntervalMilliseconds
                    ?? description.frameIntervalMilliseconds ?? metadata.frameIntervalMilliseconds
            ),
            modelSHA256: configuration.model.sha256,
            configurationSHA256: configuration.configurationSHA256
        )
    }

    private func take(
        _ stamp: FrameStamp,
        _ pixels: UnsafeBufferPointer<Float>,
        in series: Series
    ) throws(UNetError) {
        if series.firstFrame == nil {
            series.firstFrame = stamp.index
            announce(series)
        }
        if !series.isInSegment {
            series.detector.startSegment(origin: stamp.index)
            series.isInSegment = true
        }
        if let gap = stamp.filledGap {
            report(gap, .hold, firstFrame: stamp.index - gap.missingFrameCount, in: series)
        }
        series.lastFrame = stamp.index
        series.times.record(stamp)
        progress.frameCount += 1
        if let batch = try series.detector.take(pixels, isSubstitute: stamp.isFilled) { deliver(batch, of: series) }
    }

    private func endSegment(of series: Series) throws(UNetError) {
        guard series.isInSegment else { return }
        series.isInSegment = false
        if let batch = try series.detector.endSegment() { deliver(batch, of: series) }
    }

    private func deliver(_ batch: DetectionBatch, of series: Series) {
        let interval = series.formatter.context.calibration.frameIntervalMilliseconds
        progress.record(batch, stride: configuration.settings.stride, frameIntervalMilliseconds: interval)
        func timing(peakFrame: Int) -> EventTiming {
            EventTiming(
                peakAcquiredNanoseconds: series.times.acquisitionNanoseconds(ofFrame: peakFrame),
                newestFrame: batch.newestFrame,
                newestFrameArrivedNanoseconds: series.times.newestArrivalNanoseconds
            )
        }
        let formatter = series.formatter
        let messages = zip(batch.events, batch.identities).map { event, identity in
            formatter.message(of: event, identity: identity, timing: timing(peakFrame: event.peakFrame))
        }
        sink.announced(
            ProvisionalMessages(
                found: batch.provisional.map { formatter.message(of: $0, timing: timing(peakFrame: $0.endFrame)) },
                retracted: batch.retracted.map { formatter.message(of: $0, newestFrame: batch.newestFrame) },
                newestFrame: batch.newestFrame
            )
        )
        sink.decided(batch, messages)
    }

    private func announce(_ series: Series) {
        sink.seriesStarted(
            SeriesStartMessage(
                context: series.formatter.context,
                size: series.detector.size,
                firstFrame: series.firstFrame ?? 0,
                softwareVersion: SparkwatchVersion.current,
                instructionSet: configuration.device.instructionSet,
                device: configuration.device.processor
            )
        )
    }
}

// MARK: - Losses and overload

extension DetectionSession {
    /// Waiting frames from which on the stride is doubled, in strides, and down to which it stays so.
    private static let overloadStrides = 3
    private static let reliefStrides = 1

    private func adaptStride(of series: Series, backlogFrameCount: Int) {
        let stride = configuration.settings.stride
        if !series.isWide, backlogFrameCount >= Self.overloadStrides * stride {
            series.isWide = true
            series.detector.setStride(2 * stride)
            sink.healthChanged(
                StatusMessage(
                    status: .degraded,
                    code: "stride_doubled",
                    message: "\(backlogFrameCount) frames wait: events are now decided every \(2 * stride) frames."
                )
            )
        } else if series.isWide, backlogFrameCount <= Self.reliefStrides * stride {
            series.isWide = false
            series.detector.setStride(stride)
            sink.healthChanged(
                StatusMessage(
                    status: .ok,
                    code: "stride_restored",
                    message: "Detection has caught up: events are decided every \(stride) frames again."
                )
            )
        }
    }

    /// One message for every place where frames were lost.
    private func report(
        _ gap: FrameGap,
        _ action: GapMessage.Action,
        firstFrame: Int,
        in series: Series
    ) {
        var firstFrame = firstFrame
        for (origin, frameCount) in [
            (GapMessage.Origin.source, gap.missingAtSource),
            (.transport, gap.missingInTransport),
            (.detector, gap.droppedByOverflow),
        ] where frameCount > 0 {
            sink.framesMissing(
                GapMessage(
                    seriesID: series.formatter.context.seriesID,
                    stream: series.formatter.context.stream,
                    origin: origin,
                    action: action,
                    firstFrame: firstFrame,
                    frameCount: frameCount
                )
            )
            firstFrame += frameCount
        }
    }
}
