package import Foundation
import Synchronization

/// What waits to be sent to one viewer: bounded, so that a stalled one costs fixed memory and no time.
///
/// Messages go first, then overlays, then pictures. When there is no room the oldest of its kind goes; lost messages
/// are counted, and the viewer is told as soon as it listens again.
package final class ViewerQueue: Sendable {
    /// One WebSocket frame.
    package enum Outgoing: Equatable {
        case text(Data)
        case binary(Data)
        case pong(Data)
        case close
    }

    /// How much may wait.
    package struct Limits: Sendable, Equatable {
        package var messages = 2048
        package var messageBytes = 8 << 20
        package var overlays = 8
        package var images = 12
        package var imageBytes = 4 << 20

        package init() {}
    }

    private struct Contents {
        var messages: [Data] = []
        var messageBytes = 0
        var overlays: [Data] = []
        var images: [Data] = []
        var imageBytes = 0
        var pong: Data?
        var lostMessages = 0
        var isClosing = false
        var isClosed = false
        /// The reader found nothing and wants to be told.
        var isReaderWaiting = false
    }

    private let limits: Limits
    private let wake: @Sendable () -> Void
    private let contents = Mutex(Contents())

    /// - Parameters:
    ///   - limits: How much may wait.
    ///   - wake: Called on any thread when something has come for a reader that had found nothing; returns at once.
    package init(limits: Limits = Limits(), wake: @escaping @Sendable () -> Void = {}) {
        self.limits = limits
        self.wake = wake
    }

    /// Adds JSON messages.
    package func offer(messages: [Data]) {
        change { contents in
            for message in messages {
                contents.messages.append(message)
                contents.messageBytes += message.count
            }
            while contents.messages.count > limits.messages || contents.messageBytes > limits.messageBytes {
                contents.messageBytes -= contents.messages.removeFirst().count
                contents.lostMessages += 1
            }
        }
    }

    package func offer(overlay: Data) {
        change { contents in
            contents.overlays.append(overlay)
            if contents.overlays.count > limits.overlays { contents.overlays.removeFirst() }
        }
    }

    package func offer(image: Data) {
        change { contents in
            contents.images.append(image)
            contents.imageBytes += image.count
            while contents.images.count > 1
                && (contents.images.count > limits.images || contents.imageBytes > limits.imageBytes)
            {
                contents.imageBytes -= contents.images.removeFirst().count
            }
        }
    }

    /// Answers a ping; only the newest one counts.
    package func offer(pong payload: Data) { change { $0.pong = payload } }

    /// Sends what is waiting and a farewell, then ends.
    package func closeGently() { change { $0.isClosing = true } }

    /// Ends at once.
    package func close() { change { $0.isClosed = true } }

    /// The next frame to send; nil where nothing waits, or nothing ever will.
    package func next() -> Outgoing? {
        contents.withLock { contents in
            let outgoing = Self.next(from: &contents)
            contents.isReaderWaiting = outgoing == nil
            return outgoing
        }
    }

    private func change(_ body: (inout Contents) -> Void) {
        let wakes = contents.withLock { contents in
            guard !contents.isClosed else { return false }
            body(&contents)
            defer { contents.isReaderWaiting = false }
            return contents.isReaderWaiting
        }
        if wakes { wake() }
    }

    private static func next(from contents: inout Contents) -> Outgoing? {
        if contents.isClosed { return nil }
        if let pong = contents.pong.take() { return .pong(pong) }
        if contents.lostMessages > 0 {
            defer { contents.lostMessages = 0 }
            return .text(Data(#"{"page":"missed","messages":\#(contents.lostMessages)}"#.utf8))
        }
        if !contents.messages.isEmpty {
            let message = contents.messages.removeFirst()
            contents.messageBytes -= message.count
            return .text(message)
        }
        if !contents.overlays.isEmpty { return .binary(contents.overlays.removeFirst()) }
        if !contents.images.isEmpty {
            let image = contents.images.removeFirst()
            contents.imageBytes -= image.count
            return .binary(image)
        }
        guard contents.isClosing else { return nil }
        contents.isClosed = true
        return .close
    }
}
