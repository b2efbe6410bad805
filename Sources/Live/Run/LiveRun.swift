import Detection
import Foundation
package import Imaging
import Journal
package import Session
import Synchronization
import UNet
import Wire
package import ZeroMQ

/// A live run: source, detection and publisher on a thread each, tied together by bounded queues.
///
///     source -> ring -> detection -> followers -> publisher -> journal, subscribers
///
/// Several runs can live in one process; they share nothing but the computer and, if their settings say so, the
/// threads that compute.
package final class LiveRun {
    /// What a run has to know beside its source and its parts.
    package struct Configuration: Sendable {
        /// Where events are published, as in `tcp://127.0.0.1:5556`.
        package var events: String
        /// Who may subscribe.
        package var eventsSecurity = SocketSecurity.none
        /// Folder for journal and table.
        package var output: String
        /// The frames to be ready for.
        package var frameSize: FrameSize
        /// Ends the run after so many series; 0 for never.
        package var seriesCount = 0
        /// Shows the line that refreshes.
        package var showsStatus = true
        package var detection: DetectionSession.Configuration
        /// Looks for early events twice as often as the settings say if this computer has the time.
        package var mayLookMoreOften = false

        package init(events: String, output: String, frameSize: FrameSize, detection: DetectionSession.Configuration) {
            self.events = events
            self.output = output
            self.frameSize = frameSize
            self.detection = detection
        }
    }

    /// Starts a source.
    ///
    /// - Parameters:
    ///   - taps: Rings that get every received frame as well.
    ///   - log: Takes lines for people.
    package typealias SourceFactory = (_ taps: [FrameRing], _ log: @escaping @Sendable (String) -> Void) throws ->
        any FrameSource

    private let configuration: Configuration
    private let files: RunFiles
    private let console: Console
    private let board: LiveBoard
    private let source: any FrameSource
    private let publisher: EventPublisher
    private let desk: Desk
    /// In the order in which they learn of things.
    private let parts: [any LivePart]
    /// Ready before frames can come.
    private let networks: NetworkShelf

    /// Builds the network, opens journal and sockets, and starts the source.
    ///
    /// - Parameters:
    ///   - configuration: What to do.
    ///   - parts: What accompanies detection; those that act learn of events first, then subscribers, then the others.
    ///   - context: The ZeroMQ library.
    ///   - makeSource: Starts where frames come from.
    /// - Throws: `UNetError` if the network cannot be built, `StreamError`, `JournalError` or a file error if an endpoint or
    ///   the output cannot be used, what a part or the source throws.
    package init(
        _ configuration: Configuration,
        parts: [any LivePart],
        context: ZeroMQContext,
        makeSource: SourceFactory
    ) throws {
        self.configuration = configuration
        let files = try RunFiles(folder: configuration.output)
        self.files = files
        networks = try configuration.detection.networks(readyFor: configuration.frameSize)
        let console = Console(showsStatus: configuration.showsStatus)
        self.console = console
        let board = LiveBoard(device: configuration.detection.device, parts: parts)
        self.board = board
        let taps = parts.compactMap { ($0 as? any FrameTakingPart)?.frames }
        let source = try makeSource(taps) { console.note($0) }
        self.source = source
        var publishing = EventPublisher.Configuration(endpoint: configuration.events)
        publishing.security = configuration.eventsSecurity
        publishing.lingerMilliseconds = 2000
        let watchers = parts.compactMap { $0 as? any PublicationWatchingPart }
        publisher = try EventPublisher(configuration: publishing, context: context) {
            try JournalLog(path: files.journal.path) { try files.nextJournal().path }
        } makeHeartbeat: {
            board.heartbeat(source.snapshot)
        } observe: { lines in
            for watcher in watchers { watcher.published(lines) }
        }
        let desk = Desk(publisher: publisher, console: console)
        self.desk = desk
        for case let part as any SpeakingPart in parts { try part.speak(through: desk) }
        let publication = PublicationPart(publisher: publisher, board: board, console: console) {
            board.counters(source.snapshot)
        }
        let acting = parts.filter { $0 is any ActingPart }
        self.parts = acting + [publication] + parts.filter { !($0 is any ActingPart) }
    }

    /// Where events are published, with the port that the system chose.
    package var endpoint: String { publisher.endpoint }

    /// Runs until the wanted number of series is done, `shouldStop` says so or something fails, and ends cleanly.
    ///
    /// - Returns: What the run came to, with what failed; the events found before are published and journalled.
    package func run(until shouldStop: @Sendable () -> Bool) -> LiveSummary {
        console.note("frames from \(source.origin), events on \(publisher.endpoint)")
        let detection = configuration.detection
        console.note("model \(detection.model.sha256?.prefix(12) ?? "-") on \(detection.device.processor)")
        for line in parts.flatMap(\.introduction) { console.note(line) }
        let outcome = DetectionOutcome()
        let thread = detectionThread(outcome)
        var watchdog = Watchdog()
        watchdog.ready()
        var heapReserve = HeapReserve()
        while !outcome.isKnown {
            if shouldStop() { source.stop() }
            announceNews()
            showStatus()
            if let still = watchdog.update(reading, status: { statusLine.text }) { console.note(still) }
            heapReserve.update()
            Thread.sleep(forTimeInterval: 0.1)
        }
        thread.join()
        watchdog.stopping()
        board.ending()
        source.stop()
        for part in parts { part.finish() }
        announceNews()
        publisher.finish()
        for part in parts { part.finishPublished() }
        console.finish()
        let tables = Result { try files.writeTables() }
        let received: Result<Void, any Error> = source.snapshot.failure.map { .failure($0) } ?? .success(())
        return LiveSummary(
            counters: board.counters(source.snapshot),
            publisher: publisher.statistics,
            files: files,
            parts: parts,
            outcomes: [outcome.result, received, tables]
        )
    }

    private var statusLine: StatusLine {
        let snapshot = source.snapshot
        return StatusLine(board.counters(snapshot), snapshot.state, lagMilliseconds: board.lagMilliseconds(snapshot))
    }

    private func showStatus() { console.show(status: statusLine.text) }

    /// What shows whether the run is alive.
    private var reading: VitalSigns.Reading {
        let (snapshot, progress) = (source.snapshot, board.progress)
        return VitalSigns.Reading(
            receiverRounds: snapshot.rounds,
            framesTaken: progress.frameCount,
            windowsDecided: progress.windowCount,
            framesWaiting: snapshot.waitingFrames,
            messagesSent: publisher.statistics.messagesSent
        )
    }

    /// Publishes what has become worse or better beside detection.
    private func announceNews() {
        for case let part as any WatchedPart in parts {
            for health in part.news() {
                desk.publish([StatusMessage(health)])
                desk.note(health.message)
            }
        }
    }

    /// The thread that owns the detector.
    private func detectionThread(_ outcome: DetectionOutcome) -> WorkerThread {
        let (board, source, configuration, networks, parts) = (board, source, configuration, networks, parts)
        let desk = desk
        return WorkerThread.start(named: "detection", stackSize: 8 << 20) {
            let detection = Self.paced(configuration, networks, desk) { source.ring.isIdle }
            let followers = FollowerGroup(parts.compactMap { ($0 as? any FollowingPart)?.makeFollower() })
            let loop = DetectionLoop(
                source: source,
                session: DetectionSession(
                    configuration: detection,
                    sink: followers,
                    networks: networks
                ),
                followers: followers,
                board: board
            )
            outcome.result = Result { try loop.run(seriesCount: configuration.seriesCount) }
        }
    }

    /// Tries how fast the computer is as long as no frame waits, says so, and chooses how often to look for early events.
    private static func paced(
        _ configuration: Configuration,
        _ networks: NetworkShelf,
        _ desk: Desk,
        while isIdle: () -> Bool
    ) -> DetectionSession.Configuration {
        var detection = configuration.detection
        let looksEarly = detection.settings.sideOutput(of: detection.model) != nil
        // Where the network cannot be built, the first series says why.
        let trial = try? SpeedTrial.run(detection, size: configuration.frameSize, networks: networks, while: isIdle)
        guard let trial else { return detection }
        let text = trial.text(looksEarly: looksEarly)
        desk.note(text)
        if trial.realTimeFactor < 1 {
            desk.publish([StatusMessage(Health(status: .notice, code: .computerTooSlow, message: text))])
        }
        if looksEarly, configuration.mayLookMoreOften, trial.hasTimeForMoreLooks {
            detection.settings.earlyInterval /= 2
            desk.note("there is time to look for early events every \(detection.settings.earlyInterval) frames")
        }
        return detection
    }
}

/// Where parts say things.
private final class Desk: LiveDesk {
    private let publisher: EventPublisher
    private let console: Console

    init(publisher: EventPublisher, console: Console) {
        self.publisher = publisher
        self.console = console
    }

    func publish(_ messages: [any WireMessage]) { publisher.publish(messages) }
    func note(_ text: String) { console.note(text) }
    func show(trigger message: any WireMessage) { console.show(trigger: message) }
}

/// How detection ended, once it has.
private final class DetectionOutcome: Sendable {
    private let value = Mutex<Result<Void, any Error>?>(nil)

    var isKnown: Bool { value.withLock { $0 != nil } }

    var result: Result<Void, any Error> {
        get { value.withLock { $0 } ?? .success(()) }
        set { value.withLock { $0 = newValue } }
    }
}
