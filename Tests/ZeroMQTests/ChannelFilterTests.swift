import Imaging
import Samples
import Session
import TestSupport
import Testing
import Wire
import ZeroMQ

@Suite("Channels in one stream")
struct ChannelFilterTests {
    private struct Frame {
        let channel: String?
        let index: Int?
        let number: Int?
    }

    /// The given index and message number of every frame that is taken.
    private func taken(_ frames: [Frame], wanted: String? = nil) -> [[Int?]] {
        var filter = ChannelFilter(wanted: wanted)
        return frames.compactMap { frame in
            let decision = filter.receive(
                channel: frame.channel,
                seriesID: "s",
                frameIndex: frame.index,
                messageNumber: frame.number
            )
            switch decision {
            case .take(let index, let number), .turn(let index, let number): return [index, number]
            case .leave: return nil
            }
        }
    }

    /// `count` frames of each channel in turn, numbered through or each by itself.
    private func stream(_ channels: [String], count: Int, isNumberedThrough: Bool) -> [Frame] {
        (0..<count * channels.count).map { message in
            let index = isNumberedThrough ? message : message / channels.count
            return Frame(channel: channels[message % channels.count], index: index, number: message)
        }
    }

    @Test(
        "Frames of one channel count as if they came alone",
        arguments: [true, false],
        [["a", "b"], ["a", "b", "c"]]
    )
    func one(isNumberedThrough: Bool, channels: [String]) {
        let frames = stream(channels, count: 40, isNumberedThrough: isNumberedThrough)
        for wanted in [nil] + channels.map(Optional.init) {
            let found = taken(frames, wanted: wanted)
            #expect(found.count == 40)
            // The first frame of a channel that is not the first may have the sender's number.
            #expect(zip(found, found.dropFirst()).allSatisfy { $1[0] == ($0[0] ?? -9) + 1 }, "\(found)")
            #expect(zip(found, found.dropFirst()).allSatisfy { $1[1] == ($0[1] ?? -9) + 1 }, "\(found)")
            if wanted == nil { #expect(found[0] == [0, 0]) }
        }
    }

    @Test("What is lost of the channel is missing, what is lost of another is not", arguments: [true, false])
    func losses(isNumberedThrough: Bool) {
        let all = stream(["a", "b"], count: 40, isNumberedThrough: isNumberedThrough)
        let lostOfOther = taken(all.filter { ![21, 23, 40].contains($0.number) || $0.channel == "a" })
        #expect(lostOfOther.map { $0[0] } == (0..<40).map { Optional($0) })
        let lost = taken(all.filter { ![40, 42].contains($0.number) })
        #expect(lost.map { $0[0] } == (Array(0..<20) + Array(22..<40)).map { Optional($0) })
    }

    @Test("A stream of one channel, or of none, passes as it is")
    func untouched() {
        for channel in ["a", nil] as [String?] {
            let indices = [0, 1, 2, 5, 5, 4, 6, 1_000_000, 7, 8, 0, 1]
            let frames = indices.enumerated().map { Frame(channel: channel, index: $1, number: $0) }
            #expect(taken(frames) == frames.map { [$0.index, $0.number] })
            let bare = [
                Frame(channel: channel, index: nil, number: nil), Frame(channel: channel, index: nil, number: 4),
            ]
            #expect(taken(bare) == [[nil, nil], [nil, 4]])
        }
    }

    @Test("A channel that is gone gives way to the one that comes, unless it was asked for")
    func turn() {
        let frames =
            (0..<5).map { Frame(channel: "a", index: $0, number: $0) }
            + (0..<100).map { Frame(channel: "b", index: $0, number: 5 + $0) }
        #expect(taken(frames).count == 5 + 100 - ChannelFilter.patience + 1)
        #expect(taken(frames, wanted: "a").count == 5)
        #expect(taken(frames, wanted: "B").count == 100)
    }

    @Test("Frames of another channel are left out and counted on their way to the ring")
    func receiver() throws {
        let context = try ZeroMQContext()
        let sender = try FrameSender(in: context)
        let receiver = try FrameReceiver(
            FrameReceiver.Configuration(endpoints: [.connect(sender.endpoint)]),
            context: context
        )
        try #require(try sender.waitForSubscriber())
        for index in 0..<12 {
            let series = SeriesDetails(seriesID: "s", channel: index.isMultiple(of: 2) ? "fluo-4" : "TMRM")
            try sender.send(frame: index, number: index, series: series)
        }
        try sender.send([SeriesEndHeader(seriesID: "s", messageNumber: 12).json()])
        let items = FrameListener.items(of: receiver) { $0.last?.hasPrefix("end") == true }
        receiver.stop()
        #expect(
            items.count == 8 && items.first == "start s"
                && !items.contains { $0.contains("gap") || $0.contains("filled") }
        )
        #expect(receiver.received.sequence.droppedFrames == [.otherChannel: 6])
        #expect(receiver.received.sequence.missingAtSource + receiver.received.sequence.missingInTransport == 0)
    }
}
