import Dashboard
import Foundation
import Synchronization
import Testing

/// What waits for one viewer: order, bounds, losses.
@Suite("Queue of a viewer")
struct ViewerQueueTests {
    private func text(_ text: String) -> Data { Data(text.utf8) }

    @Test func messagesGoBeforeOverlaysAndPictures() {
        let queue = ViewerQueue()
        queue.offer(image: text("image"))
        queue.offer(overlay: text("overlay"))
        queue.offer(messages: [text("a"), text("b")])
        let items = (0..<4).map { _ in queue.next() }
        #expect(items == [.text(text("a")), .text(text("b")), .binary(text("overlay")), .binary(text("image"))])
    }

    @Test func aReaderThatFoundNothingIsWokenOnce() {
        let calls = Mutex(0)
        let queue = ViewerQueue { calls.withLock { $0 += 1 } }
        queue.offer(messages: [text("before anybody has looked")])
        #expect(calls.withLock(\.self) == 0)
        #expect(queue.next() != nil && queue.next() == nil)
        queue.offer(image: text("late"))
        queue.offer(image: text("later"))
        #expect(calls.withLock(\.self) == 1)
        #expect(queue.next() == .binary(text("late")))
        queue.offer(image: text("latest"))
        #expect(calls.withLock(\.self) == 1)
        #expect(queue.next() == .binary(text("later")))
        #expect(queue.next() == .binary(text("latest")))
        #expect(queue.next() == nil)
        queue.closeGently()
        #expect(calls.withLock(\.self) == 2)
        #expect(queue.next() == .close)
    }

    @Test func aStalledReaderFindsTheNewestOfEverythingAndTheNumberOfLostMessages() {
        var limits = ViewerQueue.Limits()
        limits.messages = 3
        limits.overlays = 1
        limits.images = 2
        let queue = ViewerQueue(limits: limits)
        for number in 0..<10 {
            queue.offer(messages: [text("m\(number)")])
            queue.offer(overlay: text("o\(number)"))
            queue.offer(image: text("i\(number)"))
        }
        queue.closeGently()
        var items: [ViewerQueue.Outgoing] = []
        while let item = queue.next() { items.append(item) }
        let expected: [ViewerQueue.Outgoing] = [
            .text(text(#"{"page":"missed","messages":7}"#)), .text(text("m7")), .text(text("m8")), .text(text("m9")),
            .binary(text("o9")), .binary(text("i8")), .binary(text("i9")), .close,
        ]
        #expect(items == expected)
    }

    @Test func bytesAreBoundedToo() {
        var limits = ViewerQueue.Limits()
        limits.messageBytes = 100
        limits.imageBytes = 100
        let queue = ViewerQueue(limits: limits)
        let large = Data(count: 60)
        for _ in 0..<5 {
            queue.offer(messages: [large])
            queue.offer(image: large)
        }
        queue.closeGently()
        var items: [ViewerQueue.Outgoing] = []
        while let item = queue.next() { items.append(item) }
        #expect(items.count { $0 == .text(large) } == 1)
        #expect(items.count { $0 == .binary(large) } == 1)
    }

    @Test func closingEndsTheQueueAndRefusesWhatComesLater() {
        let queue = ViewerQueue()
        queue.offer(messages: [text("waiting")])
        queue.close()
        #expect(queue.next() == nil)
        queue.offer(messages: [text("too late")])
        #expect(queue.next() == nil)
    }
}
