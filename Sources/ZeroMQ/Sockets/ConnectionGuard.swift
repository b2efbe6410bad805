import CZeroMQ
import Session
import Synchronization

/// Watches the connections of all listening sockets of a context on a thread of its own, and cuts off those that cost
/// more than ``ConnectionLimits`` allow.
///
/// libzmq reads whatever a peer sends: the parts of a message that never ends, subscriptions of any length. None of it
/// reaches the owner of the socket, who could refuse it. What can be seen is how many bytes the kernel has received on a
/// connection and how many of them were taken.
final class ConnectionGuard: Sendable {
    private let inbox: Inbox
    private let thread: WorkerThread

    private final class Inbox: Sendable {
        let watched = Mutex<[WatchedSocket.Origin]>([])
        let isStopped = Atomic<Bool>(false)
    }

    /// How often connections are looked at, in ms: what a peer may send in between comes on top of the limit.
    private static let checkMilliseconds = 10
    /// The same without connections: how long stopping may take.
    private static let idleMilliseconds = 100

    /// - Parameter notices: Takes what the user should know.
    init(notices: ConnectionNotices) {
        let inbox = Inbox()
        self.inbox = inbox
        thread = WorkerThread.start(named: "connections") {
            var sockets: [WatchedSocket] = []
            while !inbox.isStopped.load(ordering: .relaxed) {
                sockets += inbox.watched.withLock { watched in
                    defer { watched = [] }
                    return watched.map(WatchedSocket.init)
                }
                let isBusy = sockets.contains { $0.hasConnections }
                let wait = isBusy ? Self.checkMilliseconds : Self.idleMilliseconds
                var items = sockets.map {
                    zmq_pollitem_t(socket: $0.monitor, fd: 0, events: Int16(ZMQ_POLLIN), revents: 0)
                }
                if zmq_poll(&items, Int32(items.count), wait) < 0, zmq_errno() == ETERM { break }
                for index in sockets.indices { sockets[index].update(notices) }
            }
            sockets += inbox.watched.withLock { $0.map(WatchedSocket.init) }
            for socket in sockets { zmq_close(socket.monitor) }
        }
    }

    /// Begins to watch a socket that does not listen yet.
    ///
    /// - Parameters:
    ///   - socket: The libzmq socket, of the calling thread.
    ///   - context: The library.
    ///   - connections: What is allowed, and what is known.
    /// - Throws: ``StreamError`` if it cannot be watched.
    func watch(
        _ socket: UnsafeMutableRawPointer,
        in context: UnsafeMutableRawPointer,
        _ connections: GuardedConnections
    ) throws(StreamError) {
        let endpoint = "inproc://sparkwatch-guard-\(UInt(bitPattern: socket))"
        guard zmq_socket_monitor(socket, endpoint, WatchedSocket.events) == 0 else {
            throw StreamError.zeroMQ(doing: "watch the connections of a socket")
        }
        // Connected here, before anything can happen, and only then handed to the guard's thread.
        guard let monitor = zmq_socket(context, ZMQ_PAIR) else { throw StreamError.zeroMQ(doing: "open a socket") }
        guard zmq_connect(monitor, endpoint) == 0 else {
            let error = StreamError.zeroMQ(doing: "watch the connections of a socket")
            zmq_close(monitor)
            throw error
        }
        inbox.watched.withLock { $0.append(WatchedSocket.Origin(monitor: monitor, connections: connections)) }
    }

    /// Ends the thread; returns when its sockets are closed.
    func stop() {
        inbox.isStopped.store(true, ordering: .relaxed)
        thread.join()
    }
}

/// A listening socket as the guard sees it; stays on the guard's thread.
private struct WatchedSocket {
    /// What the guard's thread is handed.
    struct Origin: Sendable {
        // Sound: libzmq lets a socket move to another thread with a full fence, which a lock is.
        nonisolated(unsafe) let monitor: UnsafeMutableRawPointer
        let connections: GuardedConnections
    }

    static let events =
        ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED
        | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH

    let monitor: UnsafeMutableRawPointer
    private let connections: GuardedConnections
    private var accepted: [Int32: AcceptedConnection] = [:]
    /// Connections that are ready for use, about: libzmq does not say which.
    private var readyCount = 0
    private var message = MonitorMessage()
    private var lastCheck = ContinuousClock.now

    init(_ origin: Origin) {
        monitor = origin.monitor
        connections = origin.connections
    }

    var hasConnections: Bool { !accepted.isEmpty }

    mutating func update(_ notices: ConnectionNotices) {
        while let event = message.next(from: monitor) {
            switch event.kind {
            case ZMQ_EVENT_ACCEPTED: accept(event.value, notices)
            case ZMQ_EVENT_DISCONNECTED:
                accepted[event.value] = nil
                guard readyCount > 0 else { break }
                readyCount -= 1
                connections.note(.disconnected(address: event.address))
            case ZMQ_EVENT_HANDSHAKE_SUCCEEDED:
                readyCount += 1
                connections.note(.connected(address: event.address))
            case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH: refuse(.unknownKey, notices)
            case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL: refuse(Self.refusal(event.value), notices)
            // A peer without keys often goes away by itself when it sees that we have some.
            case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL:
                refuse(connections.asksForKeys ? .withoutKey : .noZeroMQ, notices)
            default: break
            }
        }
        check(notices)
    }

    private mutating func accept(_ descriptor: Int32, _ notices: ConnectionNotices) {
        let taken = connections.takenBytes(on: descriptor)
        guard let connection = AcceptedConnection(descriptor: descriptor, takenBytes: taken) else { return }
        guard accepted.count < connections.limits.connectionCount else {
            connection.cut()
            return refuse(.tooManyConnections, notices)
        }
        accepted[descriptor] = connection
    }

    /// Cuts off who has the most bytes waiting while too many wait.
    private mutating func check(_ notices: ConnectionNotices) {
        let now = ContinuousClock.now
        let seconds = (now - lastCheck) / .seconds(1)
        lastCheck = now
        let idleBytes = Int(seconds * Double(connections.limits.idleBytesPerSecond) + Double.random(in: 0..<1))
        var waiting: [(descriptor: Int32, byteCount: Int)] = []
        for descriptor in accepted.keys {
            let taken = connections.takenBytes(on: descriptor)
            if let count = accepted[descriptor]?.waitingBytes(takenBytes: taken, idleBytes: idleBytes) {
                waiting.append((descriptor, count))
            } else {
                accepted[descriptor] = nil
            }
        }
        var total = waiting.reduce(0) { $0 + $1.byteCount }
        for (descriptor, byteCount) in waiting.sorted(by: { $0.byteCount > $1.byteCount })
        where total > connections.limits.waitingBytes {
            accepted[descriptor]?.cut()
            accepted[descriptor] = nil
            total -= byteCount
            refuse(.tooMuch, notices)
        }
    }

    private func refuse(_ reason: ConnectionRefusal, _ notices: ConnectionNotices) {
        notices.add(reason, of: connections, count: connections.note(reason))
    }

    /// What the number of a broken protocol says.
    private static func refusal(_ code: Int32) -> ConnectionRefusal {
        switch code {
        case ZMQ_PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH: .withoutKey
        case ZMQ_PROTOCOL_ERROR_ZMTP_CRYPTOGRAPHIC, ZMQ_PROTOCOL_ERROR_ZMTP_KEY_EXCHANGE: .wrongServerKey
        default: .noZeroMQ
        }
    }
}

/// An event of libzmq's monitors: number and value in the first part, address in the second.
private struct MonitorMessage {
    struct Event {
        let kind: Int32
        let value: Int32
        let address: String
    }

    private var part = zmq_msg_t()

    init() { zmq_msg_init(&part) }

    /// The next event, without waiting for one.
    mutating func next(from socket: UnsafeMutableRawPointer) -> Event? {
        guard zmq_msg_recv(&part, socket, ZMQ_DONTWAIT) >= 6, let head = zmq_msg_data(&part) else { return nil }
        let kind = Int32(head.loadUnaligned(as: UInt16.self))
        let value = head.loadUnaligned(fromByteOffset: 2, as: Int32.self)
        guard zmq_msg_recv(&part, socket, 0) >= 0 else { return nil }
        let bytes = UnsafeRawBufferPointer(start: zmq_msg_data(&part), count: zmq_msg_size(&part))
        return Event(kind: kind, value: value, address: String(decoding: bytes, as: UTF8.self))
    }
}
