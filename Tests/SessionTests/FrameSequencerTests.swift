import Imaging
import Session
import TestSupport
import Testing

/// Streams are written as strings, one character per message received: its frame index in base 36.
///
/// Decisions: `[` starts a series, `+` follows, `1` `2` fill that many places, `|` breaks, `d` duplicate, `l` late,
/// `s` other series, `j` implausible jump, `z` wrong size, `c` other channel.
@Suite("Frame sequencer")
struct FrameSequencerTests {
    private static let size = FrameSize(height: 2, width: 3)

    private static func character(_ decision: FrameDecision) -> Character {
        switch decision {
        case .accept: "+"
        case .fill(let missing, _): Character("\(missing.missingFrameCount)")
        case .breakSegment: "|"
        case .startSeries: "["
        case .drop(.duplicate): "d"
        case .drop(.late): "l"
        case .drop(.otherSeries): "s"
        case .drop(.implausibleIndex): "j"
        case .drop(.wrongSize): "z"
        case .drop(.otherChannel): "c"
        }
    }

    private static func number(_ character: Character) -> Int? { Int(String(character), radix: 36) }

    /// Feeds frames and returns the decisions; a series or number that is a blank is absent from its message.
    private static func run(
        _ sequencer: inout FrameSequencer,
        frames: String,
        numbers: String = "",
        series: String = "",
        sizes: String = ""
    ) -> String {
        var decisions = ""
        let (numbers, series, sizes) = (Array(numbers), Array(series), Array(sizes))
        for (place, frame) in frames.enumerated() {
            let arrival = FrameArrival(
                frameIndex: number(frame),
                messageNumber: place < numbers.count ? number(numbers[place]) : nil,
                seriesID: place < series.count && series[place] != " " ? String(series[place]) : nil,
                size: place < sizes.count && sizes[place] != " " ? FrameSize(height: 7, width: 7) : size
            )
            decisions.append(character(sequencer.receive(arrival)))
        }
        return decisions
    }

    @Test(
        "Gaps up to two frames are filled, longer ones break; duplicates and late frames are left out",
        arguments: [
            ("012345", "[+++++"),
            ("456789", "[+++++"),  // joined late
            ("0134", "[+1+"),
            ("0145", "[+2+"),
            ("0156", "[+|+"),
            ("01224", "[++d1"),
            ("01223", "[++d+"),
            ("01324", "[+1l+"),  // 2 was filled when 3 came
            ("01423", "[+2ll"),
            ("014235", "[+2ll+"),
            ("      ", "[+++++"),  // no index at all: every frame follows
        ]
    )
    func gaps(frames: String, decisions: String) {
        var sequencer = FrameSequencer()
        #expect(Self.run(&sequencer, frames: frames) == decisions)
    }

    @Test(
        "Policies fill with zeros alike, or never",
        arguments: [(MissedFramePolicy.hold, "[1+2|"), (.zero, "[1+2|"), (.break, "[|+||")]
    )
    func policies(policy: MissedFramePolicy, decisions: String) {
        var sequencer = FrameSequencer(policy: policy)
        #expect(Self.run(&sequencer, frames: "0236a") == decisions)
    }

    @Test("A restarted sender starts a new series, from 0 at once, from elsewhere when it insists")
    func restarts() {
        var sequencer = FrameSequencer()
        #expect(Self.run(&sequencer, frames: "0123456789a0123") == "[++++++++++[+++")
        #expect(Self.run(&sequencer, frames: "456789abc34567") == "+++++++++ll[++")
        #expect(sequencer.counters.startedSeries == 3)
        #expect(sequencer.counters.endedSeries == 2)
    }

    @Test("A sender that restarts within its first frames is followed after three of them")
    func earlyRestart() {
        var sequencer = FrameSequencer()
        #expect(Self.run(&sequencer, frames: "01230123") == "[+++ll[+")
    }

    @Test("Frame index and message number together tell where frames were lost")
    func lossPlaces() {
        var source = FrameSequencer()
        #expect(Self.run(&source, frames: "0125678", numbers: "0123456") == "[++2+++")
        #expect(source.counters.missingAtSource == 2)
        #expect(source.counters.missingInTransport == 0)
        #expect(source.counters.filledFrames == 2)

        var transport = FrameSequencer()
        #expect(Self.run(&transport, frames: "0125678", numbers: "0125678") == "[++2+++")
        #expect(transport.counters.missingAtSource == 0)
        #expect(transport.counters.missingInTransport == 2)

        var both = FrameSequencer()
        #expect(Self.run(&both, frames: "0128", numbers: "0124") == "[++|")
        #expect(both.counters.missingAtSource == 4)
        #expect(both.counters.missingInTransport == 1)
        #expect(both.counters.brokenSegments == 1)
        #expect(both.counters.filledFrames == 0)

        var renumbered = FrameSequencer()
        #expect(Self.run(&renumbered, frames: "0123", numbers: "0479") == "[+++")
        #expect(renumbered.counters.missingAtSource == 0)
        #expect(renumbered.counters.missingInTransport == 0)
        #expect(renumbered.counters.skippedMessages == 3 + 2 + 1)
    }

    @Test("Without a frame index the message number takes its place")
    func numbersOnly() {
        var sequencer = FrameSequencer()
        #expect(Self.run(&sequencer, frames: "        ", numbers: "34679978") == "[+1+1dll")
        #expect(sequencer.counters.missingInTransport == 2)
        #expect(sequencer.counters.missingAtSource == 0)
        #expect(sequencer.counters.droppedFrames == [.duplicate: 1, .late: 2])
    }

    @Test("A new series identifier starts a series; stragglers of the old one are left out")
    func seriesChange() {
        var sequencer = FrameSequencer()
        #expect(Self.run(&sequencer, frames: "0123014234", series: "aaaabbabbb") == "[+++[+s+++")
        #expect(sequencer.counters.startedSeries == 2)
        #expect(sequencer.counters.endedSeries == 1)
        #expect(sequencer.counters.droppedFrames == [.otherSeries: 1])
    }

    @Test("Two publishers on one line do not tear each other's series")
    func interleavedPublishers() {
        var sequencer = FrameSequencer()
        let decisions = Self.run(&sequencer, frames: "00112233", series: "abababab")
        #expect(decisions == "[[s+s+s+")
        #expect(sequencer.counters.startedSeries == 2)
    }

    @Test("One damaged header changes nothing, whatever field it hits")
    func damagedHeaders() {
        var index = FrameSequencer()
        #expect(Self.run(&index, frames: "abcdefghijk3lmno") == "[++++++++++l++++")
        #expect(index.counters.missingAtSource == 0)

        var identifier = FrameSequencer()
        #expect(Self.run(&identifier, frames: "abcdef", series: "aaxaaa") == "[+s1++")
        #expect(identifier.counters.startedSeries == 1)

        var size = FrameSequencer()
        #expect(Self.run(&size, frames: "abcdef", sizes: "  x   ") == "[+z1++")
        #expect(size.counters.droppedFrames == [.wrongSize: 1])

        var jump = FrameSequencer()
        #expect(Self.run(&jump, frames: "01") == "[+")
        #expect(jump.receive(FrameArrival(frameIndex: 900, size: Self.size)) == .drop(.implausibleIndex))
        #expect(jump.receive(FrameArrival(frameIndex: 1 << 50, size: Self.size)) == .drop(.implausibleIndex))
        #expect(Self.run(&jump, frames: "45") == "2+")
        #expect(jump.counters.missingAtSource == 2)
    }

    @Test("A long gap is believed when message numbers confirm it, or from its second frame")
    func longGaps() {
        var confirmed = FrameSequencer()
        _ = confirmed.receive(FrameArrival(frameIndex: 0, messageNumber: 0, size: Self.size))
        let decision = confirmed.receive(FrameArrival(frameIndex: 500, messageNumber: 500, size: Self.size))
        #expect(decision == .breakSegment(missing: FrameGap(missingInTransport: 499), index: 500))

        var unconfirmed = FrameSequencer()
        _ = unconfirmed.receive(FrameArrival(frameIndex: 0, size: Self.size))
        #expect(unconfirmed.receive(FrameArrival(frameIndex: 500, size: Self.size)) == .drop(.implausibleIndex))
        let second = unconfirmed.receive(FrameArrival(frameIndex: 501, size: Self.size))
        #expect(second == .breakSegment(missing: FrameGap(missingAtSource: 500), index: 501))
    }

    @Test("Another frame size is believed when the sender insists")
    func newSize() {
        var sequencer = FrameSequencer()
        let decisions = Self.run(&sequencer, frames: "            ", sizes: "  xxxxxxxxxx")
        #expect(decisions == "[+zzzzzzz[++")
    }

    @Test("Announced starts and ends open and close a series once")
    func announcements() {
        var sequencer = FrameSequencer()
        #expect(sequencer.announceSeries(id: "a", messageNumber: 0) == nil)
        #expect(Self.run(&sequencer, frames: "012", numbers: "123", series: "aaa") == "[++")
        #expect(sequencer.announceSeries(id: "a", messageNumber: 4) == nil, "a repeated start is no news")
        #expect(sequencer.endSeries(id: "x", messageNumber: nil) == nil, "the end of another series")
        let end = sequencer.endSeries(id: "a", messageNumber: 7, sentFrameCount: 5)
        #expect(end == SeriesEnd(seriesID: "a", reason: .announced, sentFrameCount: 5, messageNumber: 7))
        #expect(sequencer.counters.missingInTransport == 2, "messages 5 and 6 were the last frames")
        #expect(sequencer.endSeries(id: "a", messageNumber: 8) == nil, "it ends once")
        #expect(Self.run(&sequencer, frames: "23", numbers: "9a", series: "aa") == "ds")
        #expect(sequencer.announceSeries(id: "b", messageNumber: 11) == nil)
        #expect(Self.run(&sequencer, frames: "70", numbers: "cd", series: "ba") == "[s")
        #expect(
            sequencer.announceSeries(id: "c", messageNumber: 14) == SeriesEnd(seriesID: "b", reason: .replaced)
        )
        #expect(sequencer.closeSeries(.stopped) == nil, "series c has no frame yet")
        #expect(sequencer.counters.startedSeries == 2)
        #expect(sequencer.counters.endedSeries == 2)
    }

    @Test("A sender that goes on after the end of its series is followed when it insists")
    func goingOnAfterTheEnd() {
        var named = FrameSequencer()
        _ = Self.run(&named, frames: "01", series: "aa")
        _ = named.endSeries(id: "a", messageNumber: nil)
        #expect(Self.run(&named, frames: "23456789ab", series: "aaaaaaaaaa") == "sssssss[++")

        var nameless = FrameSequencer()
        _ = Self.run(&nameless, frames: "01")
        _ = nameless.endSeries(id: nil, messageNumber: nil)
        #expect(Self.run(&nameless, frames: "123") == "d[+")
    }

    @Test("A series is complete with the last of its announced frames")
    func completion() {
        var sequencer = FrameSequencer()
        for index in 0..<3 {
            #expect(sequencer.endSeriesIfComplete() == nil)
            _ = sequencer.receive(
                FrameArrival(frameIndex: index, seriesID: "a", announcedFrameCount: 3, size: Self.size)
            )
        }
        #expect(sequencer.endSeriesIfComplete() == SeriesEnd(seriesID: "a", reason: .complete))
        #expect(sequencer.endSeriesIfComplete() == nil)
    }

    @Test("Whatever arrives, accepted indices rise by one within a segment and losses are counted", arguments: 0..<50)
    func arbitraryStreams(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var sequencer = FrameSequencer()
        var last: Int?
        var frames = 0
        var lost = 0
        for _ in 0..<2000 {
            let isOdd = random.next() % 10 == 0
            let next = (last ?? 0) + 1
            let arrival = FrameArrival(
                frameIndex: isOdd ? Int(random.next() % 200) : next,
                messageNumber: random.next() % 3 == 0 ? nil : Int(random.next() % 1000),
                seriesID: random.next() % 50 == 0 ? "\(random.next() % 4)" : nil,
                size: random.next() % 40 == 0 ? FrameSize(height: 9, width: 9) : Self.size
            )
            switch sequencer.receive(arrival) {
            case .accept(let index):
                #expect(index == last.map { $0 + 1 })
                last = index
                frames += 1
            case .fill(let missing, let index), .breakSegment(let missing, let index):
                #expect(missing.missingFrameCount == index - (last ?? 0) - 1)
                lost += missing.missingFrameCount - missing.refused
                last = index
                frames += 1
            case .startSeries(let index, _):
                last = index
                frames += 1
            case .drop:
                break
            }
        }
        let counters = sequencer.counters
        #expect(counters.acceptedFrames == frames)
        #expect(counters.acceptedFrames + counters.droppedFrames.values.reduce(0, +) == 2000)
        #expect(counters.missingAtSource + counters.missingInTransport >= lost)
        #expect(counters.startedSeries == counters.endedSeries + 1)
    }

    @Test(
        "A frame that was refused leaves its place empty, but is not counted as lost too",
        arguments: [
            // One of another size; two; one with one lost on the way; one with one that the sender never sent.
            ("01234", "01234", "   x ", [1, 0, 0]), ("01234", "01234", "  xx ", [2, 0, 0]),
            ("01245", "01245", "  x  ", [1, 0, 1]), ("01245", "01234", "  x  ", [1, 1, 0]),
        ]
    )
    func refusedFramesAreNotLost(frames: String, numbers: String, sizes: String, counts: [Int]) {
        var sequencer = FrameSequencer(policy: .break)
        let decisions = Self.run(&sequencer, frames: frames, numbers: numbers, sizes: sizes)
        #expect(decisions.contains("|"))
        let counters = sequencer.counters
        #expect(
            [counters.droppedFrames[.wrongSize] ?? 0, counters.missingAtSource, counters.missingInTransport] == counts
        )
    }
}
