import Imaging
import Scoring
import Testing

/// Small cases that can be counted by hand; one character per pixel.
struct MovieComparisonTests {
    private func frame(_ classes: String, _ instances: String) -> LabelFrame {
        LabelFrame(
            classes: classes.map { UInt32($0.wholeNumberValue ?? 0) },
            instances: instances.map { UInt32($0.wholeNumberValue ?? 0) }
        )
    }

    private func comparison(
        annotated: (String, String),
        predicted: (String, String)
    ) throws -> MovieComparison {
        var comparison = MovieComparison()
        try comparison.add(
            annotation: frame(annotated.0, annotated.1),
            prediction: frame(predicted.0, predicted.1)
        )
        return comparison
    }

    @Test func nothingAgreesWithNothing() throws {
        let comparison = try comparison(annotated: ("....", "...."), predicted: ("....", "...."))
        #expect(comparison.overlap.intersectionOverUnion.classes == PerClass { _ in 1 })
        #expect(comparison.counts == EventCounts())
        #expect(Evaluation([comparison]).metrics.total.f1Score == 0)
    }

    /// Nothing can be said of a class that neither side has; one that was missed, or made up, counts.
    @Test func aClassThatDoesNotOccurIsLeftOutOfTheAverage() throws {
        let sparks = try comparison(annotated: ("11..", "11.."), predicted: ("11..", "11.."))
        let metrics = Evaluation([sparks]).metrics
        #expect(metrics.classes.sparks?.f1Score == 1 && metrics.classes.waves == nil && metrics.classes.puffs == nil)
        #expect(metrics.average.f1Score == 1)
        let missed = try comparison(annotated: ("11.3", "11.3"), predicted: ("11..", "11.."))
        #expect(Evaluation([missed]).metrics.average.f1Score == 0.5)
        let madeUp = try comparison(annotated: ("11..", "11.."), predicted: ("11.2", "11.2"))
        #expect(Evaluation([madeUp]).metrics.average.f1Score == 0.5)
        // What lies where the annotation is undefined is held against nobody.
        let ignored = try comparison(annotated: ("11.4", "11.9"), predicted: ("11.2", "11.2"))
        #expect(Evaluation([ignored]).metrics.average.f1Score == 1)
    }

    @Test func numberWithTwoClassesIsTwoEvents() throws {
        let comparison = try comparison(annotated: ("1133", "5555"), predicted: ("1111", "2222"))
        #expect(comparison.annotatedClasses == [.spark, .puff])
        #expect(comparison.overlapMatrix == [[1], [1]])
        let counts = comparison.counts
        #expect(counts.annotated[.puff].matched == PerClass { $0 == .spark ? 1 : 0 })
        #expect(counts.predicted[.spark].total == 1)
        #expect(counts.predicted[.spark].matched == PerClass { $0 == .wave ? 0 : 1 })
    }

    @Test func halfOnUndefinedAnnotationIsIgnored() throws {
        let half = try comparison(annotated: ("44......", "77......"), predicted: ("2222.111", "1111.222")).counts
        #expect(half.predicted[.wave].ignored == 1)
        #expect(half.predicted[.wave].unlabeled == 0)
        #expect(half.predicted[.spark].unlabeled == 1)
        let less = try comparison(annotated: ("4.......", "7......."), predicted: ("2222....", "1111....")).counts
        #expect(less.predicted[.wave].ignored == 0)
        #expect(less.predicted[.wave].unlabeled == 1)
    }

    @Test func undefinedAnnotationHidesThePredictionOnly() throws {
        let overlap = try comparison(annotated: ("4411", "0011"), predicted: ("1111", "1111")).overlap
            .intersectionOverUnion
        #expect(overlap.classes[.spark] == 1)
        #expect(overlap.binary == 0.5)
        #expect(overlap.strictBinary == 1)
    }

    /// Half precision has a step of 0.000244 below 0.5.
    @Test(arguments: [(4095, 8191, 0.5), (4095, 8192, 0.5), (4094, 8192, 0.499755859375), (1, 3, 0.333251953125)])
    func overlapIsRoundedToHalfPrecision(shared: Int, area: Int, expected: Double) throws {
        var comparison = MovieComparison()
        let mask = [UInt32](repeating: 1, count: area) + [UInt32](repeating: 0, count: area)
        let shifted =
            [UInt32](repeating: 0, count: area - shared) + [UInt32](repeating: 1, count: area)
            + [UInt32](repeating: 0, count: shared)
        try comparison.add(
            annotation: LabelFrame(classes: mask, instances: mask),
            prediction: LabelFrame(classes: shifted, instances: shifted)
        )
        #expect(comparison.overlapMatrix == [[expected]])
        #expect(comparison.counts.annotated[.spark].undetected == (expected < 0.5 ? 1 : 0))
    }

    @Test func masksThatCannotBeComparedAreRefused() {
        #expect(throws: ScoringError.unknownClass(value: 5)) {
            try comparison(annotated: ("..5.", "...."), predicted: ("....", "...."))
        }
        #expect(throws: ScoringError.differentPixelCounts(annotated: 4, predicted: 3)) {
            try comparison(annotated: ("....", "...."), predicted: ("...", "..."))
        }
    }
}
