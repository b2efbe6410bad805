extension Collection<Double> {
    /// The middle value, or the mean of the two middle ones; nil if there is none.
    package var median: Double? {
        guard !isEmpty else { return nil }
        let sorted = sorted()
        return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    }
}
