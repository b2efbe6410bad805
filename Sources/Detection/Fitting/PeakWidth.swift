/// Full width at half maximum of a profile of no particular form: a smoothing spline's crossings next to its peak.
package struct PeakWidth: Equatable {
    /// Where the profile is highest.
    package let peak: Double
    /// Distance of the two crossings of half of the peak's height.
    package let width: Double

    /// Steps of the search, as a share of the distance of two samples.
    private static let step = 0.1

    /// Nil where the samples leave a part of the profile undetermined, nothing rises above 0, or a crossing lies
    /// outside of the samples.
    ///
    /// - Parameters:
    ///   - positions: Rising, about evenly spaced.
    ///   - values: One per position; 0 far from the peak.
    ///   - weights: Inverse of each value's standard deviation, up to a common factor.
    ///   - knotDistance: Of the spline, in units of the positions: details that are much finer are smoothed away.
    ///   - range: Where the peak is looked for.
    package init?(
        positions: [Double],
        values: [Double],
        weights: [Double],
        knotDistance: Double,
        peakIn range: ClosedRange<Double>
    ) {
        guard positions.count >= 2, let first = positions.first, let last = positions.last,
            let spline = SmoothingSpline(
                times: positions,
                values: values,
                weights: weights,
                knotDistance: knotDistance
            )
        else { return nil }
        let step = Self.step * (last - first) / Double(positions.count - 1)
        let grid = Array(stride(from: first, through: last, by: step))
        let course = grid.map(spline.value(at:))
        let candidates = grid.indices.filter { range.contains(grid[$0]) }
        guard let peak = candidates.max(by: { course[$0] < course[$1] }), course[peak] > 0 else { return nil }
        let level = course[peak] / 2
        guard let left = grid[..<peak].indices.last(where: { course[$0] < level }),
            let right = grid[peak...].indices.first(where: { course[$0] < level })
        else { return nil }
        let leftPart = (level - course[left]) / (course[left + 1] - course[left])
        let rightPart = (course[right - 1] - level) / (course[right - 1] - course[right])
        self.peak = grid[peak]
        width = grid[right - 1] + rightPart * step - grid[left] - leftPart * step
    }
}
