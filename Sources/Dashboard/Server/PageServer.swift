package import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket
import Synchronization

/// The web server of the page, on a thread of its own.
package final class PageServer: Sendable {
    /// The port in use.
    package let port: Int

    private let group: MultiThreadedEventLoopGroup
    private let channel: any Channel
    private let roll: ConnectionRoll
    private let limits: PageLimits
    private let isStopping = Atomic(false)

    /// Starts to serve.
    ///
    /// - Parameters:
    ///   - configuration: Where, and to whom.
    ///   - broadcast: What viewers get.
    ///   - notices: Where the user is told what is wrong.
    ///   - command: Called on the server's thread with the text of every command, and where its viewer is answered.
    /// - Throws: ``DashboardError`` if the address cannot be listened on.
    package init(
        _ configuration: DashboardConfiguration,
        broadcast: Broadcast,
        notices: PageNotices = PageNotices(),
        command: @escaping @Sendable (Data, ViewerQueue) -> Void
    ) throws(DashboardError) {
        let access = AccessRule(
            token: configuration.token,
            publicOrigin: configuration.publicOrigin,
            hostName: ProcessInfo.processInfo.hostName
        )
        limits = configuration.limits
        roll = ConnectionRoll(limits: limits)
        let connections = PageConnections(
            requests: PageRequests(
                files: try PageFiles(folder: configuration.pageFolder, first: configuration.firstFile),
                access: access,
                limits: limits
            ),
            broadcast: broadcast,
            roll: roll,
            notices: notices,
            command: command
        )
        let first = configuration.port ?? DashboardConfiguration.defaultPort
        let last = configuration.port ?? first + DashboardConfiguration.portCount - 1
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        do throws(DashboardError) {
            channel = try connections.listen(at: configuration.address, ports: first...last, on: group)
        } catch {
            group.shutdownGracefully { _ in }
            throw error
        }
        self.group = group
        port = channel.localAddress?.port ?? 0
        channel.closeFuture.whenComplete { [weak self] _ in
            if let self, !isStopping.load(ordering: .relaxed) { notices.ended() }
        }
    }

    /// Ends all connections; returns when that is done.
    ///
    /// Viewers that were told the end have a moment to take it.
    package func stop() {
        isStopping.store(true, ordering: .relaxed)
        try? channel.close().wait()
        roll.empty(waitingSeconds: limits.farewellSeconds)
        try? group.syncShutdownGracefully()
    }
}

/// What every connection to the page is made of.
private struct PageConnections: Sendable {
    let requests: PageRequests
    let broadcast: Broadcast
    let roll: ConnectionRoll
    let notices: PageNotices
    let command: @Sendable (Data, ViewerQueue) -> Void

    /// What the server's thread leaves to detection where both want the same core; see nice(2).
    private static let niceness: CInt = 5
    private static let backlog: CInt = 128
    private static let readBytes = 4096
    private static let writeWaterMark = ChannelOptions.Types.WriteBufferWaterMark(low: 32 << 10, high: 128 << 10)

    /// Listens on the first port that is free.
    func listen(
        at address: String,
        ports: ClosedRange<Int>,
        on group: MultiThreadedEventLoopGroup
    ) throws(DashboardError) -> any Channel {
        #if os(Linux)
            group.next().execute { setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, Self.niceness) }
        #endif
        for port in ports {
            guard let socketAddress = try? SocketAddress(ipAddress: address, port: port) else {
                throw .invalidAddress(address)
            }
            do {
                return try bootstrap(on: group).bind(to: socketAddress).wait()
            } catch let error as IOError where error.errnoCode == EADDRINUSE {
                continue
            } catch let error as IOError {
                let reason = String(cString: strerror(error.errnoCode))
                throw .cannotListen(address: address, port: port, reason: reason)
            } catch {
                throw .cannotListen(address: address, port: port, reason: "\(error)")
            }
        }
        throw .portsInUse(address: address, ports: ports)
    }

    private func bootstrap(on group: MultiThreadedEventLoopGroup) -> ServerBootstrap {
        ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: Self.backlog)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers([AcceptMonitor(notices), AcceptBackoffHandler()])
                }
            }
            .childChannelOption(.socketOption(.so_sndbuf), value: SocketOptionValue(requests.limits.sendBufferBytes))
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: Self.readBytes))
            .childChannelOption(.writeBufferWaterMark, value: Self.writeWaterMark)
            .childChannelInitializer { channel in channel.eventLoop.makeCompletedFuture { try set(up: channel) } }
    }

    /// A connection begins with HTTP.
    private func set(up channel: any Channel) throws {
        let connection = ConnectionHandler(roll, notices)
        let headGuard = HeadGuard(limits: requests.limits)
        let encoder = HTTPResponseEncoder()
        let decoder = ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes))
        let handler = RequestHandler(requests, headGuard, notices)
        let bound = NIOLoopBound(connection, eventLoop: channel.eventLoop)
        let upgrader = NIOWebSocketServerUpgrader(
            maxFrameSize: requests.limits.frameBytes,
            automaticErrorHandling: false,
            shouldUpgrade: { channel, _ in channel.eventLoop.makeSucceededFuture(HTTPHeaders()) },
            upgradePipelineHandler: { channel, _ in
                channel.eventLoop.makeCompletedFuture { try setUpViewer(at: channel, bound.value) }
            }
        )
        let upgrade = HTTPServerUpgradeHandler(
            upgraders: [upgrader],
            httpEncoder: encoder,
            extraHTTPHandlers: [handler, decoder, headGuard],
            upgradeCompletionHandler: { _ in }
        )
        try channel.pipeline.syncOperations.addHandlers([connection, headGuard, encoder, decoder, handler, upgrade])
    }

    /// A connection has become a WebSocket.
    private func setUpViewer(at channel: any Channel, _ connection: ConnectionHandler) throws {
        let limits = requests.limits
        try channel.pipeline.syncOperations.addHandlers([
            FrameGuard(framesPerSecond: limits.framesPerSecond),
            NIOWebSocketFrameAggregator(
                minNonFinalFragmentSize: 0,
                maxAccumulatedFrameCount: limits.framesPerMessage,
                maxAccumulatedFrameSize: limits.messageBytes
            ),
            ViewerHandler(broadcast, connection, limits, notices, command: command),
        ])
    }
}
