import Detection
import Foundation
import Streams
import UNet

/// Which header goes before the pixels.
enum HeaderDialect: String, CaseIterable {
    /// Every field that is known; series are announced and ended.
    case array
    /// `dtype` and `shape` only, as the PyZMQ recipe sends them; no messages about series.
    case pyzmq
}

/// How a movie is played.
struct PlaybackPlan {
    var attachment = FramePublisher.Attachment.bind("tcp://127.0.0.1:5555")
    var dialect = HeaderDialect.array
    var pixelType: PixelFormat.PixelType
    var calibration: Calibration
    /// Time between two messages in real time: the frame interval divided by the speed.
    var sendIntervalMilliseconds: Double
    /// Frames of one pass.
    var frameCount: Int
    /// Number of passes; nil plays until interrupted.
    var passCount: Int? = 1
    var faults = FaultRates()
    var faultSeed: UInt64 = 1
    /// Position at which the sender dies and starts again, counted over all passes.
    var restartPosition: Int?
    /// How long a dead sender is away, in ms.
    var restartPauseMilliseconds = 500.0
    /// How long to wait for a subscriber before the first frame, in seconds; nil does not wait.
    var subscriberWaitSeconds: Double?
    /// Messages that wait for a slow subscriber before further ones are lost.
    var queueLength = 1000
}

/// Publishes a movie as a microscope would.
///
/// Use it on one thread only.
struct Player {
    private let plan: PlaybackPlan
    private let movie: any FrameSupply
    private let conversion: PixelConversion
    private let context: ZeroMQContext
    private var publisher: FramePublisher?
    private var injector: FaultInjector
    private var report = PlaybackReport()
    private var messageNumber = 0
    private var frameIndex = 0
    private var seriesFramesSent = 0
    private var heldBack: [[UInt8]]?
    private var latenessSum = 0.0

    init(movie: any FrameSupply, plan: PlaybackPlan) throws {
        self.plan = plan
        self.movie = movie
        conversion = PixelConversion(source: movie.pixelType, target: plan.pixelType)
        context = try ZeroMQContext()
        injector = FaultInjector(rates: plan.faults, seed: plan.faultSeed)
        publisher = try FramePublisher(
            attachment: plan.attachment,
            queueLength: plan.queueLength,
            context: context
        )
    }

    /// Where subscribers find the frames.
    var endpoint: String { publisher?.endpoint ?? "" }

    /// Plays the movie to its end, or until `isCancelled` says so; the series is ended in both cases.
    ///
    /// - Parameters:
    ///   - isCancelled: Asked before each frame and ten times a second while waiting.
    ///   - onProgress: Called about twice a second with what was done so far and the time since the first frame.
    /// - Returns: What was sent and what was not.
    /// - Throws: ``StreamError``, ``TIFFError``, or ``PlaybackError/noSubscriber(endpoint:seconds:)``.
    mutating func run(
        isCancelled: () -> Bool,
        onProgress: (PlaybackReport, Double) -> Void
    ) throws -> PlaybackReport {
        try awaitSubscriber(isCancelled: isCancelled)
        var metronome = Metronome(intervalMilliseconds: plan.sendIntervalMilliseconds)
        let start = ContinuousClock.now
        var nextProgress = start + .milliseconds(500)
        var beat = 0
        var pass = 0
        while plan.passCount.map({ pass < $0 }) ?? true, !isCancelled() {
            try startSeries()
            for index in 0..<plan.frameCount {
                if report.framesDue == plan.restartPosition {
                    try restart(isCancelled: isCancelled)
                    metronome = Metronome(intervalMilliseconds: plan.sendIntervalMilliseconds)
                    beat = 0
                }
                let fate = injector.next()
                let lateness = metronome.wait(
                    beat: beat,
                    delayMilliseconds: fate.delayMilliseconds,
                    isCancelled: isCancelled
                )
                if isCancelled() { break }
                latenessSum += lateness
                report.largestLatenessMilliseconds = max(report.largestLatenessMilliseconds, lateness)
                let frame = try movie.frame(at: index)
                try deliver(frame, fate: fate, acquisitionNanoseconds: metronome.dueNanoseconds(beat: beat))
                beat += 1
                if ContinuousClock.now >= nextProgress {
                    nextProgress += .milliseconds(500)
                    onProgress(report, (ContinuousClock.now - start) / .seconds(1))
                }
            }
            try endSeries()
            pass += 1
        }
        report.isInterrupted = isCancelled()
        report.elapsedSeconds = (ContinuousClock.now - start) / .seconds(1)
        if report.elapsedSeconds > 0 { report.framesPerSecond = Double(report.framesDue) / report.elapsedSeconds }
        if report.framesDue > 0 { report.meanLatenessMilliseconds = latenessSum / Double(report.framesDue) }
        // Closing waits until the last messages have left.
        publisher = nil
        return report
    }

    // MARK: Frames

    private mutating func deliver(_ frame: [UInt8], fate: FrameFate, acquisitionNanoseconds: Int64) throws {
        let position = report.framesDue
        report.framesDue += 1
        let index = frameIndex
        frameIndex += 1
        if fate.isSkipped {
            report.skipped.append(position)
            return
        }
        let header = header(frameIndex: index, acquisitionNanoseconds: acquisitionNanoseconds)
        messageNumber += 1
        if fate.isDropped {
            report.dropped.append(position)
            return
        }
        let parts = [encoded(header), conversion.convert(frame)]
        if let corruption = fate.corruption {
            var lie = header
            lie.size = FrameSize(height: header.size.height * 2, width: header.size.width)
            report.corrupted.append(position)
            report.corruptions[corruption.rawValue, default: 0] += 1
            try transmit(corruption.apply(to: parts, lyingHeader: encoded(lie)))
            try releaseHeldBack()
            return
        }
        report.framesSent += 1
        seriesFramesSent += 1
        if fate.isDelayedBehindNext, heldBack == nil {
            report.reordered.append(position)
            heldBack = parts
            return
        }
        try transmit(parts)
        if fate.isDuplicated {
            report.duplicated.append(position)
            try transmit(parts)
        }
        try releaseHeldBack()
    }

    private mutating func releaseHeldBack() throws {
        guard let parts = heldBack else { return }
        heldBack = nil
        try transmit(parts)
    }

    private mutating func transmit(_ parts: [[UInt8]]) throws {
        report.frameMessagesSent += 1
        try send(parts)
    }

    private mutating func send(_ parts: [[UInt8]]) throws {
        guard let isSent = try publisher?.send(parts) else { return }
        if !isSent { report.refusedBySocket += 1 }
    }

    // MARK: Headers

    private var series: SeriesDetails {
        SeriesDetails(
            seriesID: report.series.last,
            source: "sparksim",
            channel: "fluo-3",
            announcedFrameCount: plan.frameCount,
            calibration: plan.calibration
        )
    }

    private func header(frameIndex: Int, acquisitionNanoseconds: Int64) -> FrameHeader {
        var header = FrameHeader(size: movie.size, format: PixelFormat(type: plan.pixelType), series: series)
        header.frameIndex = frameIndex
        header.messageNumber = messageNumber
        header.acquisitionNanoseconds = acquisitionNanoseconds
        header.sendNanoseconds = Metronome.nanosecondsSince1970()
        return header
    }

    private func encoded(_ header: FrameHeader) -> [UInt8] {
        switch plan.dialect {
        case .array: header.json()
        case .pyzmq:
            Array(
                "{\"dtype\":\"\(plan.pixelType.rawValue)\",\"shape\":[\(header.size.height),\(header.size.width)]}".utf8
            )
        }
    }

    // MARK: Series

    private mutating func startSeries() throws {
        report.series.append(UUID().uuidString.lowercased())
        frameIndex = 0
        seriesFramesSent = 0
        guard plan.dialect == .array else { return }
        let start = SeriesStartHeader(series: series, messageNumber: messageNumber)
        messageNumber += 1
        try send([start.json()])
    }

    private mutating func endSeries() throws {
        try releaseHeldBack()
        guard plan.dialect == .array else { return }
        let end = SeriesEndHeader(
            seriesID: report.series.last,
            messageNumber: messageNumber,
            sentFrameCount: seriesFramesSent
        )
        messageNumber += 1
        try send([end.json()])
    }

    /// Dies without a word and comes back as a new sender: new series, numbers from 0.
    private mutating func restart(isCancelled: () -> Bool) throws {
        try releaseHeldBack()
        let attachment: FramePublisher.Attachment
        switch plan.attachment {
        case .bind: attachment = .bind(endpoint)
        case .connect(let endpoint): attachment = .connect(endpoint)
        }
        publisher = nil
        report.restarts += 1
        let pause = Metronome(intervalMilliseconds: plan.restartPauseMilliseconds)
        _ = pause.wait(beat: 1, delayMilliseconds: 0, isCancelled: isCancelled)
        publisher = try FramePublisher(attachment: attachment, queueLength: plan.queueLength, context: context)
        messageNumber = 0
        try awaitSubscriber(isCancelled: isCancelled)
        try startSeries()
    }

    private func awaitSubscriber(isCancelled: () -> Bool) throws {
        guard let seconds = plan.subscriberWaitSeconds else { return }
        let isPresent = try publisher?.waitForSubscriber(seconds: seconds, isCancelled: isCancelled) ?? false
        guard isPresent || isCancelled() else {
            throw PlaybackError.noSubscriber(endpoint: endpoint, seconds: seconds)
        }
    }
}
