import Detection
import Streams

/// Sends what detection finds to the publisher, the board and the terminal; used by the detection thread alone.
final class LiveSink: SeriesSink {
    private let publisher: EventPublisher
    private let board: LiveBoard
    private let terminal: Terminal
    private let counters: () -> RunCounters
    /// Counters of the run when the series started.
    private var countersAtStart = RunCounters()

    /// - Parameters:
    ///   - publisher: Gets every message.
    ///   - board: Learns of series and health.
    ///   - terminal: Shows events and notes.
    ///   - counters: Gives the state of all counters of the run, for those that detection does not know.
    init(
        publisher: EventPublisher,
        board: LiveBoard,
        terminal: Terminal,
        counters: @escaping () -> RunCounters
    ) {
        self.publisher = publisher
        self.board = board
        self.terminal = terminal
        self.counters = counters
    }

    func seriesStarted(_ message: SeriesStartMessage) {
        board.seriesStarted(message)
        countersAtStart = counters()
        publisher.publish([message])
        terminal.note(
            "series \(message.seriesID) from \(message.stream): \(message.frameShape[0]) x \(message.frameShape[1]) pixels, "
                + "\(message.pixelSizeMicrometres) µm, \(message.frameIntervalMilliseconds) ms"
        )
    }

    func decided(_ batch: DetectionBatch, _ messages: [EventMessage]) {
        publisher.publish(messages)
        for message in messages { terminal.print(message) }
    }

    func framesMissing(_ message: GapMessage) {
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
        publisher.publish([message])
        terminal.note(
            "series \(message.seriesID) ended (\(message.reason.rawValue)): \(message.counters.framesReceived) frames, "
                + "\(message.counters.lostFrames) lost, \(message.counters.eventsText)"
        )
    }
}
