import Dashboard
import Foundation
import Testing

/// What late viewers are told.
@Suite("History and broadcast")
struct HistoryTests {
    private func text(_ text: String) -> Data { Data(text.utf8) }

    @Test func statesAreReplacedAndTheChronicleIsKeptInOrder() {
        var history = History()
        history.record(text("hb 1"), as: .latest("hb"))
        history.record(text("event 1"), as: .chronicle)
        history.record(text("preview"), as: .none)
        history.record(text("hb 2"), as: .latest("hb"))
        history.record(text("event 2"), as: .chronicle)
        #expect(history.messages == ["hb 2", "event 1", "event 2"].map(text))
    }

    @Test func memoryIsBoundedInNumberAndBytes() {
        var history = History()
        for number in 0..<5000 { history.record(text("\(number)"), as: .chronicle) }
        #expect(history.messages.count <= 600)
        #expect(history.messages.last == text("4999"))
        for _ in 0..<200 { history.record(Data(count: 1 << 18), as: .chronicle) }
        #expect(history.messages.reduce(0) { $0 + $1.count } <= 5 << 20)
    }

    @Test func aLateViewerGetsTheHistoryAndThenWhatHappens() throws {
        let broadcast = Broadcast(viewerLimit: 2)
        broadcast.send([(text("past"), .chronicle)])
        let seat = try #require(broadcast.join())
        broadcast.send([(text("present"), .none)])
        let items = (0..<3).map { _ in seat.queue.next() }
        #expect(items == [.text(text("past")), .text(text(#"{"page":"now"}"#)), .text(text("present"))])
    }

    @Test func noMoreViewersThanSeats() throws {
        let broadcast = Broadcast(viewerLimit: 2)
        let first = try #require(broadcast.join())
        _ = try #require(broadcast.join())
        #expect(broadcast.join() == nil)
        broadcast.leave(first)
        #expect(broadcast.viewerCount == 1)
        #expect(broadcast.join() != nil)
        broadcast.end()
        #expect(broadcast.join() == nil)
    }
}
