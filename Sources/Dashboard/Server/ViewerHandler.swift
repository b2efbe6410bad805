import Foundation
import NIOCore
import NIOWebSocket

/// One viewer's WebSocket: what waits in its queue goes out as fast as the viewer takes it, commands come in.
///
/// The viewer's place is given back when the connection ends, however that comes about; who vanishes without a word is
/// found out by pings.
final class ViewerHandler: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    private let broadcast: Broadcast
    private let connection: ConnectionHandler
    private let limits: PageLimits
    private let notices: PageNotices
    /// Called with the text of every command, and where its viewer is answered.
    private let command: @Sendable (Data, ViewerQueue) -> Void

    private var seat: Broadcast.Seat?
    private var isClosing = false
    private var lastHeard = NIODeadline.now()
    /// Since when the viewer takes nothing; nil while it does.
    private var stalledSince: NIODeadline?
    private var pings: RepeatedTask?

    init(
        _ broadcast: Broadcast,
        _ connection: ConnectionHandler,
        _ limits: PageLimits,
        _ notices: PageNotices,
        command: @escaping @Sendable (Data, ViewerQueue) -> Void
    ) {
        self.broadcast = broadcast
        self.connection = connection
        self.limits = limits
        self.notices = notices
        self.command = command
    }

    func handlerAdded(context: ChannelHandlerContext) {
        // The connection may have ended while it became a WebSocket: nobody would give the place back.
        guard context.channel.isActive else { return }
        let (loop, bound) = (context.eventLoop, NIOLoopBound((self, context), eventLoop: context.eventLoop))
        seat = broadcast.join { loop.execute { bound.value.0.send(bound.value.1) } }
        guard seat != nil else {
            if broadcast.hasEnded { return close(context, .goingAway) }
            notices.turnedAway(.tooManyViewers)
            return close(context, .unknown(1013), "all \(limits.viewers) places are taken")
        }
        connection.becameViewer()
        let interval = TimeAmount.milliseconds(Int64(limits.pingSeconds * 1000))
        pings = loop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in
            bound.value.0.ping(bound.value.1)
        }
        send(context)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = Self.unwrapInboundIn(data)
        lastHeard = .now()
        guard !isClosing else {
            if frame.opcode == .connectionClose { context.close(promise: nil) }
            return
        }
        switch frame.opcode {
        case .text: if let queue = seat?.queue { command(Data(frame.unmaskedData.readableBytesView), queue) }
        case .ping: seat?.queue.offer(pong: Data(frame.unmaskedData.readableBytesView))
        case .pong: break
        case .connectionClose: close(context, .normalClosure, isAnswer: true)
        default: close(context, .unacceptableData, "commands are text")
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        stalledSince = context.channel.isWritable ? nil : .now()
        send(context)
        context.fireChannelWritabilityChanged()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        case NIOWebSocketError.invalidFrameLength,
            NIOWebSocketFrameAggregator.Error.accumulatedFrameSizeIsTooLarge,
            NIOWebSocketFrameAggregator.Error.tooManyFragments:
            close(context, .messageTooLarge)
        case FrameGuard.Failure.tooMany: close(context, .policyViolation, "too many frames")
        case is NIOWebSocketError, is NIOWebSocketFrameAggregator.Error, FrameGuard.Failure.invalid:
            close(context, .protocolError)
        default: context.close(promise: nil)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        leave()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { leave() }

    /// Gives the place back; nothing is sent any more.
    private func leave() {
        isClosing = true
        pings?.cancel()
        if let seat = seat.take() { broadcast.leave(seat) }
    }

    /// Sends what waits, as long as the viewer takes it.
    private func send(_ context: ChannelHandlerContext) {
        guard !isClosing, let queue = seat?.queue else { return }
        while context.channel.isWritable, let outgoing = queue.next() {
            guard let (opcode, content) = Self.frame(outgoing) else { return close(context, .goingAway) }
            let frame = WebSocketFrame(fin: true, opcode: opcode, data: ByteBuffer(bytes: content))
            context.write(Self.wrapOutboundOut(frame), promise: nil)
        }
        context.flush()
    }

    /// Nil for the end.
    private static func frame(_ outgoing: ViewerQueue.Outgoing) -> (WebSocketOpcode, Data)? {
        switch outgoing {
        case .text(let content): (.text, content)
        case .binary(let content): (.binary, content)
        case .pong(let content): (.pong, content)
        case .close: nil
        }
    }

    /// Asks whether the viewer is still there, and ends the connection if it has not answered for long.
    private func ping(_ context: ChannelHandlerContext) {
        let silence = TimeAmount.milliseconds(Int64(limits.silenceSeconds * 1000))
        let now = NIODeadline.now()
        guard now - lastHeard < silence, now - (stalledSince ?? now) < silence else {
            return context.close(promise: nil)
        }
        guard context.channel.isWritable, !isClosing else { return }
        let frame = WebSocketFrame(fin: true, opcode: .ping, data: ByteBuffer())
        context.writeAndFlush(Self.wrapOutboundOut(frame), promise: nil)
    }

    /// Says farewell, and ends the connection when the viewer has answered or the time is over.
    ///
    /// - Parameters:
    ///   - context: Where this handler is.
    ///   - code: Why, in the protocol's numbers.
    ///   - reason: Why, in words.
    ///   - isAnswer: The viewer was first to say it.
    private func close(
        _ context: ChannelHandlerContext,
        _ code: WebSocketErrorCode,
        _ reason: String = "",
        isAnswer: Bool = false
    ) {
        guard !isClosing else { return }
        leave()
        var content = ByteBuffer()
        content.write(webSocketErrorCode: code)
        content.writeString(reason)
        let frame = WebSocketFrame(fin: true, opcode: .connectionClose, data: content)
        let isSent = context.writeAndFlush(Self.wrapOutboundOut(frame)).assumeIsolated()
        if isAnswer { return isSent.whenComplete { _ in context.close(promise: nil) } }
        let farewell = TimeAmount.milliseconds(Int64(limits.farewellSeconds * 1000))
        context.eventLoop.assumeIsolated().scheduleTask(in: farewell) { context.close(promise: nil) }
    }
}
