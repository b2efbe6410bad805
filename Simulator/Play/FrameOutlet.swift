import Foundation
import Imaging
import Wire
import ZeroMQ

/// One frame on its way out.
struct OutgoingFrame {
    let header: FrameHeader
    /// As they are sent, little endian.
    let pixels: [UInt8]
    /// The damage that it suffers.
    var corruption: Corruption?
}

/// What takes the frames of a playback: a socket, or files.
///
/// Use it on one thread only. Letting go of it without ``end(_:)`` is what a killed program does.
protocol FrameOutlet: AnyObject {
    /// Where the frames go, in words.
    var place: String { get }

    /// Waits until somebody takes the frames.
    ///
    /// - Returns: False if nobody did in time or `isCancelled` said so.
    func waitForReader(seconds: Double, isCancelled: () -> Bool) throws -> Bool

    /// Begins a series; frames come next.
    func start(_ series: PlaybackSeries, _ header: SeriesStartHeader) throws

    /// - Returns: False if there was no room for the frame.
    func send(_ frame: OutgoingFrame) throws -> Bool

    /// Ends the series.
    func end(_ header: SeriesEndHeader) throws

    /// Ends the series without a word, because another one replaces it.
    func replace() throws
}

/// The socket of a microscope, with the headers that it sends.
final class SocketOutlet: FrameOutlet {
    private let publisher: FramePublisher
    private let dialect: HeaderDialect

    init(_ publisher: FramePublisher, dialect: HeaderDialect) {
        self.publisher = publisher
        self.dialect = dialect
    }

    var place: String { publisher.endpoint }

    func waitForReader(seconds: Double, isCancelled: () -> Bool) throws -> Bool {
        try publisher.waitForSubscriber(seconds: seconds, isCancelled: isCancelled)
    }

    func start(_ series: PlaybackSeries, _ header: SeriesStartHeader) throws {
        guard dialect == .array else { return }
        _ = try publisher.send([header.json()])
    }

    func send(_ frame: OutgoingFrame) throws -> Bool {
        let parts = [encoded(frame.header), frame.pixels]
        guard let corruption = frame.corruption else { return try publisher.send(parts) }
        var lie = frame.header
        lie.size = FrameSize(height: lie.size.height * 2, width: lie.size.width)
        return try publisher.send(corruption.apply(to: parts, lyingHeader: encoded(lie)))
    }

    func end(_ header: SeriesEndHeader) throws {
        guard dialect == .array else { return }
        _ = try publisher.send([header.json()])
    }

    func replace() {}

    private func encoded(_ header: FrameHeader) -> [UInt8] {
        switch dialect {
        case .array: header.json()
        case .pyzmq:
            Array(
                "{\"dtype\":\"\(header.format.type.rawValue)\",\"shape\":[\(header.size.height),\(header.size.width)]}"
                    .utf8
            )
        }
    }
}
