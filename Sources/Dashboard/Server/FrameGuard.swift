import NIOCore
import NIOWebSocket

/// Lets only those WebSocket frames through that a browser sends: masked, without extensions, and not too many.
final class FrameGuard: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias InboundOut = WebSocketFrame

    /// Why a viewer has to go.
    enum Failure: Error {
        case invalid
        case tooMany
    }

    private let framesPerSecond: Double
    /// Frames that may come at this moment.
    private var allowance: Double
    private var lastFrame = NIODeadline.now()

    init(framesPerSecond: Double) {
        self.framesPerSecond = framesPerSecond
        allowance = framesPerSecond
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = Self.unwrapInboundIn(data)
        let now = NIODeadline.now()
        let seconds = Double((now - lastFrame).nanoseconds) / 1e9
        allowance = min(framesPerSecond, allowance + seconds * framesPerSecond) - 1
        lastFrame = now
        guard allowance >= 0 else { return context.fireErrorCaught(Failure.tooMany) }
        let isPlain = frame.maskKey != nil && !frame.rsv1 && !frame.rsv2 && !frame.rsv3
        guard isPlain else { return context.fireErrorCaught(Failure.invalid) }
        context.fireChannelRead(data)
    }
}
