import Foundation
import Session
import Synchronization

/// Says whose key opens the listening sockets of a context: the handler of libzmq's authentication protocol (ZeroMQ RFC
/// 27), on a thread of its own.
///
/// Make it before the sockets and keep it as long as they live: without it libzmq lets in everybody who knows the
/// server's public key. Keys that are added to the folder, or taken away, count from the next connection on.
package final class Authenticator: Sendable {
    private let thread: WorkerThread
    private let stopRequest: StopRequest

    private final class StopRequest: Sendable {
        let isMade = Atomic<Bool>(false)
    }

    private static let endpoint = "inproc://zeromq.zap.01"
    private static let pollMilliseconds = 100
    /// For how long a look into the folder is believed: a crowd of strangers does not keep the disk busy.
    private static let memory = Duration.milliseconds(500)

    /// - Throws: ``StreamError`` if the context has an authenticator already.
    package init(_ folder: KeyFolder, context: ZeroMQContext) throws {
        let stopRequest = StopRequest()
        let started: Bool
        (thread, started) = try WorkerThread.start(named: "keys") { hasStarted in
            var options = ZeroMQSocketOptions()
            options.name = "keys"
            options.receiveTimeoutMilliseconds = Self.pollMilliseconds
            let socket = try ZeroMQSocket(.reply, in: context, options: options)
            try socket.bind(to: Self.endpoint)
            hasStarted(true)
            var request = ZeroMQMessage(maximumPartCount: 8)
            var known: (names: [CurveKey: String], readAt: ContinuousClock.Instant)?
            while !stopRequest.isMade.load(ordering: .relaxed) {
                guard try socket.receive(into: &request) else { continue }
                if known.map({ ContinuousClock.now - $0.readAt > Self.memory }) ?? true {
                    let names = folder.allowed.map { ($0.value, $0.key) }
                    known = (Dictionary(names, uniquingKeysWith: { first, _ in first }), .now)
                }
                try socket.send(parts: Self.reply(to: request, known?.names ?? [:]))
            }
        }
        precondition(started, "a thread that has started says so")
        self.stopRequest = stopRequest
    }

    deinit { stopRequest.isMade.store(true, ordering: .relaxed) }

    /// Ends the thread; every socket that asks for keys has to be closed before.
    package func stop() {
        stopRequest.isMade.store(true, ordering: .relaxed)
        thread.join()
    }

    /// Version, number of the request, status, text, user, metadata.
    private static func reply(to request: borrowing ZeroMQMessage, _ names: [CurveKey: String]) -> [[UInt8]] {
        var parts: [[UInt8]] = []
        for part in 0..<request.partCount { parts.append(request.copy(ofPart: part)) }
        let name = user(parts, names)
        let (status, words) = name == nil ? ("400", "a CURVE key that is allowed is needed") : ("200", "welcome")
        let number = parts.count > 1 ? parts[1] : []
        return [Array("1.0".utf8), number, Array(status.utf8), Array(words.utf8), Array((name ?? "").utf8), []]
    }

    /// The name of the client whose key is among version, number, domain, address, identity, mechanism and credentials.
    private static func user(_ parts: [[UInt8]], _ names: [CurveKey: String]) -> String? {
        guard parts.count == 7, parts[0] == Array("1.0".utf8), parts[5] == Array("CURVE".utf8),
            parts[6].count == CurveKey.byteCount
        else { return nil }
        return names[CurveKey(bytes: parts[6])]
    }
}
