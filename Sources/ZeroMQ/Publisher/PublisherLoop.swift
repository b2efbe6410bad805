import Dispatch
import Foundation
import Session
import Wire

/// The publisher's thread: numbers messages, journals them, sends them, and beats once a second.
///
/// Order for every batch: numbers, journal on disk, socket. A message that a subscriber has seen is in the journal,
/// unless the disk refused it: that is announced once on `status`, counted in every heartbeat, and sending goes on.
struct PublisherLoop: ~Copyable {
    private let configuration: EventPublisher.Configuration
    private let socket: ZeroMQSocket
    private let log: (any MessageLog)?
    private let queue: BoundedQueue<any WireMessage>
    private let makeHeartbeat: @Sendable () -> HeartbeatMessage
    private let observe: @Sendable ([MessageSequencer.Line]) -> Void

    private var sequencer = MessageSequencer()
    private var latencies = LatencyHistogram()
    private(set) var statistics = PublisherStatistics()
    private var isJournalFailing = false
    private var announcedLosses = 0

    init(
        configuration: EventPublisher.Configuration,
        socket: consuming ZeroMQSocket,
        log: (any MessageLog)?,
        queue: BoundedQueue<any WireMessage>,
        makeHeartbeat: @escaping @Sendable () -> HeartbeatMessage,
        observe: @escaping @Sendable ([MessageSequencer.Line]) -> Void
    ) {
        self.configuration = configuration
        self.socket = socket
        self.log = log
        self.queue = queue
        self.makeHeartbeat = makeHeartbeat
        self.observe = observe
    }

    /// Runs until the queue is closed and empty.
    ///
    /// - Parameter report: Called with the statistics after every round.
    mutating func run(report: (PublisherStatistics) -> Void) {
        announceRepairedJournal()
        var nextHeartbeat = DispatchTime.now()
        while true {
            let contents = queue.drain(waitingUntil: nextHeartbeat)
            statistics.messagesLost = queue.refusedCount
            publish(contents.elements)
            if contents.isClosed || DispatchTime.now() >= nextHeartbeat {
                announceLosses()
                publish([makeHeartbeat()])
                // From now, not from when it was due: after a pause there is one beat, not a burst.
                nextHeartbeat = .now() + .milliseconds(configuration.heartbeatIntervalMilliseconds)
            }
            report(statistics)
            if contents.isClosed { return }
        }
    }

    private mutating func publish(_ messages: [any WireMessage]) {
        guard !messages.isEmpty else { return }
        var publication = publicationNow()
        for case let event as EventMessage in messages where event.state == .final {
            guard let total = event.completed(for: publication).latency.total else { continue }
            latencies.record(milliseconds: total)
        }
        statistics.latency = latencies.percentiles
        publication.latency = statistics.latency
        var lines: [MessageSequencer.Line] = []
        lines.reserveCapacity(messages.count)
        for message in messages {
            do {
                lines.append(try sequencer.line(for: message, publication: publication))
            } catch {
                statistics.messagesInvalid += 1
                let notice = StatusMessage(
                    status: .notice,
                    code: .messageInvalid,
                    message: "a message on \(message.topic.rawValue) was not sent: \(error); please report this"
                )
                if let line = try? sequencer.line(for: notice, publication: publication) { lines.append(line) }
            }
        }
        let journalNotice = record(lines)
        send(lines)
        if let journalNotice { announce(journalNotice) }
        if let replacement = log?.drainReplacement() {
            statistics.journalsReplaced += 1
            announce(StatusMessage(status: .degraded, code: .journalReplaced, message: replacement))
        }
    }

    /// Brings the lines to the disk.
    ///
    /// - Returns: What to announce if the journal has begun or ceased to fail.
    private mutating func record(_ lines: [MessageSequencer.Line]) -> StatusMessage? {
        // Heartbeats would be nearly all of a journal: 90 MB a day.
        let recorded = lines.filter { $0.topic != .heartbeat }
        guard let log, !recorded.isEmpty else { return nil }
        do {
            try log.append(recorded.map(\.json))
            guard isJournalFailing else { return nil }
            isJournalFailing = false
            return StatusMessage(
                status: .notice,
                code: .journalRecovered,
                message: "the journal is written again; \(statistics.messagesNotJournaled) messages are missing in it"
            )
        } catch {
            statistics.messagesNotJournaled += recorded.count
            guard !isJournalFailing else { return nil }
            isJournalFailing = true
            return StatusMessage(status: .degraded, code: .journalFailed, message: "\(error)")
        }
    }

    private mutating func send(_ lines: [MessageSequencer.Line]) {
        for line in lines {
            do {
                try socket.send(line.topic.rawValue, hasMore: true)
                try socket.send(line.json.bytes)
                statistics.messagesSent += 1
            } catch {
                statistics.messagesNotSent += 1
            }
        }
        statistics.lastTopicNumbers = sequencer.lastTopicNumbers
        observe(lines)
    }

    /// Publishes a notice of this thread's own; it is journalled where possible, but cannot cause another notice.
    private mutating func announce(_ notice: StatusMessage) {
        guard let line = try? sequencer.line(for: notice, publication: publicationNow()) else { return }
        _ = record([line])
        send([line])
    }

    private mutating func announceRepairedJournal() {
        guard let log, log.wasRepaired else { return }
        announce(
            StatusMessage(
                status: .notice,
                code: .journalRepaired,
                message:
                    "\(log.name): the last line had no end, its writer had died; it was closed and kept"
            )
        )
    }

    private mutating func announceLosses() {
        let losses = statistics.messagesLost - announcedLosses
        guard losses > 0 else { return }
        announcedLosses = statistics.messagesLost
        announce(
            StatusMessage(
                status: .degraded,
                code: .messagesLost,
                message: "\(losses) messages were not published, the queue of \(configuration.queueCapacity) was full; "
                    + "use a faster disk for the journal"
            )
        )
    }

    private func publicationNow() -> Publication {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        var publication = Publication(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
        publication.messagesLost = statistics.messagesLost
        publication.messagesNotJournaled = statistics.messagesNotJournaled
        publication.journalsReplaced = statistics.journalsReplaced
        publication.latency = statistics.latency
        return publication
    }
}
