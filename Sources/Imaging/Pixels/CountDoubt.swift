/// Counts of which nobody says how many bits they have, and that do not look like 16.
package struct CountDoubt: Sendable, Equatable {
    package let text: String

    /// Depths that cameras have.
    private static let usualDepths = [8, 10, 12, 14]
    /// Floating-point movies below are no counts: they are scaled to 1, or ΔF/F0.
    private static let largestRatio: Float = 32

    /// Looks at the counts of a movie, or of the first frames of a series; nil if they may well have 16 bits.
    ///
    /// - Parameters:
    ///   - smallest: The smallest count as stored.
    ///   - largest: The largest one.
    ///   - isFloatingPoint: How they are stored.
    package init?(smallest: Float, largest: Float, isFloatingPoint: Bool) {
        guard largest.isFinite, smallest.isFinite else { return nil }
        let largestText = Double(largest).shortText
        if isFloatingPoint, largest < Self.largestRatio {
            let remedy =
                largest <= 1 && smallest >= 0
                ? "multiply a movie that was scaled to 0..1 by 65535"
                : "take the counts of the camera, not ΔF/F0 or another ratio"
            text =
                "the largest value is \(largestText): these are no counts (0 to 65535), and hardly any event can be found "
                + "in them; \(remedy)"
            return
        }
        var bits = 1
        while bits < 16, largest >= Float(1 << bits) { bits += 1 }
        guard bits < 16 else { return nil }
        let depth = Self.usualDepths.first { $0 >= bits } ?? bits
        text =
            "the largest count is \(largestText), which \(depth) bits hold, and nothing says how many the camera has: "
            + "if it has fewer than 16, dim events are missed; give them with --bit-depth (8 to 16)"
    }
}
