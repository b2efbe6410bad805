import Dispatch
import Foundation
import Imaging
package import Movies
package import Session
import Synchronization
import Wire
import ZeroMQ

/// Takes frames from a file that another program is still writing, or from a folder that fills with them.
///
/// A thread of its own reads, and hands the frames to the detector through a ring. What detection has no time for stays
/// in the files: nothing is dropped, and no more waits in the ring than makes detection look behind. Silence is no end:
/// writers may come late, restart and go on in other files. Safe to use from any thread.
package final class FileFollower: FrameSource {
    /// What to follow and how much of it to keep.
    package struct Configuration: Sendable {
        package var path: String
        package var files = FollowSettings()
        /// Bits of the camera, taken instead of what the files say.
        package var bitDepth: Int?
        package var missedFrames = MissedFramePolicy.hold
        /// Most missing frames in a row that are filled.
        package var longestFill = 2
        package var ringCapacity = 512
        package var ringPixelCapacity = 64 * 1024 * 1024
        /// Frames that wait in the ring at most; more wait in the files.
        package var mostWaiting = 64
        /// Silence after which an open series counts as stalled.
        package var silenceTimeout = Duration.seconds(2)

        package init(path: String) { self.path = path }
    }

    package let ring: FrameRing
    package let origin: String
    private let status = Status()
    private let finished = DispatchGroup()

    /// Longest wait for news: the reaction time to a request to stop.
    fileprivate static let pollInterval = Duration.milliseconds(50)
    /// How often a full ring is looked at again.
    fileprivate static let pause = 0.005

    /// Starts to follow.
    ///
    /// - Parameters:
    ///   - configuration: What to follow.
    ///   - recordings: Get every accepted frame, too; closed with ``ring``.
    ///   - log: Receives single lines on the follower's thread.
    package init(
        _ configuration: Configuration,
        recordings: [FrameRing] = [],
        log: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        let ring = FrameRing(capacity: configuration.ringCapacity, pixelCapacity: configuration.ringPixelCapacity)
        self.ring = ring
        origin = configuration.path
        finished.enter()
        let thread = Thread { [status, finished] in
            var following = Following(configuration, ring: ring, recordings: recordings, status: status, log: log)
            following.run()
            ring.close()
            for recording in recordings { recording.close() }
            finished.leave()
        }
        thread.name = "file follower"
        thread.stackSize = 4 << 20
        thread.start()
    }

    deinit { status.requestStop() }

    package var snapshot: SourceSnapshot {
        var snapshot = status.snapshot
        snapshot.overflowFrames = ring.droppedFrameCount
        let backlog = ring.backlog
        snapshot.waitingFrames += backlog.frameCount
        snapshot.ringFill = backlog.fill
        return snapshot
    }

    package func stop() {
        status.requestStop()
        finished.wait()
    }
}

/// What the follower's thread and its owner share.
private final class Status: Sendable {
    private struct Contents {
        var snapshot = SourceSnapshot()
        var isStopRequested = false
    }

    private let contents = Mutex(Contents())

    var snapshot: SourceSnapshot { contents.withLock { $0.snapshot } }
    var isStopRequested: Bool { contents.withLock { $0.isStopRequested } }

    func requestStop() { contents.withLock { $0.isStopRequested = true } }
    func update(_ change: (inout SourceSnapshot) -> Void) { contents.withLock { change(&$0.snapshot) } }
}

/// The follower's thread: its files and what becomes of their frames.
private struct Following {
    private let configuration: FileFollower.Configuration
    private let ring: FrameRing
    private let status: Status
    private let log: @Sendable (String) -> Void
    private let follower: FrameFollower
    private var intake: FrameIntake
    /// How the frames of the series at hand are described; nil before the first.
    private var series: FollowedHeaders?
    private var lastSign = ContinuousClock.now
    private var waitingFrames = 0
    private var isBehind = false

    /// Recording time that waits in files from which on that is said, and down to which it stays so, in frames.
    private static let behindFrames = 600
    private static let caughtUpFrames = 100

    init(
        _ configuration: FileFollower.Configuration,
        ring: FrameRing,
        recordings: [FrameRing],
        status: Status,
        log: @escaping @Sendable (String) -> Void
    ) {
        self.configuration = configuration
        self.ring = ring
        self.status = status
        self.log = log
        follower = FrameFollower(path: configuration.path, settings: configuration.files)
        var limits = FrameLimits()
        limits.pixelCount = configuration.files.largestPixelCount
        intake = FrameIntake(
            ring: ring,
            recordings: recordings,
            limits: limits,
            sequencer: FrameSequencer(policy: configuration.missedFrames, longestFill: configuration.longestFill),
            log: log
        )
    }

    mutating func run() {
        var isAnnounced = false
        while !status.isStopRequested {
            while !status.isStopRequested, awaitRoom(), let item = follower.next(at: .now) { take(item) }
            if !isAnnounced {
                isAnnounced = true
                log("following \(configuration.path): \(follower.means)")
            }
            publish()
            follower.wait(upTo: FileFollower.pollInterval)
        }
        intake.stop()
        publish()
        status.update { $0.state = .stopped }
    }

    /// Waits until detection has taken what is in the ring; frames go on to be noticed meanwhile.
    ///
    /// - Returns: False if the run is to stop.
    private mutating func awaitRoom() -> Bool {
        while !hasRoom {
            if status.isStopRequested { return false }
            follower.observe(at: .now)
            publish()
            Thread.sleep(forTimeInterval: FileFollower.pause)
        }
        return true
    }

    private var hasRoom: Bool {
        let backlog = ring.backlog
        guard backlog.frameCount > 0 else { return true }
        // Below half, from where on detection would take a wider stride.
        guard backlog.frameCount < configuration.mostWaiting, backlog.fill < 0.45 else { return false }
        return ring.hasRoom(forPixels: series?.size.pixelCount ?? 1)
    }

    private mutating func take(_ item: FollowedItem) {
        switch item {
        case .series(let followed): begin(followed)
        case .frame(let frame): take(frame)
        case .end(let end): intake.receive(SeriesEndHeader(seriesID: series?.seriesID, recorded: end))
        case .refused(let refusal):
            intake.refuse(FrameRefusal(refusal), inPlaceOf: refusal.frame.flatMap { series?.header(ofFrame: $0) })
        case .late(let frame):
            intake.leaveOut(.late, "frame \(frame), which came after others were taken in its place,")
        case .beside(let name): intake.leaveOut(.otherChannel, "\(name), beside the frames that are taken,")
        case .note(let text): log(text)
        }
    }

    private mutating func begin(_ followed: FollowedSeries) {
        for remark in followed.description.remarks { log("\(followed.name): \(remark)") }
        series = FollowedHeaders(followed, bitDepth: configuration.bitDepth)
        guard let series else {
            intake.refuse(
                FrameRefusal(
                    .unsupportedPixelType,
                    "\(followed.name): pixels are 32 bit unsigned, which no camera sends; convert them to 16 bit or "
                        + "to floating point"
                ),
                inPlaceOf: nil
            )
            return
        }
        intake.receive(SeriesStartHeader(series: series.details, messageNumber: series.messageNumber))
    }

    private mutating func take(_ frame: FollowedFrame) {
        guard let series else { return }
        let now = ContinuousClock.now
        let age = frame.foundAt.map { Int64((now - $0) / .nanoseconds(1)) } ?? 0
        let time = Int64(Date().timeIntervalSince1970 * 1e9) - age
        let pixels = StoredPixels(bytes: follower.pixels)
        let isTaken = intake.receive(
            series.header(of: frame),
            pixels: pixels,
            parts: 0..<1,
            at: time,
            isArrivalKnown: frame.foundAt != nil
        )
        if isTaken { lastSign = now }
    }

    private mutating func publish() {
        waitingFrames = follower.waitingFrameCount
        let isSilent = ContinuousClock.now - lastSign > configuration.silenceTimeout && waitingFrames == 0
        let state: SourceSnapshot.State = !intake.hasOpenSeries ? .idle : isSilent ? .stalled : .receiving
        var before = state
        status.update { snapshot in
            before = snapshot.state
            snapshot.state = state
            snapshot.rounds += 1
            for (reason, count) in intake.refusedMessages { snapshot.refused[reason.rawValue] = count }
            snapshot.sequence = intake.sequence
            snapshot.waitingFrames = waitingFrames
        }
        if state == .stalled, before != .stalled {
            log("no frames for \(configuration.silenceTimeout): waiting for the writer")
        }
        if state == .receiving, before == .stalled { log("frames are coming again") }
        sayWhetherBehind()
    }

    private mutating func sayWhetherBehind() {
        if !isBehind, waitingFrames > Self.behindFrames {
            isBehind = true
            log("\(waitingFrames) frames wait in the files: nothing is lost, but events come late")
        } else if isBehind, waitingFrames < Self.caughtUpFrames {
            isBehind = false
            log("detection has caught up with the files")
        }
    }
}

/// The pixels of one frame as a message of one part.
private struct StoredPixels: MessageParts, ~Copyable {
    let bytes: UnsafeRawBufferPointer

    var partCount: Int { 1 }
    var discardedPartCount: Int { 0 }

    @_lifetime(borrow self)
    func bytes(ofPart index: Int) -> RawSpan {
        _overrideLifetime(RawSpan(_unsafeBytes: bytes), borrowing: self)
    }
}
