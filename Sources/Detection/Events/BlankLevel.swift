/// How light it is outside of the cell, on the scale of normalised intensity.
package struct BlankLevel: Sendable, Equatable {
    package let light: Float
    /// One standard deviation by which that may be wrong.
    package let error: Float
    package let origin: Origin

    /// Where a level comes from; raw values are the published names.
    package enum Origin: String, Codable, Sendable, CaseIterable {
        /// Measured at a place that is outside of the cell for certain.
        case outside
        /// Measured at the darkest place, which is too light to be outside for certain.
        case darkestPlace = "darkest_place"
        /// A guess: no light at all, as noise tells it, and what is usual above that.
        case noise
        /// The dark level: not even noise tells what no light is.
        case darkLevel = "dark_level"
    }

    /// False where no outside can be told from the cell for certain, so that the level is a guess.
    package var isSeen: Bool { origin == .outside }

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

    package init(light: Float, error: Float, origin: Origin) {
        self.light = light
        self.error = error
        self.origin = origin
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
            self.init(light: darkest, error: Self.usualError * (bright - dark), origin: .outside)
        } else if isSeparate {
            // An outside with much light of its own, or a dim half of the cell.
            let error = max((darkest - dark) / 2, Self.guessError * (bright - dark))
            self.init(light: darkest, error: error, origin: .darkestPlace)
        } else {
            self = .guessed(above: none, darkest: darkest, bright: bright)
        }
    }

    /// What is usual outside, where none can be seen; the dark level, where it is not even known what no light is.
    static func guessed(above none: Float?, darkest: Float, bright: Float) -> BlankLevel {
        guard let none else { return BlankLevel(light: 0, error: usualShare * bright, origin: .darkLevel) }
        let dark = min(none, darkest)
        let light = dark + min(0.5 * (darkest - dark), usualShare * (bright - dark))
        return BlankLevel(light: light, error: guessError * (bright - dark), origin: .noise)
    }

    /// The dark level, where nothing is known of cell and frame.
    package static let unknown = BlankLevel(light: 0, error: 0, origin: .darkLevel)

    /// The smallest F0 above the blank level that ratios are given of.
    var leastResting: Float { Self.clearErrors * error }
}
