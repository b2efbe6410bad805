import CZeroMQ
import Synchronization

/// The ZeroMQ library's I/O thread and the registry of its sockets; one per process is enough.
///
/// Safe to use from any thread. Sockets keep their context alive; when the last owner goes, the library is shut down.
package final class ZeroMQContext: Sendable {
    // Sound: libzmq documents that a context may be shared by threads without locks.
    nonisolated(unsafe) let handle: UnsafeMutableRawPointer

    /// Who was turned away from listening sockets.
    package let notices = ConnectionNotices()
    /// Nil until something listens.
    private let connectionGuard = Mutex<ConnectionGuard?>(nil)

    /// Starts the library.
    /// - Throws: ``StreamError/socketFailed(operation:code:reason:)`` if the process has no file descriptors left.
    package init() throws(StreamError) {
        guard let handle = zmq_ctx_new() else { throw StreamError.zeroMQ(doing: "create a context") }
        self.handle = handle
    }

    deinit {
        connectionGuard.withLock { $0 }?.stop()
        while zmq_ctx_term(handle) != 0, zmq_errno() == EINTR {}
    }

    /// Makes every waiting and every later call on the context's sockets throw ``StreamError/contextTerminated``.
    package func shutdown() {
        zmq_ctx_shutdown(handle)
    }

    /// Watches the connections of a socket that is going to listen.
    func watch(_ socket: UnsafeMutableRawPointer, _ connections: GuardedConnections) throws(StreamError) {
        let notices = notices
        let connectionGuard = connectionGuard.withLock { existing in
            let guardian = existing ?? ConnectionGuard(notices: notices)
            existing = guardian
            return guardian
        }
        try connectionGuard.watch(socket, in: handle, connections)
    }
}

extension StreamError {
    /// The error that libzmq reported last on this thread.
    static func zeroMQ(doing operation: String, endpoint: String? = nil) -> StreamError {
        let code = zmq_errno()
        switch (code, endpoint) {
        case (ETERM, _): return .contextTerminated
        case (EADDRINUSE, let endpoint?): return .addressInUse(endpoint: endpoint)
        case (EADDRNOTAVAIL, let endpoint?), (ENODEV, let endpoint?): return .addressNotAvailable(endpoint: endpoint)
        case (EINVAL, let endpoint?), (EPROTONOSUPPORT, let endpoint?): return .invalidEndpoint(endpoint: endpoint)
        default: return .socketFailed(operation: operation, code: code, reason: String(cString: zmq_strerror(code)))
        }
    }
}
