import Detection
import Imaging
import TestSupport
import Testing
import UNet

/// A network that is shown frames between those of the camera, against the same frames handed over one by one.
@Suite("Frames between those of a slow camera")
struct FrameInterpolationTests {
    private static let size = EventDetectorTests.size

    private static func settings(_ factor: Int) -> DetectorSettings {
        var settings = EventDetectorTests.settings
        settings.darkLevelCounts = 300
        settings.keepsProbabilities = true
        settings.networkFramesPerFrame = factor
        return settings
    }

    /// The movie that the network is shown: before every frame those between it and the one before.
    private static func shown(_ counts: [Float], _ factor: Int) -> [Float] {
        let pixelCount = size.pixelCount
        func frame(_ index: Int) -> ArraySlice<Float> { counts[index * pixelCount..<(index + 1) * pixelCount] }
        return (0..<counts.count / pixelCount).flatMap { index in
            (1...factor).flatMap { step in
                let share = Float(step) / Float(factor)
                return zip(frame(max(0, index - 1)), frame(index)).map { $0 * (1 - share) + $1 * share }
            }
        }
    }

    private static func frames(_ probabilities: ClassProbabilities, oneOf factor: Int) -> [[Float]] {
        [probabilities.spark, probabilities.wave, probabilities.puff].map { values in
            stride(from: factor - 1, to: values.count / size.pixelCount, by: factor).flatMap { frame in
                values[frame * size.pixelCount..<(frame + 1) * size.pixelCount]
            }
        }
    }

    private static func largestDifference(_ first: [[Float]], _ second: [[Float]]) -> Float {
        zip(first.joined(), second.joined()).reduce(0) { max($0, abs($1.0 - $1.1)) }
    }

    @Test("A whole movie gets the probabilities of the longer one, frame by frame", arguments: [2, 4], [9, 40, 61])
    func wholeMovie(factor: Int, frameCount: Int) throws {
        let counts = EventDetectorTests.movie(frameCount: frameCount, seed: 31)
        func probabilities(_ counts: [Float], _ factor: Int) throws -> ClassProbabilities {
            let detector = MovieDetector(
                model: try EventDetectorTests.model(),
                size: Self.size,
                calibration: EventDetectorTests.calibration,
                settings: Self.settings(factor)
            )
            return try detector.probabilities(of: PixelScaling.normalised(counts, aboveDarkLevel: 300))
        }
        let found = try probabilities(counts, factor)
        let expected = Self.frames(try probabilities(Self.shown(counts, factor), 1), oneOf: factor)
        #expect(found.count == counts.count && expected[0].count == counts.count)
        #expect(Self.largestDifference([found.spark, found.wave, found.puff], expected) < 1e-4)
        #expect(found.spark.contains { $0 > 0.1 } && found.spark.contains { $0 < 0.01 })
    }

    @Test("So does a stream, window by window", arguments: [2, 4])
    func stream(factor: Int) throws {
        let settings = Self.settings(factor)
        // Windows end with the movie, so that no frame of padding comes after it.
        let frameCount = settings.recordedWindow + 6 * settings.recordedStride
        // Even light: blobs that outshine it all would make frames without any pass for dark ones.
        var generator = SeededGenerator(seed: 32)
        let counts = (0..<frameCount * Self.size.pixelCount).map { _ in
            Float(UInt16.random(in: 900...9000, using: &generator))
        }
        func decide(_ counts: [Float], _ factor: Int) throws -> [DetectionBatch] {
            var changed = settings
            changed.networkFramesPerFrame = factor
            var detector = try EventDetectorTests.detector(changed)
            return try EventDetectorTests.decide(counts, from: 700, by: &detector)
        }
        func probabilities(_ batches: [DetectionBatch]) -> ClassProbabilities {
            var all = ClassProbabilities(spark: [], wave: [], puff: [])
            for batch in batches { if let part = batch.probabilities { all.append(part) } }
            return all
        }
        let batches = try decide(counts, factor)
        #expect(batches.flatMap { Array($0.frames) } == Array(700..<700 + frameCount))
        #expect(batches.dropLast().dropFirst().allSatisfy { $0.newFrameCount == settings.recordedStride })
        #expect(batches.map(\.newestFrame).max() == 700 + frameCount - 1)
        let found = probabilities(batches)
        let shown = try decide(Self.shown(counts, factor), 1)
        try #require((batches + shown).allSatisfy { $0.darkFrameCount == 0 }, "frames in whose place others are shown")
        let expected = Self.frames(probabilities(shown), oneOf: factor)
        #expect(Self.largestDifference([found.spark, found.wave, found.puff], expected) < 1e-4)
        // Events are measured on the frames of the camera.
        let events = batches.flatMap(\.events)
        #expect(!events.isEmpty && events.allSatisfy { (700..<700 + frameCount).contains($0.peakFrame) })
    }

    @Test("Streams and whole movies agree where their windows coincide, with early events too", arguments: [2, 4])
    func agreement(factor: Int) throws {
        var settings = Self.settings(factor)
        settings.provisional = .all
        settings.untrustedFrames = 2
        let frameCount = settings.recordedWindow + 6 * settings.recordedStride
        let counts = EventDetectorTests.movie(frameCount: frameCount, seed: 33)
        var detector = try EventDetectorTests.detector(settings)
        let batches = try EventDetectorTests.decide(counts, by: &detector)
        let whole = try MovieDetector(
            model: EventDetectorTests.model(),
            size: Self.size,
            calibration: EventDetectorTests.calibration,
            settings: settings
        ).detect(counts)
        let events = batches.flatMap(\.events)
        try #require(!events.isEmpty)
        #expect(
            EventDetectorTests.places(events, knowsAllLight: false)
                == EventDetectorTests.places(whole.events, knowsAllLight: false)
        )
        #expect(batches.contains { !$0.provisional.isEmpty })
    }

    @Test("Fast cameras are shown as they are, slow ones twofold where that helps, others as told")
    func policy() {
        func factor(_ policy: InterpolationPolicy, _ interval: Double) -> Int {
            policy.factor(
                CalibrationChoice(
                    options: [.frameInterval: interval],
                    stated: [:],
                    model: .published,
                    source: "the file"
                )
            )
        }
        #expect([0.5, 5.9, 6.8, 7.2, 10].allSatisfy { factor(.auto, $0) == 1 })
        #expect(
            [11, 13.6, 16.9].allSatisfy { factor(.auto, $0) == 2 }
                && [20, 27.2, 50].allSatisfy { factor(.auto, $0) == 1 }
        )
        #expect(
            [6.8, 13.6, 50].allSatisfy {
                factor(.off, $0) == 1 && factor(.twofold, $0) == 2 && factor(.fourfold, $0) == 4
            }
        )
        // What nobody states is the model's own.
        let assumed = CalibrationChoice(options: [:], stated: [:], model: .published, source: "the file")
        #expect(InterpolationPolicy.auto.factor(assumed) == 1 && assumed.interpolationRemark(1) == nil)
        let slow = CalibrationChoice(
            options: [.frameInterval: 13.6],
            stated: [:],
            model: .published,
            source: "the file"
        )
        #expect(slow.interpolationRemark(2)?.contains("one every 6.8 ms (--interpolate off") == true)
    }
}
