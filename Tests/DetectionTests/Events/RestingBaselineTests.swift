import Detection
import Foundation
import Imaging
import TestSupport
import Testing

@Suite struct RestingBaselineTests {
    let onePixel = FrameSize(height: 1, width: 1)

    /// F0 of every frame for a recording given at once.
    func baselines(
        size: FrameSize,
        intensity: [Float],
        classes: [UInt8],
        slabFrames: Int = .max
    ) -> [Float] {
        var resting = RestingBaseline(size: size)
        var result: [Float] = []
        var first = 0
        while first < intensity.count {
            let end = min(first + min(slabFrames, intensity.count) * size.pixelCount, intensity.count)
            var baseline = [Float](repeating: -1, count: end - first)
            resting.advance(
                intensity: Array(intensity[first..<end]),
                classes: Array(classes[first..<end]),
                baseline: &baseline
            )
            result += baseline
            first = end
        }
        return result
    }

    @Test func constantPixelIsItsOwnBaselineAfterSixteenQuietFrames() {
        let values = baselines(
            size: onePixel,
            intensity: [Float](repeating: 0.25, count: 60),
            classes: [UInt8](repeating: 0, count: 60)
        )
        // Frames 0...15 are known to be quiet once frame 18 is background; F0 of frame 19 is the first to know.
        #expect(values[..<19].allSatisfy { $0.isNaN })
        #expect(values[19...].allSatisfy { abs($0 - 0.25) < 1e-6 })
    }

    @Test func equalsTheWeightedMeanWrittenOutPixelByPixel() {
        let size = FrameSize(height: 3, width: 7)
        let frameCount = 300
        var random = SeededGenerator(seed: 41)
        var intensity: [Float] = []
        var classes: [UInt8] = []
        for _ in 0..<frameCount * size.pixelCount {
            intensity.append(Float.random(in: 0.01...0.02, using: &random))
            classes.append(Int.random(in: 0..<25, using: &random) == 0 ? UInt8.random(in: 1...3, using: &random) : 0)
        }
        let values = baselines(size: size, intensity: intensity, classes: classes, slabFrames: 32)

        let decay = exp(-1.0 / 128)
        var givenCount = 0
        var wronglyGivenCount = 0
        var largestError = 0.0
        for pixel in 0..<size.pixelCount {
            func isBackground(_ frame: Int) -> Bool { frame < 0 || classes[frame * size.pixelCount + pixel] == 0 }
            for frame in 0..<frameCount {
                let quiet = (0..<max(0, frame - 3)).filter { ($0 - 3...$0 + 3).allSatisfy(isBackground) }
                let value = values[frame * size.pixelCount + pixel]
                guard quiet.count >= 16 else {
                    wronglyGivenCount += value.isNaN ? 0 : 1
                    continue
                }
                var sum = 0.0
                var total = 0.0
                for (age, past) in quiet.reversed().enumerated() {
                    sum += pow(decay, Double(age)) * Double(intensity[past * size.pixelCount + pixel])
                    total += pow(decay, Double(age))
                }
                // A NaN is the largest error of all.
                largestError = max(largestError, value.isNaN ? .infinity : abs(Double(value) - sum / total))
                givenCount += 1
            }
        }
        #expect(givenCount > 1000)
        #expect(wronglyGivenCount == 0)
        #expect(largestError < 2e-7)
    }

    @Test(arguments: [1, 7, 32, 45])
    func slabLengthDoesNotMatter(slabFrames: Int) {
        let size = FrameSize(height: 4, width: 5)
        var random = SeededGenerator(seed: 5)
        let intensity = (0..<90 * 20).map { _ in Float.random(in: 0...1, using: &random) }
        let classes = (0..<90 * 20).map { _ in UInt8(Int.random(in: 0..<40, using: &random) == 0 ? 1 : 0) }
        let whole = baselines(size: size, intensity: intensity, classes: classes)
        let cut = baselines(size: size, intensity: intensity, classes: classes, slabFrames: slabFrames)
        #expect(whole.map(\.bitPattern) == cut.map(\.bitPattern))
    }

    @Test func eventAndItsFlanksStayOutOfTheMean() {
        var intensity = [Float](repeating: 0.1, count: 120)
        var classes = [UInt8](repeating: 0, count: 120)
        // Labelled 60..<70; the rise starts three frames earlier, the tail ends three frames later.
        for frame in 57..<73 { intensity[frame] = 0.4 }
        for frame in 60..<70 { classes[frame] = EventClass.spark.rawValue }
        let values = baselines(size: onePixel, intensity: intensity, classes: classes)
        #expect(values[19...].allSatisfy { abs($0 - 0.1) < 1e-6 })
    }

    @Test func followsASlowDriftOfTheRestingIntensity() {
        let intensity = (0..<2000).map { $0 < 1000 ? Float(0.2) : 0.1 }
        let values = baselines(size: onePixel, intensity: intensity, classes: [UInt8](repeating: 0, count: 2000))
        // One time constant after the step 1/e of it is left; three frames are in the delay line.
        #expect(abs(values[1000 + 3 + 128] - (0.1 + 0.1 / Float(M_E))) < 1e-3)
        #expect(abs(values[1999] - 0.1) < 1e-3)
    }

    @Test func valuesThatAreNotFiniteAreLeftOut() {
        var intensity = [Float](repeating: 0.3, count: 80)
        intensity[10] = .nan
        intensity[30] = .infinity
        intensity[31] = -.infinity
        let values = baselines(size: onePixel, intensity: intensity, classes: [UInt8](repeating: 0, count: 80))
        #expect(values[19].isNaN, "one frame fewer has been seen")
        #expect(values[20...].allSatisfy { abs($0 - 0.3) < 1e-6 })
    }
}
