import Detection
import Foundation
import Imaging
import Session
import TestSupport
import Testing

/// Frames whose light, noise and faults are known.
private struct Recording {
    static let size = FrameSize(height: 32, width: 48)
    static let gain = 200.0
    static let offset = 1000.0

    var photons = 20.0
    var frameCount = 256
    var largest = 65535.0
    /// Factor of the light of a frame, and of a pixel in a frame.
    var light: (Int) -> Double = { _ in 1 }
    var picture: (_ frame: Int, _ y: Int, _ x: Int) -> Double = { _, y, _ in (8..<24).contains(y) ? 1 : 0.1 }

    /// A cell of even light with shot noise, `[t][y][x]`.
    func frames() -> [[Float]] {
        var random = SeededGenerator(seed: 11)
        return (0..<frameCount).map { frame in
            (0..<Self.size.pixelCount).map { pixel in
                let (y, x) = (pixel / Self.size.width, pixel % Self.size.width)
                let mean = photons * light(frame) * picture(frame, y, x)
                let noise = (0..<12).reduce(-6.0) { sum, _ in sum + Double.random(in: 0..<1, using: &random) }
                let detected = max(0, (mean + mean.squareRoot() * noise).rounded())
                return Float(min(Self.offset + Self.gain * detected, largest).rounded())
            }
        }
    }
}

private func survey(_ frames: [[Float]]) -> RecordingSurvey {
    var survey = RecordingSurvey(size: Recording.size)
    for frame in frames { frame.withUnsafeBufferPointer { survey.take($0) } }
    return survey
}

private func examination(
    _ frames: [[Float]],
    change: (inout Examiner) -> Void = { _ in }
) throws -> [Check.Name: Check] {
    let measures = try #require(RecordingMeasures(survey(frames)))
    let choice = CalibrationChoice(
        options: [.pixelSize: 0.2, .frameInterval: 6.8],
        stated: [:],
        model: .published,
        source: "the file"
    )
    var examiner = Examiner(measures: measures, calibration: choice, size: Recording.size)
    examiner.bitDepth = 16
    change(&examiner)
    return Dictionary(uniqueKeysWithValues: examiner.examination.checks.map { ($0.name, $0) })
}

@Suite("What a survey of frames finds")
struct RecordingSurveyTests {
    @Test("Photons and gain are those of the light", arguments: [3.0, 20, 80])
    func light(photons: Double) throws {
        let measures = try #require(RecordingMeasures(survey(Recording(photons: photons).frames())))
        #expect(abs(try #require(measures.photons) / photons - 1) < 0.15)
        #expect(abs(try #require(measures.gainCountsPerPhoton) / Recording.gain - 1) < 0.15)
        #expect(abs(try #require(measures.signalToNoise) / photons.squareRoot() - 1) < 0.15)
        #expect(abs(measures.darkLevelCounts - Recording.offset) < 0.1 * photons * Recording.gain)
    }

    @Test("A clean recording is good in every check that can be made")
    func clean() throws {
        let checks = try examination(Recording().frames())
        #expect(checks.values.filter { $0.grade > .unknown }.isEmpty, "\(checks.values.map(\.line))")
        #expect(checks.values.allSatisfy { $0.grade != .good || $0.advice == nil })
        #expect(checks.count == 14)
    }

    @Test("Saturation is told from a bright tail")
    func saturation() throws {
        var recording = Recording()
        recording.largest = Recording.offset + 1.3 * recording.photons * Recording.gain
        let check = try #require(try examination(recording.frames())[.saturation])
        #expect(check.grade == .bad && check.value ?? 0 > 0.1 && check.advice != nil, "\(check.line)")
    }

    @Test("Frames that repeat and frames without light are counted and take no part")
    func frames() throws {
        let frames = Recording().frames()
        var faulty = frames
        for frame in stride(from: 1, to: 100, by: 2) { faulty[frame] = faulty[frame - 1] }
        for frame in 150..<156 { faulty[frame] = [Float](repeating: 0, count: Recording.size.pixelCount) }
        let survey = survey(faulty)
        #expect(survey.frameCount == 256 && survey.repeatedFrameCount == 50 && survey.darkFrameCount == 6)
        #expect(survey.lookedAtCount == 200)
        let checks = try examination(faulty)
        #expect(checks[.repeatedFrames]?.grade == .bad && checks[.darkFrames]?.grade == .notice)
        #expect(checks[.darkLevel]?.grade == .good && checks[.light]?.grade == .good)
    }

    @Test("Bleaching and flicker are measured")
    func course() throws {
        var recording = Recording()
        recording.light = { 1 - 0.35 * Double($0) / 256 }
        let bleaching = try #require(try examination(recording.frames())[.bleaching])
        #expect(bleaching.grade == .notice && abs((bleaching.value ?? 0) + 35) < 4, "\(bleaching.line)")
        recording.light = { $0 % 4 == 0 ? 1.4 : 1 }
        let flicker = try #require(try examination(recording.frames())[.flicker])
        // The standard deviation of one frame in four at 1.4, over steps: half the mean square of 0.4 in half of the steps.
        #expect(flicker.grade == .notice && abs((flicker.value ?? 0) - 100 * 0.2 / 1.1) < 3, "\(flicker.line)")
    }

    @Test("Two pictures that alternate are told from one that flickers")
    func channels() throws {
        var recording = Recording()
        recording.light = { $0 % 2 == 0 ? 1.5 : 1 }
        #expect(try examination(recording.frames())[.channels]?.grade == .good)
        recording.picture = { frame, y, x in frame % 2 == 0 ? ((8..<24).contains(y) ? 1 : 0.1) : (x < 20 ? 1 : 0.2) }
        #expect(try examination(recording.frames())[.channels]?.grade == .bad)
    }

    @Test("Too few frames say nothing")
    func short() {
        #expect(RecordingMeasures(survey(Array(Recording(frameCount: 15).frames()))) == nil)
        #expect(RecordingMeasures(survey([[Float]](repeating: [Float](repeating: 7, count: 1536), count: 50))) == nil)
    }

    @Test("A frame of one row or of one pixel is no trap", arguments: [(1, 40), (40, 1), (1, 1), (3, 5)])
    func odd(height: Int, width: Int) {
        var survey = RecordingSurvey(size: FrameSize(height: height, width: width))
        var random = SeededGenerator(seed: 4)
        for _ in 0..<40 {
            let frame = (0..<height * width).map { _ in Float.random(in: 100...200, using: &random).rounded() }
            frame.withUnsafeBufferPointer { survey.take($0) }
        }
        for value in RecordingMeasures(survey)?.style.values.map({ $0 }) ?? [] { #expect(value.isFinite) }
    }
}

@Suite("What is said of a recording")
struct ExaminationTests {
    @Test("What nobody states, what is measured otherwise, and what the model does not know")
    func calibration() throws {
        let frames = Recording(frameCount: 40).frames()
        func choice(_ options: [Quantity: Double]) -> CalibrationChoice {
            CalibrationChoice(options: options, stated: [:], model: .published, source: "the file")
        }
        let assumed = try examination(frames) { $0.calibration = choice([:]) }
        #expect(assumed[.pixelSize]?.grade == .notice && assumed[.frameInterval]?.grade == .notice)
        #expect(assumed[.frameInterval]?.advice?.contains("--frame-interval-ms") == true)
        let strange = try examination(frames) { $0.calibration = choice([.pixelSize: 1.5, .frameInterval: 68]) }
        #expect(strange[.pixelSize]?.grade == .bad && strange[.frameInterval]?.grade == .bad)
        let other = try examination(frames) { $0.measuredIntervalMilliseconds = 13.6 }
        #expect(other[.frameInterval]?.grade == .bad && other[.frameInterval]?.advice?.contains("13.6 ms") == true)
    }

    @Test("Motion, speed and bits")
    func others() throws {
        // Counts that twelve bits hold.
        let frames = Recording(frameCount: 40, largest: 4000).frames()
        var moved = FrameMovement()
        (moved.y, moved.undoneY) = (2, 2)
        var unsteady = moved
        unsteady.isUnsteady = true
        let undone = try examination(frames) {
            $0.movement = MovementSummary([FrameMovement](repeating: moved, count: 40))
            $0.realTimeFactor = 0.7
            $0.countRemark = "12 bits"
        }
        #expect(undone[.motion]?.grade == .notice && undone[.motion]?.value == 2)
        #expect(undone[.speed]?.grade == .bad && undone[.bitDepth]?.grade == .notice)
        let left = try examination(frames) {
            $0.movement = MovementSummary([FrameMovement](repeating: unsteady, count: 40))
        }
        #expect(left[.motion]?.grade == .bad)
        #expect(try examination(frames) { $0.movement = MovementSummary([FrameMovement()]) }[.motion]?.grade == .good)
    }

    @Test("Styles: the middle of training is like it, far from it is not at all, and what differs is named")
    func style() throws {
        #expect(FamiliarStyles(training: nil) == nil && FamiliarStyles(training: "a lab's own") == nil)
        let familiar = try #require(FamiliarStyles(training: "simulated recordings (sparksim)"))
        let middle = familiar.features.mapValues(\.middle)
        #expect(Set(middle.keys) == Set(StyleFeature.allCases))
        #expect(familiar.likeness(of: middle).distance == 0 && familiar.likeness(of: middle).word == "like")
        let far = familiar.features.mapValues { $0.middle + 6 * $0.deviation }
        #expect(familiar.likeness(of: far).grade == .bad && familiar.likeness(of: far).word == "not at all like")
        var one = middle
        one[.photons] = middle[.photons].map { $0 - 20 }
        #expect(familiar.likeness(of: one).differing == [.photons])
    }

    @Test("A live series is examined once: in its first seconds, or at its end", arguments: [300, 60])
    func live(frameCount: Int) throws {
        let log = SessionLog()
        let session = try SessionSamples.session(log)
        let size = SessionSamples.size
        let description = SeriesDescription(
            seriesID: "s",
            size: size,
            frameIntervalMilliseconds: 6.8,
            pixelHeightMicrometres: 0.2,
            pixelWidthMicrometres: 0.2,
            bitDepth: 16
        )
        try session.take(.seriesStart(description))
        var generator = SeededGenerator(seed: 9)
        for frame in 0..<frameCount {
            let pixels = (0..<size.pixelCount).map { _ in Float(UInt16.random(in: 900...9000, using: &generator)) }
            try session.take(pixels, stamp: FrameStamp(index: frame, receiveNanoseconds: 0))
            #expect(log.examinations.isEmpty || frame >= 255)
        }
        #expect(log.examinations.count == (frameCount > 256 ? 1 : 0))
        try session.endSeries(.sourceEnded)
        let examination = try #require(log.examinations.first)
        #expect(log.examinations.count == 1 && examination.frameCount == min(frameCount, 256))
        #expect(examination.checks.contains { $0.name == .speed && $0.value ?? 0 > 0 })
    }

    @Test("A whole movie is examined over all its frames")
    func wholeMovie() throws {
        let log = SessionLog()
        let session = try SessionSamples.session(log) { $0.surveyedFrameCount = .max }
        var generator = SeededGenerator(seed: 2)
        let movie = (0..<300 * SessionSamples.size.pixelCount).map { _ in
            Float(UInt16.random(in: 900...9000, using: &generator))
        }
        try session.takeWholeSeries(
            movie,
            described: SeriesDescription(seriesID: "m", size: SessionSamples.size),
            progress: { _ in }
        )
        #expect(log.examinations.map(\.frameCount) == [300])
        #expect(log.examinations.first?.findings.contains { $0.name == .frameInterval } == true)
    }
}
