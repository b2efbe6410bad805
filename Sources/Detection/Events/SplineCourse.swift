/// The course of an event that has no simple form: a smoothing spline.
struct SplineCourse {
    /// Distance of the knots where noise allows nothing finer.
    private static let knotMilliseconds = 50.0
    private static let finestKnotMilliseconds = 20.0
    /// Standard deviation of the mean of the values between two knots, in units of the peak, that is let through.
    private static let tolerableNoise = 0.04
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
    ///   - knotDistance: In frames.
    init?(
        times: [Double],
        values: [Double],
        weights: [Double],
        restingBefore: Double,
        peakIn peakRange: ClosedRange<Double>,
        crossings: CourseMeasures.Crossings,
        knotDistance: Double
    ) {
        let spline = SmoothingSpline(
            times: times,
            values: values,
            weights: weights,
            knotDistance: knotDistance
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

    /// Chooses how near to each other the knots may be with this noise.
    ///
    /// - Parameters:
    ///   - noise: Standard deviation of a value; nil where it is not known.
    ///   - peak: About the largest value; nil where there is none.
    ///   - frameIntervalMilliseconds: Of the movie.
    /// - Returns: 20 to 50 ms and two at least, in frames.
    static func knotDistance(noise: Double?, peak: Double?, frameIntervalMilliseconds: Double) -> Double {
        let longest = knotMilliseconds / frameIntervalMilliseconds
        guard let noise, let peak, peak > 0 else { return max(2, longest) }
        let ratio = noise / (tolerableNoise * peak)
        return max(2, min(longest, max(finestKnotMilliseconds / frameIntervalMilliseconds, ratio * ratio)))
    }
}
