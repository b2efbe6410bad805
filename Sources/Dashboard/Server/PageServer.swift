import Dispatch
import FlyingFox
import FlyingSocks
package import Foundation
import Synchronization

/// The web server of the page, on threads of its own.
package final class PageServer: Sendable {
    /// The port in use.
    package let port: Int

    private let server: HTTPServer
    private let task: Task<Void, Never>

    /// Starts to serve.
    ///
    /// - Throws: ``DashboardError`` if the address cannot be listened on.
    package init(
        _ configuration: DashboardConfiguration,
        broadcast: Broadcast,
        command: @escaping @Sendable (Data) -> Void
    ) throws(DashboardError) {
        let files = try PageFiles(folder: configuration.pageFolder)
        let handler = PageHandler(
            files: files,
            access: AccessRule(token: configuration.token),
            socket: WebSocketHTTPHandler(handler: ViewerSocket(broadcast: broadcast, command: command))
        )
        let first = configuration.port ?? DashboardConfiguration.defaultPort
        let last = configuration.port ?? first + DashboardConfiguration.portCount - 1
        for port in first...last {
            let server = try Self.server(at: configuration.address, port: port, handler)
            let (task, outcome) = Self.start(server)
            switch outcome {
            case .success(let port):
                (self.server, self.task, self.port) = (server, task, port)
                return
            case .failure(.inUse): continue
            case .failure(.other(let reason)):
                throw .cannotListen(address: configuration.address, port: port, reason: reason)
            }
        }
        throw .portsInUse(address: configuration.address, ports: first...last)
    }

    /// Ends all connections; returns when that is done.
    package func stop() {
        let stopped = DispatchSemaphore(value: 0)
        Task { [server] in
            await server.stop(timeout: 1)
            stopped.signal()
        }
        stopped.wait()
        task.cancel()
    }

    private static func server(
        at address: String,
        port: Int,
        _ handler: PageHandler
    ) throws(DashboardError) -> HTTPServer {
        do {
            if address.contains(":") {
                return HTTPServer(
                    address: try sockaddr_in6.inet6(ip6: address, port: UInt16(port)),
                    logger: .disabled,
                    handler: handler
                )
            }
            return HTTPServer(
                address: try sockaddr_in.inet(ip4: address, port: UInt16(port)),
                logger: .disabled,
                handler: handler
            )
        } catch {
            throw .invalidAddress(address)
        }
    }

    private enum Failure: Error {
        case inUse
        case other(String)
    }

    /// Runs the server until it is stopped, and waits until it listens or has failed to.
    private static func start(_ server: HTTPServer) -> (task: Task<Void, Never>, outcome: Result<Int, Failure>) {
        let outcome = Mutex<Result<Int, Failure>?>(nil)
        let isSettled = DispatchSemaphore(value: 0)
        let report: @Sendable (Result<Int, Failure>) -> Void = { result in
            outcome.withLock { if $0 == nil { $0 = result } }
            isSettled.signal()
        }
        let task = Task {
            do {
                try await server.run()
            } catch {
                report(.failure(failure(error)))
            }
        }
        let listening = Task {
            do {
                try await server.waitUntilListening(timeout: 10)
                report(.success(port(of: await server.listeningAddress)))
            } catch {
                report(.failure(.other("it did not start within 10 s")))
            }
        }
        isSettled.wait()
        listening.cancel()
        return (task, outcome.withLock { $0 } ?? .failure(.other("it did not start")))
    }

    private static func failure(_ error: any Error) -> Failure {
        guard case SocketError.failed(_, let code, let message) = error else { return .other("\(error)") }
        return code == EADDRINUSE ? .inUse : .other(message)
    }

    private static func port(of address: Socket.Address?) -> Int {
        switch address {
        case .ip4(_, let port), .ip6(_, let port): Int(port)
        case .unix, nil: 0
        }
    }
}

/// Answers requests: the page, what it loads, and its WebSocket.
private struct PageHandler: HTTPHandler {
    let files: PageFiles
    let access: AccessRule
    let socket: WebSocketHTTPHandler

    func handleRequest(_ request: HTTPRequest) async throws -> HTTPResponse {
        guard access.isFromHere(request) else {
            return Self.refusal("This page is served under another name. Open it as http://127.0.0.1 with its port.")
        }
        let isSocket = request.path == "/live"
        if isSocket || files.isPage(request.path), !access.hasToken(request) {
            return Self.refusal("The address needs the token that `sparkwatch live` prints: ?token=...")
        }
        if isSocket { return try await socket.handleRequest(request) }
        return files.response(to: request.path) ?? HTTPResponse(statusCode: .notFound)
    }

    private static func refusal(_ text: String) -> HTTPResponse {
        HTTPResponse(statusCode: .forbidden, headers: [.contentType: "text/plain"], body: Data((text + "\n").utf8))
    }
}
