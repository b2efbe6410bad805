import Foundation
import Imaging
import Session
import TestSupport
import Testing

@Suite("Frame ring")
struct FrameRingTests {
    private static func pixels(_ index: Int, count: Int = 4) -> [Float] {
        (0..<count).map { Float(index * 100 + $0) }
    }

    private static func append(_ index: Int, count: Int = 4, to ring: FrameRing) -> Bool {
        ring.append(FrameStamp(index: index, receiveNanoseconds: 0), pixels: pixels(index, count: count).span)
    }

    /// What is in front: the frame's index (after checking its pixels), or a letter for the other items.
    private static func take(_ ring: FrameRing) -> String? {
        ring.withNext { item, pixels in
            switch item {
            case .frame(let stamp):
                let contents = pixels.withUnsafeBufferPointer(Array.init)
                #expect(contents == Self.pixels(stamp.index, count: contents.count))
                return "\(stamp.index)"
            case .gap(let gap): return "gap \(gap.missingFrameCount)"
            case .seriesStart(let description): return "start \(description.seriesID ?? "")"
            case .seriesEnd(let end): return "end \(end.seriesID ?? "")"
            }
        }
    }

    private static func drain(_ ring: FrameRing) -> [String] {
        var items: [String] = []
        while let item = take(ring) { items.append(item) }
        return items
    }

    private static func description(_ id: String) -> SeriesDescription {
        SeriesDescription(seriesID: id, size: FrameSize(height: 2, width: 2))
    }

    @Test("The fill tells how near the ring is to overflow, by frames or by pixels", arguments: [(8, 400), (100, 32)])
    func fill(capacity: Int, pixelCapacity: Int) {
        let ring = FrameRing(capacity: capacity, pixelCapacity: pixelCapacity)
        for index in 0..<3 {
            #expect(Self.append(index, to: ring))
            _ = Self.take(ring)
        }
        for waiting in 0...8 {
            #expect(ring.fill == Double(waiting) / 8)
            #expect(ring.backlog == FrameRing.Backlog(frameCount: waiting, fill: ring.fill))
            #expect(Self.append(10 + waiting, to: ring) == (waiting < 8))
        }
        #expect(ring.fill == 1 && ring.droppedFrameCount == 1)
    }

    @Test("Every head position at every fill level: order, contents, overflow", arguments: [1, 2, 3, 8])
    func everyPosition(capacity: Int) {
        for head in 0..<capacity {
            for fill in 0...capacity {
                let ring = FrameRing(capacity: capacity, pixelCapacity: 4 * capacity)
                for index in 0..<head {
                    #expect(Self.append(index, to: ring))
                    #expect(Self.take(ring) == "\(index)")
                }
                for index in 0..<fill { #expect(Self.append(100 + index, to: ring)) }
                #expect(ring.frameCount == fill)
                // One beyond the capacity, if full.
                let fits = fill < capacity
                #expect(Self.append(100 + fill, to: ring) == fits)
                #expect(ring.droppedFrameCount == (fits ? 0 : 1))

                let expected = (0..<fill).map { "\(100 + $0)" } + [fits ? "\(100 + fill)" : "gap 1"]
                #expect(Self.drain(ring) == expected)
                #expect(ring.frameCount == 0)
                #expect(Self.append(200, to: ring), "after overflow and emptying there is room again")
                #expect(Self.drain(ring) == ["200"])
            }
        }
    }

    @Test("Dropped frames become one gap at their place", arguments: [1, 2, 3, 8])
    func overflowGap(capacity: Int) {
        let ring = FrameRing(capacity: capacity, pixelCapacity: 4 * capacity)
        for index in 0..<capacity + 5 { _ = Self.append(index, to: ring) }
        #expect(Self.take(ring) == "0")
        #expect(Self.append(50, to: ring))
        let expected = (1..<max(1, capacity)).map(String.init) + ["gap 5", "50"]
        #expect(Self.drain(ring) == expected)
        #expect(ring.droppedFrameCount == 5)
    }

    @Test("Controls keep their place among frames, and fit when no frame does", arguments: [1, 2, 3, 8])
    func controlsInOrder(capacity: Int) {
        let ring = FrameRing(capacity: capacity, pixelCapacity: 4 * capacity)
        ring.append(Self.description("a"))
        for index in 0..<capacity { #expect(Self.append(index, to: ring)) }
        #expect(!Self.append(98, to: ring))
        ring.append(FrameGap(missingInTransport: 3))
        ring.append(SeriesEnd(seriesID: "a", reason: .announced))
        ring.append(Self.description("b"))
        #expect(!Self.append(99, to: ring))
        let frames = (0..<capacity).map(String.init)
        #expect(Self.drain(ring) == ["start a"] + frames + ["gap 4", "end a", "start b", "gap 1"])
    }

    @Test("A series that leaves no frame is passed over; its neighbours stay apart")
    func emptySeries() {
        let ring = FrameRing(capacity: 1, pixelCapacity: 4)
        ring.append(Self.description("a"))
        #expect(Self.append(0, to: ring))
        ring.append(SeriesEnd(seriesID: "a", reason: .replaced))
        for id in ["b", "c", "d"] {
            ring.append(Self.description(id))
            #expect(!Self.append(1, to: ring))
            ring.append(SeriesEnd(seriesID: id, reason: .replaced))
        }
        ring.append(Self.description("e"))
        #expect(Self.drain(ring) == ["start a", "0", "end a", "start e"])
        #expect(ring.droppedFrameCount == 3)
    }

    @Test("Frames of changing size share the pixels without touching each other", arguments: 0..<20)
    func changingSizes(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let ring = FrameRing(capacity: 5, pixelCapacity: 97)
        var waiting: [String] = []
        var index = 0
        for _ in 0..<3000 {
            if random.next() % 2 == 0 {
                if Self.append(index, count: Int(random.next() % 97) + 1, to: ring) {
                    waiting.append("\(index)")
                } else {
                    #expect(!waiting.isEmpty, "an empty ring takes any frame")
                    waiting.append("gap")
                }
                index += 1
            } else {
                let item = Self.take(ring)
                if item?.hasPrefix("gap") == true {
                    while waiting.first == "gap" { waiting.removeFirst() }
                } else {
                    #expect(item == waiting.first)
                    if !waiting.isEmpty { waiting.removeFirst() }
                }
            }
        }
    }

    @Test("A backlog that lasts does not wander through the memory", arguments: [1, 3, 7])
    func memoryInUse(waitingCount: Int) {
        let (capacity, pixelCount) = (8, 16)
        let ring = FrameRing(capacity: capacity, pixelCapacity: 1 << 20)
        for index in 0..<waitingCount { #expect(Self.append(index, count: pixelCount, to: ring)) }
        var addresses: Set<UInt> = []
        for index in waitingCount..<10_000 {
            #expect(Self.append(index, count: pixelCount, to: ring))
            _ = ring.withNext { _, pixels in
                pixels.withUnsafeBufferPointer { _ = addresses.insert(UInt(bitPattern: $0.baseAddress)) }
            }
        }
        let span = (addresses.max() ?? 0) - (addresses.min() ?? 0)
        #expect(span <= UInt((capacity - 1) * pixelCount * MemoryLayout<Float>.stride))
        #expect(ring.droppedFrameCount == 0)
    }

    @Test("Taking waits no longer than it is told, and ends when the ring is closed")
    func waitingAndClosing() {
        let ring = FrameRing(capacity: 2, pixelCapacity: 8)
        #expect(ring.withNext(waitingUpTo: .milliseconds(1)) { _, _ in true } == nil)
        #expect(!ring.isFinished)
        #expect(Self.append(0, to: ring))
        ring.append(SeriesEnd(reason: .stopped))
        ring.close()
        #expect(!ring.isFinished)
        #expect(Self.drain(ring) == ["0", "end "])
        #expect(ring.isFinished)
        #expect(ring.withNext(waitingUpTo: .seconds(3600)) { _, _ in true } == nil, "a finished ring does not wait")
    }

    @Test("Two threads: every frame arrives once and in order, or is counted as dropped")
    func twoThreads() {
        let ring = FrameRing(capacity: 3, pixelCapacity: 3 * 64)
        let count = 20_000
        Thread.detachNewThread {
            for index in 0..<count {
                _ = Self.append(index, count: 1 + index % 64, to: ring)
                if index % 1000 == 0 { ring.append(FrameGap(missingAtSource: 1)) }
            }
            ring.close()
        }
        var taken = 0
        var gaps = FrameGap()
        var last = -1
        while !ring.isFinished {
            ring.withNext(waitingUpTo: .milliseconds(100)) { item, pixels in
                switch item {
                case .frame(let stamp):
                    #expect(stamp.index > last)
                    #expect(pixels.count == 1 + stamp.index % 64)
                    #expect(pixels[pixels.count - 1] == Float(stamp.index * 100 + pixels.count - 1))
                    last = stamp.index
                    taken += 1
                case .gap(let gap): gaps = gaps + gap
                default: Issue.record("neither frame nor gap")
                }
            }
        }
        #expect(gaps.missingAtSource == count / 1000)
        #expect(gaps.droppedByOverflow == ring.droppedFrameCount)
        #expect(taken + gaps.droppedByOverflow == count)
    }
}
