import Detection
import Streams
import Triggers

/// Sends what detection finds to the publisher, the board and the terminal; used by the detection thread alone.
final class LiveSink: SeriesSink {
    private let publisher: EventPublisher
    private let board: LiveBoard
    private let terminal: Terminal
    private let triggers: TriggerSystem?
    private var frameIntervalMilliseconds = 0.0
    private let counters: () -> RunCounters
    /// Counters of the run when the series started.
    private var countersAtStart = RunCounters()

    /// - Parameters:
    ///   - publisher: Gets every message.
    ///   - board: Learns of series and health.
    ///   - terminal: Shows events and notes.
    ///   - triggers: Acts on events, before anything else is done with them.
    ///   - counters: Gives the state of all counters of the run, for those that detection does not know.
    init(
        publisher: EventPublisher,
        board: LiveBoard,
        terminal: Terminal,
        triggers: TriggerSystem?,
        counters: @escaping () -> RunCounters
    ) {
        self.publisher = publisher
        self.board = board
        self.terminal = terminal
        self.triggers = triggers
        self.counters = counters
    }

    func seriesStarted(_ message: SeriesStartMessage) {
        board.seriesStarted(message)
        frameIntervalMilliseconds = message.frameIntervalMilliseconds
        triggers?.seriesStarted(message)
        countersAtStart = counters()
        publisher.publish([message])
        terminal.note(
            "series \(message.seriesID) from \(message.stream): \(message.frameShape[0]) x \(message.frameShape[1]) pixels, "
                + "\(message.pixelSizeMicrometres) µm, \(message.frameIntervalMilliseconds) ms"
        )
    }

    func announced(_ messages: ProvisionalMessages) {
        triggers?.announced(messages)
        publisher.publish(messages.found as [any WireMessage] + messages.retracted)
        for message in messages.found where message.revision == 1 { terminal.print(message) }
        for message in messages.retracted { terminal.print(message) }
    }

    func decided(_ batch: DetectionBatch, _ messages: [EventMessage]) {
        triggers?.decided(messages)
        publisher.publish(messages)
        for message in messages { terminal.print(message) }
    }

    func framesMissing(_ message: GapMessage) {
        triggers?.framesMissing(message, frameIntervalMilliseconds: frameIntervalMilliseconds)
        publisher.publish([message])
        terminal.note(
            "\(message.frameCount) frames from \(message.firstFrame) on are missing (\(message.origin.rawValue)): "
                + (message.action == .breakSegment
                    ? "open events closed, detection starts with a fresh window" : "bridged")
        )
    }

    func healthChanged(_ message: StatusMessage) {
        board.healthChanged(message.status)
        publisher.publish([message])
        terminal.note(message.message)
    }

    func seriesEnded(_ message: SeriesEndMessage) {
        board.seriesEnded()
        var message = message
        let counters = counters()
        message.counters.framesRecorded = counters.framesRecorded - countersAtStart.framesRecorded
        message.counters.framesNotRecorded = counters.framesNotRecorded - countersAtStart.framesNotRecorded
        message.counters.triggers = counters.triggers.map { triggers in
            triggers.merging(countersAtStart.triggers ?? [:]) { end, start in end.since(start) }
        }
        publisher.publish([message])
        terminal.note(
            "series \(message.seriesID) ended (\(message.reason.rawValue)): \(message.counters.framesReceived) frames, "
                + "\(message.counters.lostFrames) lost, \(message.counters.eventsText)"
                + (message.cell.map { "; cell of \($0.text)" } ?? "")
        )
    }
}
