import Detection
import Foundation
import Imaging
import Session
import TestSupport
import Testing
import UNet
import Wire

/// Series after series through one session, as `sparkwatch live` feeds it.
@Suite("Detection session")
struct DetectionSessionTests {
    private func start(_ name: String, missing: FrameGap = FrameGap()) -> FrameItem {
        var description = SeriesDescription(seriesID: name, size: SessionSamples.size)
        description.missing = missing
        return .seriesStart(description)
    }

    private func counts(of events: [EventMessage]) -> [String: Int] {
        EventClass.allCases.reduce(into: [:]) { counts, eventClass in
            counts[eventClass.name] = events.count { $0.eventType == eventClass.name }
        }
    }

    @Test func everySeriesEndsWithItsOwnCounters() throws {
        let log = SessionLog()
        let session = try SessionSamples.session(log)
        let frames = SessionSamples.movie(frameCount: 80, seed: 1)

        try session.take(start("a", missing: FrameGap(missingInTransport: 2)))
        // 0 and 1 are lost before the first frame, 40 is bridged, 60 to 64 break the series, 79 is lost at the end.
        for (index, frame) in frames.enumerated() where index >= 2 && index < 79 && !(60..<65).contains(index) {
            if index == 65 {
                try session.take(.gap(FrameGap(missingAtSource: 1, missingInTransport: 1, droppedByOverflow: 3)))
            }
            let gap = index == 41 ? FrameGap(missingAtSource: 1) : nil
            let stamp = FrameStamp(index: index, isFilled: index == 40, filledGap: gap, receiveNanoseconds: 1)
            try session.take(frame, stamp: stamp)
        }
        var end = SeriesEnd(seriesID: "a", reason: .announced)
        end.missing = FrameGap(missingInTransport: 1)
        end.refusedMessages = ["bad_json": 3]
        try session.take(.seriesEnd(end))
        let (windows, events) = (log.windowCount, log.events)

        let first = try #require(log.ends.first?.counters)
        #expect(!events.isEmpty && first.events == counts(of: events))
        #expect(first.windowsDone == windows && windows > 3)
        #expect(first.framesReceived == 74)
        #expect(first.missingFromSource == 2 && first.missingInTransport == 4 && first.overflow == 3)
        #expect(first.framesReceived + first.missingFromSource + first.missingInTransport == 80)
        #expect(first.framesHeld == 1)
        #expect(first.refused == ["bad_json": 3])
        #expect(log.gaps.map(\.firstFrame) == [0, 40, 60, 61, 62, 79])
        #expect(log.gaps.map(\.frameCount).reduce(0, +) == 9)
        #expect(log.order == ["start", "gap", "gap", "gap", "gap", "gap", "gap", "end"])

        // Shorter than a window: decided at its end only.
        try session.take(start("b"))
        for (index, frame) in frames[..<20].enumerated() {
            try session.take(frame, stamp: FrameStamp(index: index, receiveNanoseconds: 1))
        }
        try session.take(.seriesEnd(SeriesEnd(seriesID: "b", reason: .complete)))
        let second = try #require(log.ends.last?.counters)
        #expect(second.framesReceived == 20 && second.windowsDone == 1)
        #expect(log.events.count > events.count)
        #expect(second.events == counts(of: Array(log.events[events.count...])))
        #expect(second.refused.isEmpty && second.missingInTransport == 0 && second.overflow == 0)
        #expect(session.progress.windowCount == windows + 1)
    }

    @Test func noTwoEventsOfARunShareAnIdentifier() throws {
        let log = SessionLog()
        let session = try SessionSamples.session(log)
        for (name, seed) in [("2026-11-24/a", UInt64(2)), ("2026-11-24/b", 3), ("2026-11-24/b", 3)] {
            try session.take(start(name))
            for (index, frame) in SessionSamples.movie(frameCount: 40, seed: seed).enumerated() {
                try session.take(frame, stamp: FrameStamp(index: index, receiveNanoseconds: 1))
            }
            try session.endSeries(.sourceEnded)
        }
        let identifiers = log.events.map(\.eventID)
        #expect(Set(log.events.map(\.seriesID)).count == 2 && log.ends.allSatisfy { $0.counters.events != [:] })
        #expect(Set(identifiers).count == identifiers.count)
        #expect(identifiers.compactMap { Int($0.split(separator: "-").last ?? "") } == Array(1...identifiers.count))
    }

    /// The network is kept from one series to the next; what it held must not show.
    @Test func aSeriesGivesTheSameEventsWhateverCameBefore() throws {
        func events(of seeds: [UInt64]) throws -> [[Int]] {
            let log = SessionLog()
            let session = try SessionSamples.session(log)
            var countBefore = 0
            for seed in seeds {
                countBefore = log.events.count
                try session.take(start("series \(seed)"))
                for (index, frame) in SessionSamples.movie(frameCount: 60, seed: seed).enumerated() {
                    try session.take(frame, stamp: FrameStamp(index: index, receiveNanoseconds: 1))
                }
                try session.endSeries(.sourceEnded)
            }
            return log.events[countBefore...].map { [$0.startFrame, $0.endFrame, $0.voxelCount] + $0.boundingBox }
        }
        let alone = try events(of: [3])
        #expect(!alone.isEmpty)
        #expect(try events(of: [5, 3]) == alone)
        #expect(try events(of: [3, 5, 3]) == alone)
    }

    @Test func aGapBeforeTheFirstFrameIsToldBehindTheStart() throws {
        let log = SessionLog()
        let session = try SessionSamples.session(log)
        try session.take(start("a", missing: FrameGap(missingInTransport: 1)))
        try session.take(.gap(FrameGap(droppedByOverflow: 2)))
        let frame = SessionSamples.movie(frameCount: 1, seed: 4)[0]
        try session.take(frame, stamp: FrameStamp(index: 3, receiveNanoseconds: 1))
        try session.endSeries(.stopped)
        #expect(log.order == ["start", "gap", "gap", "end"])
        #expect(log.gaps.map(\.firstFrame) == [0, 1])
        #expect(log.ends.first?.counters.framesReceived == 3)
    }

    @Test func aSeriesThatNeedsTooMuchMemoryIsLeftOut() throws {
        let log = SessionLog()
        let session = try SessionSamples.session(log) { configuration in
            configuration.outlivesRefusedSeries = true
            configuration.settings.memoryLimitBytes = try EventDetector(
                model: configuration.model,
                size: SessionSamples.size,
                calibration: .published,
                settings: configuration.settings
            ).byteCount
        }
        let large = FrameSize(height: 160, width: 240)
        for (name, size) in [("a", SessionSamples.size), ("b", large), ("c", SessionSamples.size)] {
            try session.take(.seriesStart(SeriesDescription(seriesID: name, size: size)))
            for (index, frame) in SessionSamples.movie(frameCount: 40, seed: 1).enumerated() where index != 20 {
                if index == 21 { try session.take(.gap(FrameGap(missingAtSource: 1))) }
                let pixels = size == large ? [Float](repeating: 1000, count: large.pixelCount) : frame
                try session.take(pixels, stamp: FrameStamp(index: index, receiveNanoseconds: 1))
            }
            try session.take(.seriesEnd(SeriesEnd(seriesID: name, reason: .announced)))
        }
        #expect(log.order == ["start", "gap", "end", "start", "series_refused", "gap", "end", "start", "gap", "end"])
        #expect(log.ends.map(\.reason) == [.sourceEnded, .failed, .sourceEnded])
        #expect(log.ends.map(\.counters.framesReceived) == [39, 39, 39])
        #expect(log.ends.map(\.counters.missingFromSource) == [1, 1, 1])
        #expect(log.ends.map(\.counters.windowsDone).map { $0 > 0 } == [true, false, true])
        let refusal = try #require(log.health.first)
        #expect(log.health.count == 1 && refusal.status == .critical)
        #expect(refusal.message.hasPrefix("series b with frames of "))
        #expect(session.progress.seriesCount == 3 && session.progress.refusedSeriesCount == 1)
        // The same events before and behind, under other numbers.
        let events = Dictionary(grouping: log.events, by: \.seriesID).mapValues { $0.map(\.boundingBox) }
        #expect(events["a"]?.isEmpty == false && events["a"] == events["c"])
    }

    @Test func withoutLeaveToOutliveThemSuchSeriesAreErrors() throws {
        let session = try SessionSamples.session(SessionLog()) { $0.settings.memoryLimitBytes = 1000 }
        try session.take(start("a"))
        #expect(throws: UNetError.self) {
            try session.take(
                SessionSamples.movie(frameCount: 1, seed: 1)[0],
                stamp: FrameStamp(index: 0, receiveNanoseconds: 1)
            )
        }
    }

    @Test func framesOfZerosAreCalledSo() throws {
        let log = SessionLog()
        let session = try SessionSamples.session(log) { $0.missedFrames = .zero }
        try session.take(start("a"))
        let frames = SessionSamples.movie(frameCount: 40, seed: 1)
        for (index, frame) in frames.enumerated() {
            let gap = index == 6 ? FrameGap(missingAtSource: 1) : nil
            let pixels = index == 5 ? [Float](repeating: 0, count: frame.count) : frame
            let stamp = FrameStamp(index: index, isFilled: index == 5, filledGap: gap, receiveNanoseconds: 1)
            try session.take(pixels, stamp: stamp)
        }
        try session.endSeries(.sourceEnded)
        #expect(log.gaps.map(\.action) == [.zero])
        #expect(log.gaps.map(\.firstFrame) == [5])
    }

    /// Events of frames that were brought to 16 bits from fewer.
    private func events(darkLevelCounts: Float, scalingFactor: Float, log: SessionLog) throws -> [EventMessage] {
        let session = try SessionSamples.session(log) { $0.settings.darkLevelCounts = darkLevelCounts }
        var description = SeriesDescription(seriesID: "a", size: SessionSamples.size)
        description.scalingFactor = scalingFactor
        try session.take(.seriesStart(description))
        for (index, frame) in SessionSamples.movie(frameCount: 60, seed: 5).enumerated() {
            try session.take(frame, stamp: FrameStamp(index: index, receiveNanoseconds: 1))
        }
        try session.endSeries(.sourceEnded)
        return log.events
    }

    @Test func theDarkLevelIsOnTheScaleOfTheCamera() throws {
        let of16Bits = try events(darkLevelCounts: 800, scalingFactor: 1, log: SessionLog())
        let of12Bits = try events(darkLevelCounts: 50, scalingFactor: 16, log: SessionLog())
        #expect(!of16Bits.isEmpty && of12Bits == of16Bits)
        #expect(try events(darkLevelCounts: 50, scalingFactor: 1, log: SessionLog()) != of16Bits)
    }

    @Test func aDarkLevelBeyondThePixelsIsRefused() throws {
        let log = SessionLog()
        #expect(try events(darkLevelCounts: 4096, scalingFactor: 16, log: log).isEmpty)
        #expect(log.order == ["start", "series_refused", "end"])
        #expect(log.health.first?.message.contains("the dark level is 4096") == true)
    }

    /// Frames of the first window that are left to decide need no new frame.
    @Test func theFirstWindowIsDecidedWithoutMoreFrames() throws {
        let log = SessionLog()
        let session = try SessionSamples.session(log)
        try session.take(start("a"))
        for (index, frame) in SessionSamples.movie(frameCount: 32, seed: 4).enumerated() {
            #expect(!session.isDeciding)
            try session.take(frame, stamp: FrameStamp(index: index, receiveNanoseconds: 1))
        }
        #expect(session.isDeciding && log.windowCount == 0)
        for _ in 0..<10 where session.isDeciding { try session.decideMore() }
        #expect(!session.isDeciding && log.windowCount == 1)
    }

    /// Ready for these frames or for others, or without memory for it, or with a cell drawn on others: what is found is
    /// the same.
    @Test func beingReadyForFramesChangesNothing() throws {
        let frames = SessionSamples.movie(frameCount: 50, seed: 4)
        func events(
            readyFor size: FrameSize?,
            memoryLimitBytes: Int? = nil,
            cells: DrawnCells? = nil
        ) throws -> [Int] {
            let log = SessionLog()
            let session = try SessionSamples.session(log, readyFor: size) {
                $0.settings.memoryLimitBytes = memoryLimitBytes
                $0.settings.drawnCells = cells
            }
            try session.take(start("a"))
            for (index, frame) in frames.enumerated() {
                try session.take(frame, stamp: FrameStamp(index: index, receiveNanoseconds: 1))
            }
            try session.endSeries(.stopped)
            return log.events.flatMap { [$0.startFrame, $0.endFrame, $0.voxelCount] }
        }
        let expected = try events(readyFor: nil)
        try #require(!expected.isEmpty)
        #expect(try events(readyFor: SessionSamples.size) == expected)
        #expect(try events(readyFor: FrameSize(height: 40, width: 32)) == expected)
        let cells = DrawnCells(
            size: SessionSamples.size,
            labels: [UInt8](repeating: 1, count: SessionSamples.size.pixelCount)
        )
        #expect(
            try events(readyFor: FrameSize(height: 40, width: 32), cells: cells) == events(readyFor: nil, cells: cells)
        )
        let large = FrameSize(height: 512, width: 512)
        #expect(try events(readyFor: large, memoryLimitBytes: 100_000_000) == expected)
    }

    @Test func theStrideWidensBeforeTheRingIsFull() throws {
        let log = SessionLog()
        let session = try SessionSamples.session(log)
        try session.take(start("a"))
        // Few frames wait, but they are large: 4 of 8 that fit, then 3, then 2.
        let frame = SessionSamples.movie(frameCount: 1, seed: 1)[0]
        for (index, waiting) in [1, 3, 4, 3, 2].enumerated() {
            try session.take(
                frame,
                stamp: FrameStamp(index: index, receiveNanoseconds: 1),
                backlog: FrameRing.Backlog(frameCount: waiting, fill: Double(waiting) / 8)
            )
            #expect(log.health.count == [0, 0, 1, 1, 2][index])
        }
        #expect(log.health.map(\.code.rawValue) == ["stride_doubled", "stride_restored"])
        // In a large ring the number of frames counts: three strides of 8.
        for waiting in [24, 25] {
            try session.take(
                frame,
                stamp: FrameStamp(index: waiting, receiveNanoseconds: 1),
                backlog: FrameRing.Backlog(frameCount: waiting, fill: 0.01)
            )
        }
        #expect(log.health.count == 3)
        #expect(session.progress.largestBacklog == 25)
        try session.take(start("b"))
        let stamp = FrameStamp(index: 0, receiveNanoseconds: 1)
        try session.take(frame, stamp: stamp, backlog: FrameRing.Backlog(frameCount: 2))
        try session.endSeries(.stopped)
        #expect(log.ends.map(\.counters.largestBacklog) == [25, 2])
    }
}
