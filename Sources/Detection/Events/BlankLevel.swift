/// How light it is outside of the cell, on the scale of normalised intensity.
package struct BlankLevel: Sendable, Equatable {
    package let light: Float
    /// One standard deviation by which that may be wrong.
    package let error: Float
    /// False where no outside can be told from the cell for certain, so that the level is a guess.
    package let isSeen: Bool

    /// Light outside in units of that of the cell, above no light at all: around 0.08 in recordings, up to 0.18; a place that is
    /// lighter is hardly outside.
    private static let usualShare: Float = 0.1
    private static let largestShare: Float = 0.2
    private static let largestShareOfWide: Float = 0.25
    /// Errors in the same units.
    static let usualError: Float = 0.03
    private static let guessError: Float = 0.05
    /// Errors by which F0 has to lie above for a ratio to it to mean anything.
    private static let clearErrors: Float = 3

    package init(light: Float, error: Float, isSeen: Bool) {
        self.light = light
        self.error = error
        self.isSeen = isSeen
    }

    /// Judges the darkest place of a frame.
    ///
    /// - Parameters:
    ///   - darkest: Light of the darkest hundredth.
    ///   - none: No light at all; nil if noise does not tell: the dark level, 0.
    ///   - bright: Light of the cell.
    ///   - isSeparate: True if much of the frame is about as dark, and clearly darker than the rest.
    init(darkest: Float, above none: Float?, bright: Float, isSeparate: Bool) {
        let dark = min(none ?? 0, darkest)
        let share = bright > dark ? (darkest - dark) / (bright - dark) : 0
        if share <= (isSeparate ? Self.largestShareOfWide : Self.largestShare) {
            self.init(light: darkest, error: Self.usualError * (bright - dark), isSeen: true)
        } else if isSeparate {
            // An outside with much light of its own, or a dim half of the cell.
            let error = max((darkest - dark) / 2, Self.guessError * (bright - dark))
            self.init(light: darkest, error: error, isSeen: false)
        } else {
            self = .guessed(above: none, darkest: darkest, bright: bright)
        }
    }

    /// What is usual outside, where none can be seen; the dark level, where it is not even known what no light is.
    static func guessed(above none: Float?, darkest: Float, bright: Float) -> BlankLevel {
        guard let none else { return BlankLevel(light: 0, error: usualShare * bright, isSeen: false) }
        let dark = min(none, darkest)
        let light = dark + min(0.5 * (darkest - dark), usualShare * (bright - dark))
        return BlankLevel(light: light, error: guessError * (bright - dark), isSeen: false)
    }

    /// The dark level, where nothing is known of cell and frame.
    package static let unknown = BlankLevel(light: 0, error: 0, isSeen: false)

    /// The smallest F0 above the blank level that ratios are given of.
    var leastResting: Float { Self.clearErrors * error }
}
