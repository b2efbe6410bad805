extension Double {
    /// Rounded to a number of decimals; nil if not finite.
    package func rounded(decimals: Int) -> Double? {
        guard isFinite else { return nil }
        let scale = [1.0, 10, 100, 1000, 10_000, 100_000, 1_000_000][decimals]
        let scaled = (self * scale).rounded() / scale
        return scaled.isFinite ? scaled : self
    }
}
