import NIOCore

/// Bounds what a connection may send before, and after, the head of its one request, in bytes and in time.
final class HeadGuard: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    /// Why a request's head is not waited for any longer.
    enum Failure: Error {
        case tooLong
        case tooSlow
        /// Nothing was sent: browsers connect in advance.
        case silent
    }

    private enum State {
        case awaitingHead
        case answering
        case upgrading
    }

    private let limits: PageLimits
    private var state = State.awaitingHead
    private var byteCount = 0
    private var deadline: Scheduled<Void>?

    init(limits: PageLimits) { self.limits = limits }

    /// The request is going to be answered: what comes from now on is thrown away.
    func startAnswering(context: ChannelHandlerContext) {
        state = .answering
        byteCount = 0
        setDeadline(limits.answerSeconds, context) { $0.close(promise: nil) }
    }

    /// The request is going to be a WebSocket.
    func startUpgrading() {
        state = .upgrading
        deadline?.cancel()
    }

    /// The answer is out: the client may read it before the connection ends.
    func startFarewell(context: ChannelHandlerContext) {
        context.channel.close(mode: .output, promise: nil)
        setDeadline(limits.farewellSeconds, context) { $0.close(promise: nil) }
    }

    func handlerAdded(context: ChannelHandlerContext) {
        setDeadline(limits.headSeconds, context) { [weak self] context in
            guard let self else { return }
            context.pipeline.fireErrorCaught(byteCount == 0 ? Failure.silent : .tooSlow)
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = Self.unwrapInboundIn(data)
        byteCount += bytes.readableBytes
        switch state {
        case .upgrading: context.fireChannelRead(data)
        case .answering:
            if byteCount > limits.discardedBytes { context.close(promise: nil) }
        case .awaitingHead:
            let surplus = byteCount - limits.headBytes
            guard surplus > 0 else { return context.fireChannelRead(data) }
            // The head may be complete in what is still allowed.
            bytes.moveWriterIndex(to: bytes.writerIndex - min(surplus, bytes.readableBytes))
            if bytes.readableBytes > 0 { context.fireChannelRead(Self.wrapInboundOut(bytes)) }
            if case .awaitingHead = state { context.fireErrorCaught(Failure.tooLong) }
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) { deadline?.cancel() }

    func channelInactive(context: ChannelHandlerContext) {
        deadline?.cancel()
        context.fireChannelInactive()
    }

    private func setDeadline(
        _ seconds: Double,
        _ context: ChannelHandlerContext,
        _ body: @escaping (ChannelHandlerContext) -> Void
    ) {
        deadline?.cancel()
        deadline = context.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(Int64(seconds * 1000))) {
            body(context)
        }
    }
}
