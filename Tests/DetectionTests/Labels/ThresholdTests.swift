import Detection
import Imaging
import Testing

@Suite("Thresholds")
struct ThresholdTests {
    /// 5000 values with a large and a small group, the same that the expected numbers were computed from.
    private static let values: [Float] = (0..<5000).map { (index: Int) -> Float in
        let uniform = Double(index * index * 7919 % 1009) / 1009
        let scale: Double = index % 3 == 0 ? 1 : 0.2
        return Float(uniform * scale)
    }

    /// `threshold_otsu` on the histogram of the values in 256 bins over 0...1 splits above bin 103.
    private static let upperEdgeOfBin103: Float = 104.0 / 256.0

    /// `skimage.filters.threshold_otsu` on float32 arrays.
    @Test func otsuEqualsScikitImage() {
        #expect(OtsuThreshold.threshold(of: Self.values) == 0.40375292)
        #expect(OtsuThreshold.threshold(of: [0.1, 0.9]) == 0.1015625)
        let threeGroups = [Float](repeating: 0.1, count: 10) + [Float](repeating: 0.2, count: 10) + [0.8, 0.8, 0.8]
        #expect(OtsuThreshold.threshold(of: threeGroups) == 0.1998047)
    }

    @Test func otsuOfEqualValuesIsThatValue() {
        #expect(OtsuThreshold.threshold(of: [0.3, 0.3, 0.3]) == 0.3)
        #expect(OtsuThreshold.threshold(of: []) == 0)
    }

    @Test func runningOtsuEqualsScikitImageOnItsHistogram() {
        var running = RunningOtsu()
        for start in stride(from: 0, to: Self.values.count, by: 700) {
            running.add(Array(Self.values[start..<min(start + 700, Self.values.count)]))
        }
        #expect(running.threshold == Self.upperEdgeOfBin103)
        var atOnce = RunningOtsu()
        atOnce.add(Self.values)
        #expect(atOnce == running)
    }

    @Test func thresholdsSurviveABrokenNetwork() {
        let broken: [Float] = [.nan, .infinity, -.infinity]
        #expect(OtsuThreshold.threshold(of: broken) == 0)
        #expect(OtsuThreshold.threshold(of: Self.values + broken) == 0.40375292)
        var running = RunningOtsu()
        running.add(broken)
        #expect(running.threshold != nil)
        let mask = ClassMask(ClassProbabilities(spark: broken, wave: broken, puff: broken), threshold: 0.5)
        #expect(mask.classes[0] == EventClass.background)
    }

    @Test func runningOtsuNeedsTwoGroups() {
        var running = RunningOtsu()
        #expect(running.threshold == nil)
        running.add([0.5, 0.5])
        #expect(running.threshold == nil)
        running.add([-1, 2])
        #expect(running.threshold != nil)
    }

    @Test func fixedPolicyIgnoresTheFrames() {
        var estimator = ThresholdEstimator(policy: .fixed(0.4))
        #expect(estimator.threshold(for: Self.probabilities(of: Self.values)) == 0.4)
    }

    @Test func runningPolicyKeepsToItsFloorUntilThereAreEvents() {
        var estimator = ThresholdEstimator(policy: .runningOtsu(floor: 0.25))
        #expect(estimator.threshold(for: Self.probabilities(of: [0.01, 0.02, 0.01])) == 0.25)
        #expect(estimator.threshold(for: Self.probabilities(of: [0.9, 0.9, 0.6])) == 0.25)
        #expect(estimator.threshold(for: Self.probabilities(of: Self.values)) == Self.upperEdgeOfBin103)
    }

    private static func probabilities(of totals: [Float]) -> ClassProbabilities {
        let nothing = [Float](repeating: 0, count: totals.count)
        return ClassProbabilities(spark: totals, wave: nothing, puff: nothing)
    }
}
