/// The course of an event that has no simple form: a spline with a knot every 50 ms.
struct SplineCourse {
    private static let knotMilliseconds = 50.0
    private static let fewestRestingValues = 5

    /// The value at a time.
    let fit: (Double) -> Double
    /// Nil if nothing rises above the baseline.
    let measures: CourseMeasures?

    /// Fits the course; nil where the samples leave a part of it undetermined.
    ///
    /// - Parameters:
    ///   - times: Rising, in frames.
    ///   - values: One per time.
    ///   - weights: Inverse of each value's standard deviation, up to a common factor.
    ///   - restingBefore: The baseline is the median of the values before this time; 0 if they are too few.
    ///   - peakRange: Where the peak is looked for.
    ///   - crossings: Which of several crossings count.
    ///   - frameIntervalMilliseconds: Of the movie.
    init?(
        times: [Double],
        values: [Double],
        weights: [Double],
        restingBefore: Double,
        peakIn peakRange: ClosedRange<Double>,
        crossings: CourseMeasures.Crossings,
        frameIntervalMilliseconds: Double
    ) {
        let spline = SmoothingSpline(
            times: times,
            values: values,
            weights: weights,
            knotDistance: max(2, Self.knotMilliseconds / frameIntervalMilliseconds)
        )
        guard let spline, let first = times.first, let last = times.last else { return nil }
        let before = zip(times, values).filter { $0.0 < restingBefore }.map(\.1).sorted()
        fit = spline.value(at:)
        measures = CourseMeasures(
            in: first...last,
            peakIn: peakRange,
            baseline: before.count >= Self.fewestRestingValues ? before[before.count / 2] : 0,
            crossings: crossings,
            course: spline.value(at:)
        )
    }
}
