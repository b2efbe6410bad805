/// What the page's clients may cost.
///
/// A client that goes beyond a limit loses its connection, and nothing else happens. Requests have no body, so that
/// there is no limit for one: a request that announces a body is refused.
package struct PageLimits: Sendable, Equatable {
    /// Connections in all, those of viewers among them; for a further one the oldest without a viewer has to go.
    package var connections = 128
    /// Connections from one address, or from one IPv6 network of 64 bits.
    package var connectionsPerAddress = 64
    /// Viewers at a time; further ones are told so.
    package var viewers = 32

    /// Bytes of a request's head.
    package var headBytes = 16 << 10
    /// Header fields of a request.
    package var headerFields = 64
    /// Time from connecting to the end of the request's head.
    package var headSeconds = 5.0
    /// Time from the end of the request's head until the answer has been taken.
    package var answerSeconds = 30.0
    /// What a refused client may still send, so that it can read why.
    package var discardedBytes = 256 << 10

    /// Bytes of one WebSocket frame from a viewer.
    package var frameBytes = 4096
    /// Bytes of a viewer's message, which may consist of several frames.
    package var messageBytes = 4096
    /// Frames of one message.
    package var framesPerMessage = 16
    /// Frames from one viewer per second; as many may come at once.
    package var framesPerSecond = 50.0

    /// A viewer is asked so often whether it is still there.
    package var pingSeconds = 10.0
    /// A viewer that answers nothing, or takes nothing, for so long is gone.
    package var silenceSeconds = 30.0
    /// What a closing connection is waited for.
    package var farewellSeconds = 1.0

    /// What may wait for one viewer.
    package var queue = ViewerQueue.Limits()
    /// What the operating system may hold for one viewer, in bytes; it takes twice as much for its own records.
    package var sendBufferBytes = 512 << 10

    package init() {}
}
