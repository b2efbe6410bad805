import Foundation
import Imaging
import Movies
import Wire
import ZeroMQ

/// Which header goes before the pixels.
enum HeaderDialect: String, CaseIterable {
    /// Every field that is known; series are announced and ended.
    case array
    /// `dtype` and `shape` only, as the PyZMQ recipe sends them; no messages about series.
    case pyzmq
}

/// Where the frames of a playback go.
enum PlaybackTarget {
    case socket(FramePublisher.Attachment)
    case file(String, MovieFileFormat)
    case folder(String)
}

/// How movies are played.
struct PlaybackPlan {
    var target = PlaybackTarget.socket(.bind("tcp://127.0.0.1:5555"))
    var dialect = HeaderDialect.array
    /// 1 is real time, 2 twice as fast.
    var speed = 1.0
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
    /// Who may subscribe, or whom we connect to.
    var security = SocketSecurity.none
    /// The keys of those who may subscribe, where somebody has to have one.
    var allowedKeys: KeyFolder?
}

/// Plays movies as a microscope would, each as a series.
///
/// Use it on one thread only.
struct Player {
    private let plan: PlaybackPlan
    private let movies: [PlaybackSeries]
    private let context: ZeroMQContext
    private let authenticator: Authenticator?
    private var outlet: (any FrameOutlet)?
    private var injector: FaultInjector
    private var report = PlaybackReport()
    /// The movie at hand.
    private var movie: PlaybackSeries
    private var seriesID: String?
    private var messageNumber = 0
    private var frameIndex = 0
    private var seriesFramesSent = 0
    /// Frames of the series that were left out on purpose: the numbers of recorded messages close ranks behind them.
    private var seriesFramesSkipped = 0
    private var heldBack: OutgoingFrame?
    private var latenessSum = 0.0

    /// - Precondition: there is at least one movie.
    init(movies: [PlaybackSeries], plan: PlaybackPlan) throws {
        self.plan = plan
        self.movies = movies
        movie = movies[0]
        let context = try ZeroMQContext()
        self.context = context
        authenticator = try plan.allowedKeys.map { try Authenticator($0, context: context) }
        injector = FaultInjector(rates: plan.faults, seed: plan.faultSeed)
        outlet = try Self.outlet(plan.target, plan, context)
    }

    private static func outlet(
        _ target: PlaybackTarget,
        _ plan: PlaybackPlan,
        _ context: ZeroMQContext
    ) throws -> any FrameOutlet {
        switch target {
        case .file(let path, let format): return FileOutlet(path: path, format: format)
        case .folder(let path): return try FolderOutlet(path: path)
        case .socket(let attachment):
            let publisher = try FramePublisher(
                attachment: attachment,
                queueLength: plan.queueLength,
                security: plan.security,
                context: context
            )
            return SocketOutlet(publisher, dialect: plan.dialect)
        }
    }

    /// Where the frames are found.
    var place: String { outlet?.place ?? "" }

    /// Plays the movies to their end, or until `isCancelled` says so; the series is ended in both cases.
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
        let start = ContinuousClock.now
        var clock = PlaybackClock(speed: plan.speed)
        var nextProgress = start + .milliseconds(500)
        var pass = 0
        while plan.passCount.map({ pass < $0 }) ?? true, !isCancelled() {
            for movie in movies where !isCancelled() {
                self.movie = movie
                try playSeries(pass: pass, on: &clock, isCancelled: isCancelled) { report in
                    guard ContinuousClock.now >= nextProgress else { return }
                    nextProgress += .milliseconds(500)
                    onProgress(report, (ContinuousClock.now - start) / .seconds(1))
                }
            }
            pass += 1
        }
        report.isInterrupted = isCancelled()
        report.elapsedSeconds = (ContinuousClock.now - start) / .seconds(1)
        if report.elapsedSeconds > 0 { report.framesPerSecond = Double(report.framesDue) / report.elapsedSeconds }
        if report.framesDue > 0 { report.meanLatenessMilliseconds = latenessSum / Double(report.framesDue) }
        // Closing waits until the last messages have left.
        outlet = nil
        return report
    }

    private mutating func playSeries(
        pass: Int,
        on clock: inout PlaybackClock,
        isCancelled: () -> Bool,
        onFrame: (PlaybackReport) -> Void
    ) throws {
        try startSeries(id: pass == 0 && movie.movie.recordedSeries != nil ? movie.recordedID : Self.newID())
        for index in 0..<movie.frameCount {
            if report.framesDue == plan.restartPosition {
                try restart(isCancelled: isCancelled)
                clock = PlaybackClock(speed: plan.speed)
            }
            let recorded = movie.movie.recordedFrame(at: index)
            clock.timetable.advance(to: recorded, frameIntervalMilliseconds: movie.frameIntervalMilliseconds)
            let fate = injector.next()
            let lateness = clock.wait(delayMilliseconds: fate.delayMilliseconds, isCancelled: isCancelled)
            if isCancelled() { break }
            latenessSum += lateness
            report.largestLatenessMilliseconds = max(report.largestLatenessMilliseconds, lateness)
            try deliver(index, recorded, fate: fate, dueNanoseconds: clock.dueNanoseconds)
            onFrame(report)
        }
        try endSeries(isComplete: !isCancelled() && movie.frameCount == movie.movie.frameCount)
    }

    // MARK: Frames

    private mutating func deliver(
        _ index: Int,
        _ recorded: RecordedFrame?,
        fate: FrameFate,
        dueNanoseconds: Int64
    ) throws {
        let position = report.framesDue
        report.framesDue += 1
        var header = movie.header(seriesID: seriesID)
        header.frameIndex = recorded?.frame ?? frameIndex
        frameIndex += 1
        if fate.isSkipped {
            report.skipped.append(position)
            seriesFramesSkipped += 1
            return
        }
        header.messageNumber =
            recorded == nil ? messageNumber : recorded?.messageNumber.map { $0 - seriesFramesSkipped }
        header.acquisitionNanoseconds = recorded == nil ? dueNanoseconds : recorded?.acquisitionNanoseconds
        header.sendNanoseconds = Metronome.nanosecondsSince1970()
        messageNumber += 1
        if fate.isDropped {
            report.dropped.append(position)
            return
        }
        var frame = OutgoingFrame(header: header, pixels: try movie.pixels(ofFrame: index))
        if let corruption = fate.corruption {
            report.corrupted.append(position)
            report.corruptions[corruption.rawValue, default: 0] += 1
            frame.corruption = corruption
            try transmit(frame)
            try releaseHeldBack()
            return
        }
        report.framesSent += 1
        seriesFramesSent += 1
        if fate.isDelayedBehindNext, heldBack == nil {
            report.reordered.append(position)
            heldBack = frame
            return
        }
        try transmit(frame)
        if fate.isDuplicated {
            report.duplicated.append(position)
            try transmit(frame)
        }
        try releaseHeldBack()
    }

    private mutating func releaseHeldBack() throws {
        guard let frame = heldBack else { return }
        heldBack = nil
        try transmit(frame)
    }

    private mutating func transmit(_ frame: OutgoingFrame) throws {
        report.frameMessagesSent += 1
        guard let isSent = try outlet?.send(frame) else { return }
        if !isSent { report.refusedBySocket += 1 }
    }

    // MARK: Series

    private static func newID() -> String { UUID().uuidString.lowercased() }

    private mutating func startSeries(id: String?) throws {
        seriesID = id
        report.series.append(id ?? "")
        frameIndex = 0
        seriesFramesSent = 0
        seriesFramesSkipped = 0
        let recorded = movie.movie.recordedSeries
        let start = SeriesStartHeader(
            series: movie.details(seriesID: seriesID),
            messageNumber: recorded == nil ? messageNumber : recorded?.messageNumber
        )
        if plan.dialect == .array { messageNumber += 1 }
        try outlet?.start(movie, start)
    }

    private mutating func endSeries(isComplete: Bool) throws {
        try releaseHeldBack()
        let recorded = movie.movie.recordedSeries
        // A series that another one replaced had no end of its own.
        guard recorded?.end?.reason != .replaced else {
            try outlet?.replace()
            return
        }
        var end = SeriesEndHeader(seriesID: seriesID, messageNumber: messageNumber, sentFrameCount: seriesFramesSent)
        if recorded != nil {
            end.messageNumber = isComplete ? recorded?.end?.messageNumber.map { $0 - seriesFramesSkipped } : nil
            end.sentFrameCount = isComplete ? recorded?.end?.sentFrameCount : seriesFramesSent
        }
        if plan.dialect == .array { messageNumber += 1 }
        try outlet?.end(end)
    }

    /// Dies without a word and comes back as a new sender: new series, numbers from 0.
    private mutating func restart(isCancelled: () -> Bool) throws {
        try releaseHeldBack()
        var target = plan.target
        // The same port, whichever the system chose.
        if case .socket(.bind) = target { target = .socket(.bind(place)) }
        outlet = nil
        report.restarts += 1
        _ = Metronome().wait(
            until: .nanoseconds(Int64(plan.restartPauseMilliseconds * 1e6)),
            isCancelled: isCancelled
        )
        outlet = try Self.outlet(target, plan, context)
        messageNumber = 0
        try awaitSubscriber(isCancelled: isCancelled)
        try startSeries(id: Self.newID())
    }

    private func awaitSubscriber(isCancelled: () -> Bool) throws {
        guard let seconds = plan.subscriberWaitSeconds else { return }
        let isPresent = try outlet?.waitForReader(seconds: seconds, isCancelled: isCancelled) ?? false
        guard isPresent || isCancelled() else {
            throw PlaybackError.noSubscriber(endpoint: place, seconds: seconds)
        }
    }
}

/// The times of a playback since its start, or since the sender's last restart.
private struct PlaybackClock {
    var timetable: PlaybackTimetable
    private let metronome = Metronome()

    init(speed: Double) { timetable = PlaybackTimetable(speed: speed) }

    /// Wall time at which the frame at hand is due, in nanoseconds since 1970.
    var dueNanoseconds: Int64 { metronome.nanosecondsSince1970(at: timetable.offset) }

    /// Sleeps until the frame at hand is due, and returns how late it was then, in ms.
    func wait(delayMilliseconds: Double, isCancelled: () -> Bool) -> Double {
        metronome.wait(until: timetable.offset, delayMilliseconds: delayMilliseconds, isCancelled: isCancelled)
    }
}
