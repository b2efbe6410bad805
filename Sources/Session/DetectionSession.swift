package import Detection
import Foundation
package import Imaging
package import UNet

/// Runs an ``EventDetector`` over series after series, live or recorded, and tells a sink what it finds.
///
/// Not Sendable: one thread feeds it, and the sink is called on that thread.
package final class DetectionSession {
    /// What does not change from series to series.
    package struct Configuration: Sendable {
        package var model: Model
        /// Their dark level is on the scale of the pixels as sent.
        package var settings: DetectorSettings
        /// Taken instead of what a series says of itself.
        package var pixelSizeMicrometres: Double?
        package var frameIntervalMilliseconds: Double?
        /// Name of the source where a series gives none.
        package var defaultStream = "microscope"
        package var configurationSHA256: String?
        package var device: DeviceDescription
        /// What is in the frames that fill gaps.
        package var missedFrames = MissedFramePolicy.hold
        /// Whether the network is shown frames between those of a slow camera.
        package var interpolation = InterpolationPolicy.off
        /// The stride becomes wider while many frames wait.
        package var adaptsStride = true
        /// Frames at the start of a series that are examined for how they were recorded.
        package var surveyedFrameCount = 256
        /// A series that memory does not suffice for is left out, and the next one taken, instead of an error.
        package var outlivesRefusedSeries = false

        package init(model: Model, settings: DetectorSettings, device: DeviceDescription) {
            self.model = model
            self.settings = settings
            self.device = device
        }

        /// Builds the network for frames of a size before they come, unless memory does not suffice.
        ///
        /// - Throws: ``UNetError`` if the network cannot be built for any other reason.
        package func networks(readyFor size: FrameSize) throws(UNetError) -> NetworkShelf {
            let networks = NetworkShelf(model: model, settings: settings)
            do throws(UNetError) {
                try networks.prepare(for: size)
            } catch .outOfMemory {}
            return networks
        }
    }

    package internal(set) var progress: SessionProgress

    let configuration: Configuration
    let sink: any SeriesSink
    private var series: SeriesUnderWay?
    /// Number of the last event: numbers go on from series to series, so that no two events of a run share one.
    private var lastEventNumber = 0
    /// The network of the last series waits here for the next one.
    private let networks: NetworkShelf

    /// - Parameters:
    ///   - configuration: What does not change from series to series.
    ///   - sink: Is told what happens.
    ///   - networks: Of this configuration; nil for none that is ready.
    package init(configuration: Configuration, sink: any SeriesSink, networks: NetworkShelf? = nil) {
        self.configuration = configuration
        self.sink = sink
        self.networks = networks ?? NetworkShelf(model: configuration.model, settings: configuration.settings)
        progress = SessionProgress(provisional: configuration.settings.provisional)
    }

    /// Takes what happened next.
    ///
    /// - Parameters:
    ///   - item: A frame, or the start, a gap or the end of a series.
    ///   - pixels: Counts on the 16-bit scale, `[y][x]`; of frames only.
    ///   - backlog: What waits, this frame included; a long queue or one that is half full makes the stride wider, if it
    ///     may.
    /// - Throws: ``UNetError`` if the network cannot be built for the frames, or evaluated.
    package func take(
        _ item: FrameItem,
        pixels: UnsafeBufferPointer<Float>,
        backlog: FrameRing.Backlog = FrameRing.Backlog()
    ) throws(UNetError) {
        switch item {
        case .seriesStart(let description):
            try endSeries(.newSeries)
            let choice = calibration(of: description)
            series = SeriesUnderWay(
                description,
                context: context(of: description, choice),
                provisional: configuration.settings.provisional,
                choice: choice,
                networkFramesPerFrame: configuration.interpolation.factor(choice),
                surveyedFrameCount: configuration.surveyedFrameCount
            )
        case .frame(let stamp):
            guard let series else { preconditionFailure("frames belong to a series that was started") }
            announce(stamp, of: series)
            report(series.watch.take(stamp, pixels))
            progress.largestBacklog = max(progress.largestBacklog, backlog.frameCount)
            series.progress.largestBacklog = max(series.progress.largestBacklog, backlog.frameCount)
            guard !series.isRefused else { return }
            try attempt(series) { () throws(UNetError) in
                adaptStride(of: series, to: backlog)
                try analyse(stamp, pixels, in: series)
            }
        case .gap(let gap):
            guard let series else { return }
            try takeGap(gap, in: series)
        case .seriesEnd(let end):
            if let series {
                series.refusedMessages = end.refusedMessages
                if end.missing.missingFrameCount > 0 { try takeGap(end.missing, in: series) }
            }
            try endSeries(end.reason == .replaced ? .newSeries : end.reason == .stopped ? .stopped : .sourceEnded)
        }
    }

    /// True while a window has frames left to decide, which no new frame is needed for.
    package var isDeciding: Bool { series?.detector?.isDeciding ?? false }

    /// Decides some more frames of such a window.
    ///
    /// - Throws: ``UNetError`` if the network cannot be evaluated.
    package func decideMore() throws(UNetError) {
        guard let series else { return }
        try attempt(series) { () throws(UNetError) in
            for batch in try series.detector?.decideMore() ?? [] { deliver(batch, of: series) }
        }
    }

    /// Ends the series under way, if there is one: open events become final, unless detection has failed.
    ///
    /// - Throws: ``UNetError`` if the network cannot be evaluated.
    package func endSeries(_ reason: SeriesOutcome.Reason) throws(UNetError) {
        guard let series else { return }
        if reason != .failed { try endSegment(of: series) }
        report(series.watch.conclusion)
        examine(series, isOver: true)
        self.series = nil
        progress.seriesCount += 1
        release(series)
        if series.firstFrame != nil { sink.seriesEnded(series.outcome(reason)) }
    }

    /// Takes all frames of a series at once and analyses them as the published pipeline does.
    ///
    /// - Parameters:
    ///   - counts: Counts on the 16-bit scale, `[t][y][x]`.
    ///   - description: What is known about the series.
    ///   - probabilities: Those of all voxels; nil asks the network.
    ///   - progress: Called behind every window with the number of frames done.
    /// - Throws: ``UNetError`` if the network cannot be built for the frames, or evaluated.
    package func takeWholeSeries(
        _ counts: [Float],
        described description: SeriesDescription,
        probabilities: ClassProbabilities? = nil,
        progress: (Int) -> Void
    ) throws(UNetError) {
        try endSeries(.newSeries)
        let choice = calibration(of: description)
        var context = context(of: description, choice)
        if probabilities != nil { context.modelSHA256 = nil }
        sink.seriesStarted(
            SeriesStart(context: context, size: description.size, firstFrame: 0, device: configuration.device)
        )
        let settings = settings(for: description, configuration.interpolation.factor(choice))
        let detector = MovieDetector(
            model: configuration.model,
            size: description.size,
            calibration: context.calibration,
            settings: settings
        )
        let batch = try detector.detect(counts, probabilities: probabilities, progress: progress)
        examine(counts, described: description, choice, batch)
        self.progress.record(
            batch,
            stride: settings.recordedStride,
            frameIntervalMilliseconds: context.calibration.frameIntervalMilliseconds
        )
        self.progress.frameCount += batch.frames.count
        self.progress.seriesCount += 1
        sink.decided(batch, batch.events.map { FinalEvent($0) })
    }

    /// Which statements on pixel size and frame interval count.
    private func calibration(of description: SeriesDescription) -> CalibrationChoice {
        var options: [Quantity: Double] = [:]
        options[.pixelSize] = configuration.pixelSizeMicrometres
        options[.frameInterval] = configuration.frameIntervalMilliseconds
        return CalibrationChoice(
            of: description,
            options: options,
            model: Calibration(
                pixelSizeMicrometres: configuration.model.metadata.pixelSizeMicrometres,
                frameIntervalMilliseconds: configuration.model.metadata.frameIntervalMilliseconds
            )
        )
    }

    /// Says what a person should know of the input.
    private func report(_ remarks: [String]) {
        for remark in remarks {
            sink.healthChanged(Health(status: .notice, code: .inputRemark, message: remark))
        }
    }

    private func context(of description: SeriesDescription, _ choice: CalibrationChoice) -> SeriesContext {
        SeriesContext(
            seriesID: description.seriesID ?? UUID().uuidString.lowercased(),
            identity: description.identity,
            stream: description.source ?? configuration.defaultStream,
            calibration: choice.calibration,
            modelSHA256: configuration.model.sha256,
            configurationSHA256: configuration.configurationSHA256
        )
    }

    /// Counts a frame and says what it brings to light: the start of a series, frames that are missing before it.
    private func announce(_ stamp: FrameStamp, of series: SeriesUnderWay) {
        let isFirst = series.firstFrame == nil
        series.count(stamp)
        progress.frameCount += 1
        if isFirst {
            sink.seriesStarted(
                SeriesStart(
                    context: series.context,
                    size: series.description.size,
                    firstFrame: stamp.index,
                    device: configuration.device
                )
            )
            report(
                series.choice.remarks
                    + [series.choice.interpolationRemark(series.networkFramesPerFrame)].compactMap(\.self)
                    + series.watch.introduction
            )
            report(series.missingAtStart, .breakSegment, before: stamp.index, in: series)
        }
        if let gap = stamp.filledGap {
            report(gap, configuration.missedFrames == .zero ? .zero : .hold, before: stamp.index, in: series)
        }
    }

    private func analyse(
        _ stamp: FrameStamp,
        _ pixels: UnsafeBufferPointer<Float>,
        in series: SeriesUnderWay
    ) throws(UNetError) {
        if series.detector == nil {
            if let problem = problem(of: series.description) { return refuse(series, because: problem) }
            series.detector = try detector(for: series)
        }
        if !series.isInSegment {
            series.detector?.startSegment(origin: stamp.index)
            if series.isWide { series.detector?.setStride(2 * configuration.settings.stride) }
            series.isInSegment = true
        }
        let batches =
            try series.detector?.take(pixels, isSubstitute: stamp.isFilled) { update in
                deliver(update, of: series)
            } ?? []
        for batch in batches { deliver(batch, of: series) }
    }

    private func detector(for series: SeriesUnderWay) throws(UNetError) -> EventDetector {
        try EventDetector(
            model: configuration.model,
            size: series.description.size,
            calibration: series.context.calibration,
            settings: settings(for: series.description, series.networkFramesPerFrame),
            lastEventNumber: lastEventNumber,
            networks: networks
        )
    }

    /// The settings with the dark level brought to 16 bits, as the pixels were.
    private func settings(for description: SeriesDescription, _ networkFramesPerFrame: Int) -> DetectorSettings {
        var settings = configuration.settings
        settings.networkFramesPerFrame = networkFramesPerFrame
        settings.darkLevelCounts = settings.darkLevelCounts.map { $0 * description.scalingFactor }
        return settings
    }

    /// Why the settings do not suit a series; nil if they do.
    private func problem(of description: SeriesDescription) -> String? {
        if let cells = configuration.settings.drawnCells, cells.size != description.size {
            return "the cell mask has \(cells.size); give one of the frames' size"
        }
        let largest = (65535 / description.scalingFactor).rounded(.up)
        guard let dark = configuration.settings.darkLevelCounts, dark >= largest else { return nil }
        return "the dark level is \(dark) counts, but its pixels hold less than \(largest); give a smaller dark level"
    }

    /// Ends the segment at frames that are missing; before the first frame, the gap waits to be told with it.
    private func takeGap(_ gap: FrameGap, in series: SeriesUnderWay) throws(UNetError) {
        guard let lastFrame = series.lastFrame else { return series.wait(with: gap) }
        try endSegment(of: series)
        report(gap, .breakSegment, before: lastFrame + 1 + gap.missingFrameCount, in: series)
    }

    private func endSegment(of series: SeriesUnderWay) throws(UNetError) {
        guard series.isInSegment else { return }
        series.isInSegment = false
        try attempt(series) { () throws(UNetError) in
            for batch in try series.detector?.endSegment() ?? [] { deliver(batch, of: series) }
        }
    }

    /// Tells what the side output sees; the window that it may complete is computed after that.
    private func deliver(_ update: EarlyUpdate, of series: SeriesUnderWay) {
        progress.record(update)
        series.progress.record(update)
        let found = update.provisional.map { event in
            ProvisionalUpdate.Found(event, timing: timing(peak: event.endFrame, newest: update.newestFrame, of: series))
        }
        sink.announced(ProvisionalUpdate(found: found, retracted: [], newestFrame: update.newestFrame))
    }

    private func timing(peak: Int, newest: Int, of series: SeriesUnderWay) -> EventTiming {
        EventTiming(
            peakAcquiredNanoseconds: series.times.acquisitionNanoseconds(ofFrame: peak),
            newestFrame: newest,
            newestFrameArrivedNanoseconds: series.times.arrivalNanoseconds(ofFrame: newest)
        )
    }

    private func deliver(_ batch: DetectionBatch, of series: SeriesUnderWay) {
        let interval = series.context.calibration.frameIntervalMilliseconds
        let stride = configuration.settings.stride / series.networkFramesPerFrame
        progress.record(batch, stride: stride, frameIntervalMilliseconds: interval)
        series.count(batch)
        report(series.watch.take(darkFrameCount: batch.darkFrameCount))
        if let notice = series.movementNotice(batch) { sink.healthChanged(notice) }
        series.progress.record(batch, stride: stride, frameIntervalMilliseconds: interval)
        func timing(peakFrame: Int) -> EventTiming {
            self.timing(peak: peakFrame, newest: batch.newestFrame, of: series)
        }
        sink.announced(
            ProvisionalUpdate(
                found: batch.provisional.map { .init($0, timing: timing(peakFrame: $0.endFrame)) },
                retracted: batch.retracted,
                newestFrame: batch.newestFrame
            )
        )
        let events = zip(batch.events, batch.identities).map { event, identity in
            FinalEvent(event, identity: identity, timing: timing(peakFrame: event.peakFrame))
        }
        sink.decided(batch, events)
        examine(series)
    }

    /// Gives up the detector of a series.
    func release(_ series: SeriesUnderWay) {
        lastEventNumber = series.detector?.lastEventNumber ?? lastEventNumber
        series.detector = nil
        series.isInSegment = false
    }
}
