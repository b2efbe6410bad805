import Detection
import Foundation
import Imaging
import TestSupport
import Testing

/// Amplitudes that mean something, and those that do not.
@Suite struct AmplitudeCertaintyTests {
    static let size = FrameSize(height: 32, width: 64)
    static let frameCount = 96

    /// A spark of amplitude 1 on a cell of even light with shot noise, beside a dark outside, measured by its mask.
    private func event(
        resting: Float = 0.02,
        blank: Float = 0.002,
        amplitude: Float = 1,
        decay: Float = 8,
        photons: Float = 60,
        cellColumns: Range<Int> = 0..<64
    ) throws -> CalciumEvent {
        var random = SeededGenerator(seed: 5)
        let pixelCount = Self.size.pixelCount
        var (counts, classes, instances) = (
            [Float](), [UInt8](repeating: 0, count: Self.frameCount * pixelCount),
            [Int](repeating: 0, count: Self.frameCount * pixelCount)
        )
        for frame in 0..<Self.frameCount {
            for pixel in 0..<pixelCount {
                let (y, x) = (pixel / Self.size.width, pixel % Self.size.width)
                let age = Float(frame - 50)
                let course = age < 0 ? 0 : (1 - exp(-(age + 1) / 1.5)) * exp(-age / decay)
                let distance = Float((y - 12) * (y - 12) + (x - 32) * (x - 32))
                let rise = amplitude * course * exp(-distance / (2 * 4 * 4))
                // The cell lies above row 22; around the spark, at row 12 and column 32, F0 is what is asked for.
                let isNear = abs(x - 32) < 14 && abs(y - 12) < 10
                let light = isNear ? resting : y < 22 && cellColumns.contains(x) ? 0.02 : blank
                let mean = (blank + (light - blank) * (1 + rise)) * photons / 0.02
                let normal = (0..<12).reduce(Float(-6)) { sum, _ in sum + Float.random(in: 0..<1, using: &random) }
                counts.append(1000 + 1300 / photons * max(0, mean + mean.squareRoot() * normal))
                if age >= 0, age < 16, distance < 36 {
                    classes[frame * pixelCount + pixel] = EventClass.spark.rawValue
                    instances[frame * pixelCount + pixel] = 1
                }
            }
        }
        let movie = LabelledMovie(
            size: Self.size,
            counts: counts,
            classes: classes,
            instances: instances,
            darkLevelCounts: 1000,
            calibration: .published
        )
        return try #require(movie.events.first)
    }

    @Test func anAmplitudeHasAnErrorThatHoldsTheTruth() throws {
        let event = try event()
        let (amplitude, error) = (
            try #require(event.parameters[.amplitude]), try #require(event.parameters[.amplitudeError])
        )
        // The largest value of the course, two frames after its first.
        let truth = 0.675
        #expect(abs(amplitude - truth) < 2 * error && error < 0.3 * amplitude, "\(amplitude) ± \(error)")
        #expect(event.flags.isEmpty, "\(event.flags)")
    }

    @Test func noiseMakesTheErrorLarger() throws {
        let (clear, dim) = (try event(photons: 200), try event(photons: 8))
        #expect(
            try #require(clear.parameters[.amplitudeError]) < #require(dim.parameters[.amplitudeError])
        )
    }

    /// F0 that is hardly above the light outside makes any ratio: 51.7 was one.
    @Test func noRatioWithoutRestingLightAboveTheOutside() throws {
        let event = try event(resting: 0.0021, amplitude: 80, cellColumns: 0..<18)
        #expect(!event.flags.contains(.blankUnknown))
        for parameter in [EventParameter.amplitude, .amplitudeError, .rawPeak, .mass] {
            #expect(event.parameters[parameter] == nil, "\(parameter) \(event.parameters[parameter] ?? 0)")
        }
        #expect(event.unavailable[.rawPeak] == .baselineAtDarkLevel)
    }

    @Test func whatFramesCannotShowIsNull() throws {
        let event = try event(amplitude: 3, decay: 0.05)
        for (parameter, value) in event.parameters where parameter.rawValue.hasPrefix("tau_") {
            #expect(value >= 3.4, "\(parameter) is below half a frame: \(value)")
        }
        for parameter in [EventParameter.riseTime, .decayTime] where event.parameters[parameter] == nil {
            #expect(event.unavailable[parameter] != nil)
        }
    }

    /// A mask where nothing happens: no shape, and no time constant of seconds.
    @Test func whereNothingHappensNoShapeIsMeasured() throws {
        let event = try event(amplitude: 0)
        #expect((event.parameters[.amplitude] ?? 0) < 0.3)
        if event.parameters[.amplitude] != nil {
            let shape: [EventParameter] = [.riseTime, .decayTime, .fullDurationHalfMaximum, .timeToPeak]
            for parameter in shape where event.parameters[parameter] != nil {
                #expect((event.parameters[parameter] ?? 0) < 400, "\(parameter)")
            }
        }
    }
}
