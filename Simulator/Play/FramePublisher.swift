import Foundation
import ZeroMQ

/// The socket through which a microscope publishes; it can see whether anybody listens.
///
/// Use it on one thread only.
final class FramePublisher {
    /// Whether the publisher waits for connections or makes one.
    enum Attachment: Equatable {
        case bind(String)
        case connect(String)
    }

    /// The endpoint, with the port that the system chose.
    let endpoint: String
    private let socket: ZeroMQSocket

    /// Opens the socket.
    ///
    /// - Throws: ``StreamError``; an address that is still in use is tried again for two seconds, because closing a
    ///   socket takes a moment.
    init(
        attachment: Attachment,
        queueLength: Int,
        security: SocketSecurity = .none,
        context: ZeroMQContext
    ) throws {
        var options = ZeroMQSocketOptions()
        options.name = "frames"
        options.security = security
        if case .bind = attachment { options.connectionLimits = .subscribers }
        options.sendHighWaterMark = queueLength
        options.receiveTimeoutMilliseconds = 100
        options.lingerMilliseconds = 3000
        let socket = try ZeroMQSocket(.extendedPublish, in: context, options: options)
        switch attachment {
        case .bind(let wanted):
            for attempt in 0... {
                do {
                    try socket.bind(to: wanted)
                    break
                } catch StreamError.addressInUse(let endpoint) {
                    guard attempt < 20 else { throw StreamError.addressInUse(endpoint: endpoint) }
                    Thread.sleep(forTimeInterval: 0.1)
                }
            }
            endpoint = try socket.lastEndpoint
        case .connect(let wanted):
            try socket.connect(to: wanted)
            endpoint = wanted
        }
        self.socket = socket
    }

    /// Waits until a subscription has arrived: from then on no frame is lost on the way to that subscriber.
    ///
    /// - Returns: False if none arrived in time or `isCancelled` said so.
    func waitForSubscriber(seconds: Double, isCancelled: () -> Bool) throws -> Bool {
        let deadline = ContinuousClock.now + .seconds(seconds)
        var message = ZeroMQMessage()
        while !isCancelled(), ContinuousClock.now < deadline {
            guard try socket.receive(into: &message), message.partCount > 0 else { continue }
            // A subscription is a 1 and the prefix, its end a 0 and the prefix.
            if message.copy(ofPart: 0).first == 1 { return true }
        }
        return false
    }

    /// Sends a message.
    /// - Returns: False if the queue to every subscriber was full.
    func send(_ parts: [[UInt8]]) throws -> Bool {
        try socket.send(parts: parts)
    }
}
