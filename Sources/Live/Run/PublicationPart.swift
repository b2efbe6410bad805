import Detection
import Imaging
import Session
import Wire
import ZeroMQ

/// Words what detection finds: for subscribers and the journal, for the console, and for the board.
struct PublicationPart: FollowingPart {
    let publisher: EventPublisher
    let board: LiveBoard
    let console: Console
    /// Gives the state of all counters of the run, for those that detection does not know.
    let counters: @Sendable () -> RunCounters

    func makeFollower() -> (any LiveFollower)? {
        Publication(publisher: publisher, board: board, console: console, counters: counters)
    }
}

/// Used by the detection thread alone.
private final class Publication: LiveFollower {
    private let publisher: EventPublisher
    private let board: LiveBoard
    private let console: Console
    private var formatter: EventFormatter?
    private let counters: () -> RunCounters
    /// Counters of the run when the series started.
    private var countersAtStart = RunCounters()

    init(publisher: EventPublisher, board: LiveBoard, console: Console, counters: @escaping () -> RunCounters) {
        self.publisher = publisher
        self.board = board
        self.console = console
        self.counters = counters
    }

    func seriesStarted(_ start: SeriesStart) {
        let context = start.context
        formatter = EventFormatter(context: context)
        board.seriesStarted(context)
        countersAtStart = counters()
        publisher.publish([SeriesStartMessage(start)])
        console.note(
            "series \(context.seriesID) from \(context.stream): \(start.size.height) x \(start.size.width) pixels, "
                + "\(context.calibration.text(of: .pixelSize)), \(context.calibration.text(of: .frameInterval))"
        )
    }

    func announced(_ update: ProvisionalUpdate) {
        guard let formatter else { return }
        let (found, retracted) = formatter.messages(of: update)
        publisher.publish(found as [any WireMessage] + retracted)
        for message in found where message.revision == 1 { console.show(message) }
        for message in retracted { console.show(message) }
    }

    func decided(_ batch: DetectionBatch, _ events: [FinalEvent]) {
        guard let formatter else { return }
        let messages = events.map { formatter.message(of: $0) }
        publisher.publish(messages)
        if !batch.movements.isEmpty {
            let first = batch.frames.lowerBound
            publisher.publish([MovementMessage(batch.movements, fromFrame: first, of: formatter.context)])
        }
        for message in messages { console.show(message) }
    }

    func framesMissing(_ gap: Gap) {
        guard let context = formatter?.context else { return }
        publisher.publish([GapMessage(gap, in: context)])
        console.note(
            "\(gap.frameCount) frames from \(gap.firstFrame) on are missing (\(gap.origin.rawValue)): "
                + (gap.action == .breakSegment ? "open events closed, detection starts with a fresh window" : "bridged")
        )
    }

    func healthChanged(_ health: Health) {
        // A remark on the input says nothing of how well detection is.
        if health.code != .inputRemark { board.healthChanged(health.status) }
        publisher.publish([StatusMessage(health)])
        console.note(health.message)
    }

    func examined(_ examination: Examination) {
        guard let context = formatter?.context else { return }
        publisher.publish([ExaminationMessage(examination, of: context)])
        console.note(examination.summary)
        for check in examination.findings {
            if let advice = check.advice { console.note("  \(check.name.rawValue): \(advice)") }
        }
    }

    func seriesEnded(_ outcome: SeriesOutcome) {
        board.seriesEnded()
        var message = SeriesEndMessage(outcome)
        let counters = counters()
        message.counters.framesRecorded = counters.framesRecorded - countersAtStart.framesRecorded
        message.counters.framesNotRecorded = counters.framesNotRecorded - countersAtStart.framesNotRecorded
        message.counters.triggers = counters.triggers.map { triggers in
            triggers.merging(countersAtStart.triggers ?? [:]) { end, start in end.since(start) }
        }
        publisher.publish([message])
        console.note(
            "series \(message.seriesID) ended (\(message.reason.rawValue)): \(message.counters.framesReceived) frames, "
                + "\(message.counters.lostFrames) lost, \(message.counters.eventsText)"
                + (message.cell.map { "; cell of \($0.text)" } ?? "")
        )
    }
}
