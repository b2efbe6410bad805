import Detection
import Foundation
import Imaging
import TestSupport
import Testing
import UNet

/// The causal detector against the one that knows the whole movie, on the small fixture network.
@Suite("Event detector")
struct EventDetectorTests {
    static let size = FrameSize(height: 16, width: 24)

    static func model() throws -> Model {
        try Model.load(from: PackagePaths.fixtures.appending(path: "unet_tiny/weights.safetensors"))
    }

    static var settings: DetectorSettings {
        var settings = DetectorSettings(threshold: .fixed(0.3), threads: 2)
        settings.window = 32
        settings.stride = 8
        // Found, it would depend on how many frames are known.
        settings.drawnCells = DrawnCells(size: size, labels: [UInt8](repeating: 1, count: size.pixelCount))
        return settings
    }

    static let calibration = Calibration(pixelSizeMicrometres: 0.2, frameIntervalMilliseconds: 6.8)

    /// Blobs that come and go over noise; the darkest pixel lies in the first frame.
    static func movie(frameCount: Int, seed: UInt64) -> [Float] {
        var generator = SeededGenerator(seed: seed)
        var counts = (0..<frameCount * size.pixelCount).map { _ in Float(Int.random(in: 900...1800, using: &generator))
        }
        for _ in 0..<frameCount / 4 {
            let (frame, row, column) = (
                Int.random(in: 0..<frameCount, using: &generator), Int.random(in: 0..<size.height, using: &generator),
                Int.random(in: 0..<size.width, using: &generator)
            )
            for t in frame..<min(frame + 6, frameCount) {
                for y in max(0, row - 3)..<min(size.height, row + 4) {
                    for x in max(0, column - 3)..<min(size.width, column + 4) {
                        counts[(t * size.height + y) * size.width + x] += 30000
                    }
                }
            }
        }
        counts[5] = 400
        return counts
    }

    static func detector(_ settings: DetectorSettings = settings) throws -> EventDetector {
        try EventDetector(model: model(), size: size, calibration: calibration, settings: settings)
    }

    /// Feeds a movie as one segment and collects what is decided.
    static func decide(
        _ counts: [Float],
        from origin: Int = 0,
        by detector: inout EventDetector
    ) throws -> [DetectionBatch] {
        detector.startSegment(origin: origin)
        var batches: [DetectionBatch] = []
        for start in stride(from: 0, to: counts.count, by: size.pixelCount) {
            batches += try counts[start..<start + size.pixelCount].withUnsafeBufferPointer { try detector.take($0) }
        }
        return try batches + detector.endSegment()
    }

    /// What two detectors must agree on; numbers follow the order of closing, which differs.
    ///
    /// - Parameters:
    ///   - events: What was found.
    ///   - knowsAllLight: False if one of them has seen the frames so far only: what it takes for the light outside of the cell
    ///     rests on them, and ratios to F0, and the frame in which these are largest, on that.
    /// - Returns: A text for every event.
    static func places(_ events: [CalciumEvent], knowsAllLight: Bool = true) -> Set<String> {
        Set(
            events.map {
                """
                \($0.eventClass) \($0.startFrame) \(knowsAllLight ? $0.peakFrame : 0) \($0.endFrame) \($0.rows) \($0.columns) \
                \($0.voxelCount) \($0.footprintPixelCount) \(knowsAllLight ? $0.peakDeltaFOverF0 ?? -1 : 0) \
                \($0.classConfidence) \
                \($0.flags.filter { knowsAllLight || $0 != .amplitudeUncertain && $0 != .blankUnknown }.map(\.rawValue).sorted())
                """
            }
        )
    }

    @Test(arguments: [UInt64(1), 2, 3])
    func causalEqualsWholeMovieWhereWindowsCoincide(seed: UInt64) throws {
        let counts = Self.movie(frameCount: 32 + 6 * 8, seed: seed)
        var detector = try Self.detector()
        let batches = try Self.decide(counts, by: &detector)
        let whole = try MovieDetector(
            model: Self.model(),
            size: Self.size,
            calibration: Self.calibration,
            settings: Self.settings
        ).detect(counts)
        let events = batches.flatMap(\.events)
        try #require(events.count > 3)
        #expect(Self.places(events, knowsAllLight: false) == Self.places(whole.events, knowsAllLight: false))
        #expect(batches.flatMap { Array($0.frames) } == Array(0..<80))
    }

    @Test func segmentsAreIndependentAndNumbersGoOn() throws {
        let (first, second) = (Self.movie(frameCount: 75, seed: 4), Self.movie(frameCount: 50, seed: 5))
        var detector = try Self.detector()
        let before = try Self.decide(first, by: &detector).flatMap(\.events)
        let after = try Self.decide(second, from: 1000, by: &detector).flatMap(\.events)
        var fresh = try Self.detector()
        let alone = try Self.decide(second, from: 1000, by: &fresh).flatMap(\.events)
        try #require(!before.isEmpty && !alone.isEmpty)
        #expect(Self.places(after) == Self.places(alone))
        #expect(after.map(\.number) == alone.map { $0.number + before.count })
        #expect(after.allSatisfy { $0.startFrame >= 1000 && $0.endFrame < 1050 })
    }

    /// Work of the first window begins with the minimum so far; whenever a darker pixel comes, the result is that of a
    /// dark level given before.
    @Test(arguments: [0, 3, 12, 23, 24, 30, 31])
    func aDarkerPixelInTheFirstWindowCountsForAllOfIt(frame: Int) throws {
        var counts = Self.movie(frameCount: 60, seed: 8)
        counts[frame * Self.size.pixelCount + 7] = 120
        var settings = Self.settings
        settings.keepsProbabilities = true
        func probabilities(darkLevelCounts: Float?) throws -> [[Float]] {
            settings.darkLevelCounts = darkLevelCounts
            var detector = try Self.detector(settings)
            return try Self.decide(counts, by: &detector).map { try #require($0.probabilities).spark }
        }
        #expect(try probabilities(darkLevelCounts: nil) == probabilities(darkLevelCounts: 120))
    }

    @Test(arguments: [1, 31, 33])
    func shortSegmentsAreDecidedToTheLastFrame(frameCount: Int) throws {
        var detector = try Self.detector()
        let batches = try Self.decide(Self.movie(frameCount: frameCount, seed: 6), by: &detector)
        #expect(batches.flatMap { Array($0.frames) } == Array(0..<frameCount))
        #expect(batches.flatMap(\.events).allSatisfy { $0.endFrame < frameCount })
    }

    @Test func substitutesAreMarkedOnTheEventsThatHoldThem() throws {
        let counts = Self.movie(frameCount: 64, seed: 7)
        var detector = try Self.detector()
        detector.startSegment(origin: 100)
        var events: [CalciumEvent] = []
        for frame in 0..<64 {
            let pixels = counts[frame * Self.size.pixelCount..<(frame + 1) * Self.size.pixelCount]
            let batches = try pixels.withUnsafeBufferPointer {
                try detector.take($0, isSubstitute: frame.isMultiple(of: 10))
            }
            events += batches.flatMap(\.events)
        }
        events += try detector.endSegment().flatMap(\.events)
        try #require(!events.isEmpty)
        for event in events {
            let expected = (event.startFrame...event.endFrame).count { ($0 - 100).isMultiple(of: 10) }
            #expect(event.missingFrameCount == expected)
        }
    }
}
