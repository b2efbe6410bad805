import Detection
import Imaging
import TestSupport
import Testing

@Suite("Frames without light, pixels without data")
struct LightSurveyTests {
    static let size = FrameSize(height: 24, width: 40)
    private static let frameCount = 64

    /// A bright cell on a dark surround with noise, `[t][y][x]`.
    static func movie(frameCount: Int = frameCount, seed: UInt64 = 1, light: Float = 2000) -> [Float] {
        var generator = SeededGenerator(seed: seed)
        return (0..<frameCount * size.pixelCount).map { index in
            let (row, column) = (index % size.pixelCount / size.width, index % size.width)
            let isCell = (6..<18).contains(row) && (4..<36).contains(column)
            let rest: Float = isCell ? light * (1 + 0.2 * Float(column % 5)) : 100
            return (1000 + rest + Float.random(in: -60...60, using: &generator)).rounded()
        }
    }

    static func replace(_ frames: Range<Int>, of movie: inout [Float], by value: (Int) -> Float) {
        for index in frames.lowerBound * size.pixelCount..<frames.upperBound * size.pixelCount {
            movie[index] = value(index)
        }
    }

    private func survey(_ movie: [Float]) -> LightSurvey {
        movie.withUnsafeBufferPointer { LightSurvey($0, size: Self.size) }
    }

    @Test("An ordinary movie is left alone")
    func ordinary() {
        for seed in 1...4 {
            let movie = Self.movie(seed: UInt64(seed))
            let found = survey(movie)
            #expect(found.darkFrames.isEmpty && found.unusedPixels == nil)
            #expect(found.leastCount == movie.min())
        }
    }

    @Test("Bleaching, flicker, waves and transients are no darkness")
    func changes() {
        for course in [
            { (t: Int) -> Float in 1 - 0.7 * Float(t) / 64 }, { t in t.isMultiple(of: 2) ? 1 : 0.6 },
            { t in (20..<44).contains(t) ? 9 : 1 }, { t in t < 20 ? 1 : 0.3 },
        ] {
            var movie = Self.movie()
            for index in movie.indices {
                movie[index] = ((movie[index] - 1000) * course(index / Self.size.pixelCount) + 1000).rounded()
            }
            #expect(survey(movie).darkFrames.isEmpty)
        }
    }

    @Test(
        "Frames without light are found wherever they are",
        arguments: [0..<12, 30..<31, 20..<36, 60..<64, 0..<20]
    )
    func dark(frames: Range<Int>) {
        var generator = SeededGenerator(seed: 9)
        let fillings: [(Int) -> Float] = [
            { _ in 0 }, { _ in 1000 }, { _ in (1000 + Float.random(in: -60...60, using: &generator)).rounded() },
        ]
        for filling in fillings {
            var movie = Self.movie()
            Self.replace(frames, of: &movie, by: filling)
            let found = survey(movie)
            #expect(found.darkFrames == Array(frames))
            #expect(found.unusedPixels == nil)
            #expect(found.leastCount >= 1000 + 100 - 60)
        }
    }

    @Test("A shutter that closes or opens within a frame takes that frame with it")
    func partlyDark() {
        var movie = Self.movie()
        Self.replace(20..<30, of: &movie) { _ in 1000 }
        for frame in [19, 30] {
            Self.replace(frame..<frame + 1, of: &movie) { [movie] index in
                index % Self.size.pixelCount / Self.size.width < 12 ? 1000 : movie[index]
            }
        }
        #expect(survey(movie).darkFrames == Array(19..<31))
    }

    @Test("Pixels that never change, or are filled now and then, hold no data")
    func unused() {
        for shift in [{ (_: Int) in 3 }, { t in 1 + t % 3 }] {
            var movie = Self.movie()
            for index in movie.indices {
                let (frame, row) = (index / Self.size.pixelCount, index % Self.size.pixelCount / Self.size.width)
                if row < shift(frame) { movie[index] = 0 }
            }
            let found = survey(movie)
            #expect(found.unusedPixels == (0..<Self.size.pixelCount).map { $0 / Self.size.width < 3 })
            #expect(found.leastCount >= 1000 + 100 - 60)
            #expect(found.darkFrames.isEmpty)
        }
    }

    @Test("Drawings without noise, and dim counts clipped at zero, are taken as they are")
    func drawings() {
        var drawing = [Float](repeating: 100, count: Self.frameCount * Self.size.pixelCount)
        for frame in 20..<25 { drawing[frame * Self.size.pixelCount + 50] = 900 }
        #expect(survey(drawing).darkFrames.isEmpty && survey(drawing).unusedPixels == nil)
        #expect(survey(drawing).leastCount == 100)
        var generator = SeededGenerator(seed: 3)
        let photons = (0..<Self.frameCount * Self.size.pixelCount).map { _ in
            Float(256 * max(0, Int.random(in: -3...4, using: &generator)))
        }
        #expect(
            survey(photons).darkFrames.isEmpty && survey(photons).unusedPixels == nil && survey(photons).leastCount == 0
        )
    }

    @Test("Without light and data the amplitude of a spark is what it is with them", arguments: [false, true])
    func amplitude(isPadded: Bool) throws {
        let frameCount = 120
        var counts = Self.movie(frameCount: frameCount)
        var classes = [UInt8](repeating: 0, count: counts.count)
        var instances = [Int](repeating: 0, count: counts.count)
        for (number, onset) in [(1, 60), (2, 90)] {
            for frame in onset..<onset + 10 {
                for index in frame * Self.size.pixelCount..<(frame + 1) * Self.size.pixelCount {
                    let (row, column) = (index % Self.size.pixelCount / Self.size.width, index % Self.size.width)
                    let distance = Float((row - 12) * (row - 12) + (column - 20) * (column - 20))
                    let course: Float = frame < onset + 1 ? 0.5 : Float(onset + 10 - frame) / 9
                    guard distance < 40 else { continue }
                    counts[index] += (course * 2000 * (1 - distance / 60)).rounded()
                    if distance < 16 { (classes[index], instances[index]) = (EventClass.spark.rawValue, number) }
                }
            }
        }
        let calibration = Calibration(pixelSizeMicrometres: 0.2, frameIntervalMilliseconds: 6.8)
        func measured(_ counts: [Float]) -> LabelledMovie {
            LabelledMovie(
                size: Self.size,
                counts: counts,
                classes: classes,
                instances: instances,
                calibration: calibration
            )
        }
        let plain = measured(counts)
        if isPadded {
            for index in counts.indices where index % Self.size.pixelCount < 3 * Self.size.width { counts[index] = 0 }
        } else {
            Self.replace(0..<24, of: &counts) { _ in 0 }
            Self.replace(88..<91, of: &counts) { _ in 1000 }
        }
        let changed = measured(counts)
        let expected = try #require(plain.events[0].parameters[.rawPeak])
        let found = try #require(changed.events[0].parameters[.rawPeak])
        #expect(abs(found / expected - 1) < 0.03)
        #expect(changed.darkFrameCount == (isPadded ? 0 : 27))
        guard !isPadded else { return }
        // The second spark begins in the dark.
        #expect(changed.events[1].flags.contains(.touchesDarkFrames))
        #expect(changed.events[1].parameters.keys.allSatisfy { $0 == .delay })
        #expect(changed.events[1].unavailable[.amplitude] == .darkFrames)
    }
}

@Suite("Frames without light in a stream")
struct DarkFramesInStreamTests {
    @Test("The detector leaves them out, live as in the whole movie, and counts them")
    func streaming() throws {
        var movie = EventDetectorTests.movie(frameCount: 160, seed: 4)
        let size = EventDetectorTests.size
        for frame in Array(0..<8) + Array(100..<108) {
            for pixel in 0..<size.pixelCount { movie[frame * size.pixelCount + pixel] = 0 }
        }
        var detector = try EventDetectorTests.detector()
        let batches = try EventDetectorTests.decide(movie, by: &detector)
        #expect(batches.reduce(0) { $0 + $1.darkFrameCount } == 16)
        let whole = try MovieDetector(
            model: EventDetectorTests.model(),
            size: size,
            calibration: EventDetectorTests.calibration,
            settings: EventDetectorTests.settings
        ).detect(movie)
        #expect(whole.darkFrameCount == 16)
        for event in batches.flatMap(\.events) where event.startFrame <= 108 && event.endFrame >= 99 {
            #expect(event.flags.contains(.touchesDarkFrames))
        }
    }
}
