import Foundation
package import Imaging
import Session
package import Wire
package import ZeroMQ

/// A microscope of few pixels: publishes numbered frames whose pixels tell the number.
package struct FrameSender: ~Copyable {
    package static let size = FrameSize(height: 2, width: 3)

    package let endpoint: String
    private let socket: ZeroMQSocket

    /// Listens, at first on a free port.
    package init(in context: ZeroMQContext, endpoint wanted: String = "tcp://127.0.0.1:0") throws {
        var options = ZeroMQSocketOptions()
        options.receiveTimeoutMilliseconds = 10_000
        options.lingerMilliseconds = 2000
        let socket = try ZeroMQSocket(.extendedPublish, in: context, options: options)
        try socket.bind(to: wanted)
        endpoint = try socket.lastEndpoint
        self.socket = socket
    }

    /// Waits until a receiver has subscribed.
    package func waitForSubscriber() throws -> Bool {
        var message = ZeroMQMessage()
        return try socket.receive(into: &message)
    }

    /// Sends one frame, its pixels `index` and the five numbers after it.
    package func send(
        frame index: Int,
        number: Int? = nil,
        series: SeriesDetails = SeriesDetails(),
        size: FrameSize = size,
        bitDepth: Int? = nil,
        topic: String? = nil
    ) throws {
        var header = FrameHeader(size: size, format: PixelFormat(type: .uint16), series: series)
        header.frameIndex = index
        header.messageNumber = number
        header.bitDepth = bitDepth
        header.acquisitionNanoseconds = 1_000_000 * Int64(index)
        let pixels = (0..<size.pixelCount).flatMap { pixel in
            [UInt8(truncatingIfNeeded: index + pixel), UInt8(truncatingIfNeeded: (index + pixel) >> 8)]
        }
        try socket.send(parts: (topic.map { [Array($0.utf8)] } ?? []) + [header.json(), pixels])
    }

    package func send(_ parts: [[UInt8]]) throws {
        try socket.send(parts: parts)
    }
}

/// What a receiver hands to the detector, as strings that are easy to compare.
package enum FrameListener {
    /// Takes items until `isEnough` or for half a minute.
    package static func items(of receiver: FrameReceiver, until isEnough: ([String]) -> Bool) -> [String] {
        var items: [String] = []
        let deadline = ContinuousClock.now + .seconds(30)
        while !isEnough(items), ContinuousClock.now < deadline, !receiver.ring.isFinished {
            if let item = receiver.ring.withNext(waitingUpTo: .milliseconds(50), describe) { items.append(item) }
        }
        return items
    }

    /// Waits until a counter says so, or for half a minute.
    package static func wait(for receiver: FrameReceiver, until isTrue: (FrameReceiverSnapshot) -> Bool) -> Bool {
        let deadline = ContinuousClock.now + .seconds(30)
        while ContinuousClock.now < deadline {
            if isTrue(receiver.received) { return true }
            Thread.sleep(forTimeInterval: 0.001)
        }
        return false
    }

    package static func describe(_ item: FrameItem, _ pixels: Span<Float>) -> String {
        switch item {
        case .seriesStart(let description): return "start \(description.seriesID ?? "-")"
        case .seriesEnd(let end): return "end \(end.seriesID ?? "-") \(end.reason.rawValue)"
        case .gap(let gap): return "gap \(gap.missingFrameCount)"
        case .frame(let stamp): return "\(stamp.index):\(Int(pixels[0]))\(stamp.isFilled ? " filled" : "")"
        }
    }
}
