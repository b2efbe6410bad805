import NIOCore

/// The first handler of every connection: enters it into the roll, and gives its place back when it ends.
final class ConnectionHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let roll: ConnectionRoll
    private let notices: PageNotices
    private var number: Int?

    init(_ roll: ConnectionRoll, _ notices: PageNotices) {
        self.roll = roll
        self.notices = notices
    }

    /// A viewer sits at this connection from now on.
    func becameViewer() { if let number { roll.becameViewer(number) } }

    func channelActive(context: ChannelHandlerContext) {
        number = roll.enter(context.channel)
        guard number != nil else {
            notices.turnedAway(.tooManyConnections)
            return context.close(promise: nil)
        }
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        leave()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { leave() }

    private func leave() {
        if let number = number.take() { roll.leave(number) }
    }
}
