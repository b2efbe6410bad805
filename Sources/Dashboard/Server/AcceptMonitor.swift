import Foundation
import NIOCore

/// Watches the listening socket: tells when nobody can connect any more, and when that is over.
final class AcceptMonitor: ChannelInboundHandler {
    typealias InboundIn = any Channel

    private let notices: PageNotices

    /// What the listening socket outlives.
    private static let passingErrors = [EMFILE, ENFILE, ENOBUFS, ENOMEM]

    init(_ notices: PageNotices) { self.notices = notices }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        notices.succeeded()
        context.fireChannelRead(data)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if let error = error as? IOError, Self.passingErrors.contains(error.errnoCode) {
            notices.failed(Self.reason(of: error))
        }
        context.fireErrorCaught(error)
    }

    private static func reason(of error: IOError) -> String {
        switch error.errnoCode {
        case EMFILE: "this program has as many files and connections open as it may (`ulimit -n`)"
        case ENFILE: "this computer has as many files open as it may"
        default: String(cString: strerror(error.errnoCode))
        }
    }
}
