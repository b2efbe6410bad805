import Dashboard
import Foundation
import Testing

/// What waits for one viewer: order, bounds, losses.
@Suite("Queue of a viewer")
struct ViewerQueueTests {
    private func text(_ text: String) -> Data { Data(text.utf8) }

    @Test func messagesGoBeforeOverlaysAndPictures() async {
        let queue = ViewerQueue()
        queue.offer(image: text("image"))
        queue.offer(overlay: text("overlay"))
        queue.offer(messages: [text("a"), text("b")])
        var items: [ViewerQueue.Outgoing?] = []
        for _ in 0..<4 { items.append(await queue.next()) }
        #expect(items == [.text(text("a")), .text(text("b")), .binary(text("overlay")), .binary(text("image"))])
    }

    @Test func aWaitingReaderIsWoken() async {
        let queue = ViewerQueue()
        async let item = queue.next()
        try? await Task.sleep(for: .milliseconds(20))
        queue.offer(messages: [text("late")])
        #expect(await item == .text(text("late")))
    }

    @Test func aStalledReaderFindsTheNewestOfEverythingAndTheNumberOfLostMessages() async {
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
        while let item = await queue.next() { items.append(item) }
        let expected: [ViewerQueue.Outgoing] = [
            .text(text(#"{"page":"missed","messages":7}"#)), .text(text("m7")), .text(text("m8")), .text(text("m9")),
            .binary(text("o9")), .binary(text("i8")), .binary(text("i9")), .close,
        ]
        #expect(items == expected)
    }

    @Test func bytesAreBoundedToo() async {
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
        while let item = await queue.next() { items.append(item) }
        #expect(items.count { $0 == .text(large) } == 1)
        #expect(items.count { $0 == .binary(large) } == 1)
    }

    @Test func closingWakesTheReaderAndRefusesWhatComesLater() async {
        let queue = ViewerQueue()
        async let item = queue.next()
        try? await Task.sleep(for: .milliseconds(20))
        queue.close()
        #expect(await item == nil)
        queue.offer(messages: [text("too late")])
        #expect(await queue.next() == nil)
    }
}
