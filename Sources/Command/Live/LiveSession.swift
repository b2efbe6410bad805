import Dashboard
import Detection
import Foundation
import Streams
import Synchronization
import Triggers
import UNet

/// A live run: receiver, detection and publisher on a thread each, tied together by bounded queues.
///
///     microscope -> receiver -> ring -> detection -> queue -> publisher -> journal, subscribers
final class LiveSession {
    private let options: LiveOptions
    private let files: RunFiles
    private let terminal: Terminal
    private let board: LiveBoard
    private let receiver: FrameReceiver
    private let publisher: EventPublisher
    private let configuration: DetectionSession.Configuration
    private let companions: [any LiveCompanion]
    private let triggers: TriggerSystem?
    private let control: TriggerControl?
    /// For the detection thread, built before frames can come.
    private let network: Handover<SlidingUNet>

    /// Builds the network, opens journal and sockets, and starts to receive.
    ///
    /// - Throws: `UNetError` if the network cannot be built, `StreamError`, `JournalError` or a file error if an endpoint or
    ///   the output cannot be used, `TriggerError` if the rules cannot.
    init(
        options: LiveOptions,
        bitDepth: Int?,
        configuration: DetectionSession.Configuration,
        companions: [any LiveCompanion],
        context: ZeroMQContext
    ) throws {
        self.options = options
        self.configuration = configuration
        self.companions = companions
        let rules = try options.triggers.map { path throws(TriggerError) in try TriggerRules(URL(filePath: path)) }
        if let rules { try configuration.settings.provisional.checkAnnounces(for: rules) }
        files = try RunFiles(folder: options.output)
        network = Handover(try configuration.network(readyFor: options.frameSize))
        terminal = Terminal(showsStatus: options.status)
        let board = LiveBoard(device: configuration.device, companions: companions)
        self.board = board
        let terminal = terminal
        let receiver = try FrameReceiver(
            options.receiver(bitDepth: bitDepth),
            context: context,
            recording: companions.lazy.compactMap(\.recordingQueue).first
        ) { terminal.note($0) }
        self.receiver = receiver
        var publishing = EventPublisher.Configuration(endpoint: options.events, journalPath: files.journal.path)
        publishing.lingerMilliseconds = 2000
        let publisher = try EventPublisher(configuration: publishing, context: context) {
            board.heartbeat(receiver.snapshot)
        } observe: { lines in
            for companion in companions { companion.published(lines) }
        }
        self.publisher = publisher
        let triggers = rules.map { rules in
            TriggerSystem(rules, isDryRun: options.dryRunTriggers, context: context) { messages in
                publisher.publish(messages)
                for message in messages { terminal.print(trigger: message) }
            }
        }
        self.triggers = triggers
        control =
            if let triggers, let endpoint = options.triggerControl {
                try TriggerControl(endpoint: endpoint, system: triggers, context: context)
            } else {
                nil
            }
        board.watch(triggers)
    }

    /// Runs until the wanted number of series is done, `shouldStop` says so or something fails, and ends cleanly.
    ///
    /// - Returns: What the run came to, with what failed; the events found before are published and journalled.
    func run(until shouldStop: @Sendable () -> Bool) -> LiveSummary {
        terminal.note("frames from \(receiver.endpoints.joined(separator: ", ")), events on \(publisher.endpoint)")
        terminal.note("model \(configuration.model.sha256?.prefix(12) ?? "-") on \(configuration.device.processor)")
        for line in companions.flatMap(\.introduction) { terminal.note(line) }
        let outcome = Mutex<Result<Void, any Error>?>(nil)
        let thread = detectionThread { result in outcome.withLock { $0 = result } }
        thread.start()
        while outcome.withLock({ $0 == nil }) {
            if shouldStop() { receiver.stop() }
            announceNews()
            showStatus()
            Thread.sleep(forTimeInterval: 0.1)
        }
        board.ending()
        receiver.stop()
        for companion in companions { companion.finish() }
        announceNews()
        control?.finish()
        triggers?.finish()
        publisher.finish()
        for companion in companions { companion.finishPublished() }
        terminal.finish()
        let table = Result { try files.writeTable() }
        let received: Result<Void, any Error> = receiver.snapshot.failure.map { .failure($0) } ?? .success(())
        return LiveSummary(
            counters: board.counters(receiver.snapshot),
            publisher: publisher.statistics,
            files: files,
            companions: companions,
            outcomes: [outcome.withLock { $0 ?? .success(()) }, received, table]
        )
    }

    private func showStatus() {
        let snapshot = receiver.snapshot
        let lag = board.lagMilliseconds(snapshot)
        terminal.show(status: StatusLine(board.counters(snapshot), snapshot.state, lagMilliseconds: lag).text)
    }

    /// Publishes marks, and what has become worse or better beside detection; arms and disarms what viewers want.
    private func announceNews() {
        for message in companions.flatMap({ $0.news() }) {
            publisher.publish([message])
            terminal.note(message.message)
        }
        for mark in companions.flatMap({ $0.marks() }) {
            publisher.publish([mark])
            terminal.note("mark \"\(mark.label)\" at frame \(mark.frame.map(String.init) ?? "-")")
        }
        for arming in companions.flatMap({ $0.armings() }) { triggers?.arm(arming.isArmed, rule: arming.rule) }
    }

    /// The thread that owns the detector.
    private func detectionThread(_ finish: @escaping @Sendable (Result<Void, any Error>) -> Void) -> Thread {
        let board = board
        let receiver = receiver
        let publisher = publisher
        let terminal = terminal
        let configuration = configuration
        let triggers = triggers
        let seriesCount = options.seriesCount
        let network = network
        let companions = companions
        let thread = Thread {
            let sink = LiveSink(publisher: publisher, board: board, terminal: terminal, triggers: triggers) {
                board.counters(receiver.snapshot)
            }
            let followers = companions.compactMap { $0.makeFollower() }
            let session = DetectionSession(
                configuration: configuration,
                sink: SinkGroup([sink] + followers),
                network: network.take()
            )
            do {
                while !receiver.ring.isFinished, seriesCount == 0 || session.progress.seriesCount < seriesCount {
                    let patience: Duration = session.isDeciding ? .zero : .milliseconds(100)
                    let taken: Void? = try receiver.ring.take(waitingUpTo: patience) { item, pixels throws(UNetError) in
                        let backlog = receiver.ring.backlog
                        try pixels.withUnsafeBufferPointer { pixels throws(UNetError) in
                            for follower in followers { follower.received(item, pixels: pixels) }
                            try session.take(item, pixels: pixels, backlog: backlog)
                        }
                    }
                    if taken == nil, session.isDeciding { try session.decideMore() }
                    board.update(session.progress)
                }
                try session.endSeries(.stopped)
                board.update(session.progress)
                finish(.success(()))
            } catch {
                try? session.endSeries(.failed)
                board.update(session.progress)
                finish(.failure(error))
            }
        }
        thread.name = "detection"
        thread.stackSize = 8 << 20
        return thread
    }
}
