import Dispatch
import Foundation
package import Session
package import Wire

/// Receives frames from microscopes on a thread of its own and hands them to the detector through a ring.
///
/// Silence is no end: senders may come late, restart and reconnect. Safe to use from any thread.
package final class FrameReceiver: Sendable {
    /// Which side of a connection waits for the other.
    package enum Endpoint: Sendable, Equatable {
        /// The microscope listens.
        case connect(String)
        /// We listen, on port 0 or `*` at any free port.
        case bind(String)
    }

    /// What to receive and how much of it to keep.
    package struct Configuration: Sendable {
        package var endpoints: [Endpoint]
        /// Who may send frames, or whose frames are taken.
        package var security = SocketSecurity.none
        /// Beginnings of the first parts that are received; the empty one stands for all.
        package var topics = [""]
        package var limits = FrameLimits()
        package var missedFrames = MissedFramePolicy.hold
        /// Most missing frames in a row that are filled.
        package var longestFill = 2
        /// Most frames that wait for the detector, and most that wait inside the ZeroMQ library.
        package var ringCapacity = 512
        /// Most pixels that wait for the detector; at least those of the largest frame.
        package var ringPixelCapacity = 64 * 1024 * 1024
        /// Silence after which an open series counts as stalled.
        package var silenceTimeout = Duration.seconds(2)

        package init(endpoints: [Endpoint]) {
            self.endpoints = endpoints
        }
    }

    /// What the detector takes frames from; closed when the receiver stops.
    package let ring: FrameRing
    /// The endpoints in use, with the ports that the system chose.
    package let endpoints: [String]

    private let status: FrameReceiverStatus
    private let finished: DispatchGroup

    /// How long one wait for a message takes at most: the reaction time to a request to stop, in ms.
    static let pollMilliseconds = 50

    /// Starts to receive.
    /// - Parameters:
    ///   - configuration: what to receive.
    ///   - context: the ZeroMQ library.
    ///   - recordings: get every accepted frame too, as it came: no substitutes for lost ones; closed with ``ring``.
    ///   - log: receives single lines on the receiver's thread; repeated ones are thinned out to powers of ten.
    /// - Throws: a ``StreamError`` if an endpoint cannot be used.
    /// - Precondition: there is at least one endpoint, and the ring has room for the largest frame.
    package init(
        _ configuration: Configuration,
        context: ZeroMQContext,
        recordings: [FrameRing] = [],
        log: @escaping @Sendable (String) -> Void = { _ in }
    ) throws(StreamError) {
        precondition(!configuration.endpoints.isEmpty, "there is an endpoint to receive from")
        let ring = FrameRing(capacity: configuration.ringCapacity, pixelCapacity: configuration.ringPixelCapacity)
        let status = FrameReceiverStatus()
        let finished = DispatchGroup()
        let isSetUp = DispatchSemaphore(value: 0)

        finished.enter()
        let thread = Thread {
            defer {
                isSetUp.signal()
                finished.leave()
            }
            do throws(StreamError) {
                var reception = try FrameReception(
                    configuration,
                    context: context,
                    ring: ring,
                    recordings: recordings,
                    log: log
                )
                status.setUp = .success(reception.endpoints)
                isSetUp.signal()
                reception.run(status: status, log: log)
            } catch {
                status.setUp = .failure(error)
            }
            ring.close()
            for recording in recordings { recording.close() }
        }
        thread.name = "frame receiver"
        thread.stackSize = 4 << 20
        thread.start()

        isSetUp.wait()
        guard let setUp = status.setUp else { preconditionFailure("the thread reports before it signals") }
        self.ring = ring
        self.status = status
        self.finished = finished
        endpoints = try setUp.get()
    }

    deinit {
        status.requestStop()
    }

    /// Everything counted so far.
    package var received: FrameReceiverSnapshot {
        var snapshot = status.snapshot
        snapshot.overflowFrames = ring.droppedFrameCount
        let backlog = ring.backlog
        snapshot.waitingFrames = backlog.frameCount
        snapshot.ringFill = backlog.fill
        return snapshot
    }

    /// Stops receiving, ends the open series and closes the ring; returns when the socket is closed.
    package func stop() {
        status.requestStop()
        finished.wait()
    }
}

/// The receiver's thread: its socket and what becomes of the messages.
private struct FrameReception: ~Copyable {
    let endpoints: [String]
    private let socket: ZeroMQSocket
    private var connections: ConnectionKeeper
    private let silenceTimeout: Duration
    private var message: ZeroMQMessage
    private var intake: FrameIntake

    init(
        _ configuration: FrameReceiver.Configuration,
        context: ZeroMQContext,
        ring: FrameRing,
        recordings: [FrameRing],
        log: @escaping @Sendable (String) -> Void
    ) throws(StreamError) {
        let limits = configuration.limits
        var options = ZeroMQSocketOptions()
        options.receiveHighWaterMark = configuration.ringCapacity
        options.receiveTimeoutMilliseconds = FrameReceiver.pollMilliseconds
        // Well above the largest frame taken: libzmq cuts off the sender of a larger part, while the refusal of a
        // moderately oversized frame is counted, logged and costs nothing else.
        options.maximumPartBytes = 4 * MemoryLayout<Float>.size * limits.pixelCount + limits.headerBytes
        let addresses = configuration.endpoints.compactMap { endpoint in
            if case .connect(let address) = endpoint { address } else { nil }
        }
        options.name = "frames"
        options.security = configuration.security
        if addresses.count < configuration.endpoints.count {
            options.connectionLimits = .senders(largestMessageBytes: options.maximumPartBytes ?? 0)
        }
        let socket = try ZeroMQSocket(.subscribe, in: context, options: options)
        let connections = try ConnectionKeeper(watching: socket, connectedTo: addresses, in: context)
        for topic in configuration.topics { try socket.subscribe(toPrefix: topic) }
        var endpoints: [String] = []
        for endpoint in configuration.endpoints {
            switch endpoint {
            case .connect(let address): try socket.connect(to: address)
            case .bind(let address): try socket.bind(to: address)
            }
            endpoints.append(try socket.lastEndpoint)
        }
        self.socket = socket
        self.connections = connections
        self.endpoints = endpoints
        silenceTimeout = configuration.silenceTimeout
        message = ZeroMQMessage(maximumPartCount: limits.partCount)
        intake = FrameIntake(
            ring: ring,
            recordings: recordings,
            limits: limits,
            sequencer: FrameSequencer(policy: configuration.missedFrames, longestFill: configuration.longestFill),
            log: log
        )
    }

    /// Receives until asked to stop or until the socket fails.
    mutating func run(status: FrameReceiverStatus, log: @Sendable (String) -> Void) {
        var lastSign = ContinuousClock.now
        var failure: StreamError?
        while !status.isStopRequested {
            do throws(StreamError) {
                if try socket.receive(into: &message) {
                    let now = Int64(Date().timeIntervalSince1970 * 1e9)
                    if intake.receive(message, at: now) {
                        lastSign = .now
                        status.update { $0.lastReceiveNanoseconds = now }
                    }
                }
                try connections.update(socket, log: log)
            } catch {
                if error != .contextTerminated { failure = error }
                break
            }
            publish(isSilent: ContinuousClock.now - lastSign > silenceTimeout, to: status, log: log)
        }
        intake.stop()
        if let failure { log("receiving stopped: \(failure)") }
        publish(isSilent: false, to: status, log: log)
        status.update {
            $0.state = .stopped
            $0.failure = failure
        }
    }

    private func publish(isSilent: Bool, to status: FrameReceiverStatus, log: @Sendable (String) -> Void) {
        let state: FrameReceiverState = !intake.hasOpenSeries ? .idle : isSilent ? .stalled : .receiving
        var before = state
        status.update { snapshot in
            before = snapshot.state
            snapshot.state = state
            snapshot.openConnections = connections.openCount
            snapshot.lostConnections = connections.lostCount
            snapshot.rounds += 1
            snapshot.receivedMessages = intake.receivedMessages
            snapshot.refusedMessages = intake.refusedMessages
            snapshot.sequence = intake.sequence
        }
        if state == .stalled, before != .stalled { log("no frames for \(silenceTimeout): waiting for the sender") }
        if state == .receiving, before == .stalled { log("frames are coming again") }
    }
}
