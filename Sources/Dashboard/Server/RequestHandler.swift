import NIOCore
import NIOHTTP1

/// Answers the one request of a connection, and lets it through if it asks for the WebSocket.
///
/// One request per connection: nothing that follows it, a body that somebody smuggles in or a second request, is ever
/// read as a request.
final class RequestHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let requests: PageRequests
    private let headGuard: HeadGuard
    private let notices: PageNotices
    private var isAnswered = false
    private var isUpgrading = false

    init(_ requests: PageRequests, _ headGuard: HeadGuard, _ notices: PageNotices) {
        self.requests = requests
        self.headGuard = headGuard
        self.notices = notices
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if isUpgrading { return context.fireChannelRead(data) }
        guard !isAnswered, case .head(let head) = Self.unwrapInboundIn(data) else { return }
        guard let local = context.channel.localAddress, let address = local.ipAddress, let port = local.port else {
            return context.close(promise: nil)
        }
        let isHead = head.method == .HEAD
        switch requests.answer(to: head, reachedAt: address, port: port) {
        case .socket:
            isUpgrading = true
            headGuard.startUpgrading()
            context.fireChannelRead(data)
        case .file(let file): answer(context, .ok, file.type, ByteBuffer(bytes: file.content), isHead: isHead)
        case .refusal(let status, let text): refuse(context, status, text, isHead: isHead)
        case .foreign(let text):
            notices.turnedAway(.foreignRequest)
            refuse(context, .forbidden, text, isHead: isHead)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard context.channel.isActive else { return }
        switch error {
        case _ where isUpgrading || error is IOError: context.close(promise: nil)
        // What follows a request is thrown away and may be anything.
        case _ where isAnswered: break
        case HeadGuard.Failure.silent: context.close(promise: nil)
        case HeadGuard.Failure.tooSlow: refuse(context, .requestTimeout, "The request took too long.")
        case HeadGuard.Failure.tooLong, HTTPParserError.headerOverflow:
            refuse(context, .requestHeaderFieldsTooLarge, "The request's head is too long.")
        default: refuse(context, .badRequest, "This is no request of HTTP/1.1.")
        }
    }

    private func refuse(
        _ context: ChannelHandlerContext,
        _ status: HTTPResponseStatus,
        _ text: String,
        isHead: Bool = false
    ) {
        answer(context, status, "text/plain; charset=utf-8", ByteBuffer(string: text + "\n"), isHead: isHead)
    }

    private func answer(
        _ context: ChannelHandlerContext,
        _ status: HTTPResponseStatus,
        _ type: String,
        _ body: ByteBuffer,
        isHead: Bool
    ) {
        isAnswered = true
        headGuard.startAnswering(context: context)
        var head = HTTPResponseHead(version: .http1_1, status: status, headers: Self.headers)
        head.headers.add(name: "Content-Type", value: type)
        head.headers.add(name: "Content-Length", value: "\(body.readableBytes)")
        if status == .methodNotAllowed { head.headers.add(name: "Allow", value: "GET, HEAD") }
        context.write(Self.wrapOutboundOut(.head(head)), promise: nil)
        if !isHead { context.write(Self.wrapOutboundOut(.body(.byteBuffer(body))), promise: nil) }
        context.writeAndFlush(Self.wrapOutboundOut(.end(nil))).assumeIsolated().whenSuccess { [headGuard] in
            headGuard.startFarewell(context: context)
        }
    }

    /// What goes with every answer: the page is loaded from here alone, shown in no other page, and kept by nobody.
    private static let headers: HTTPHeaders = [
        "Connection": "close",
        "Cache-Control": "no-cache",
        "Content-Security-Policy": "default-src 'self'; img-src 'self' blob: data:; frame-ancestors 'none'; "
            + "base-uri 'none'; form-action 'none'",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    ]
}
