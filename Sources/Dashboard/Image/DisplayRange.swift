/// The counts that a picture's 8 bits stand for: everything in the frame, slow to shrink, so that pictures do not pump.
package struct DisplayRange: Equatable {
    package private(set) var low: Float
    package private(set) var high: Float

    /// Share of the way to a smaller range that one picture goes.
    private static let relaxation: Float = 0.02

    /// A range that holds the first picture.
    package init(lowest: Float, highest: Float) {
        low = lowest
        high = max(highest, lowest + 1)
    }

    /// Takes up the next picture: grows at once, shrinks slowly.
    package mutating func include(lowest: Float, highest: Float) {
        low = min(lowest, low + (lowest - low) * Self.relaxation)
        high = max(highest, high + (highest - high) * Self.relaxation, low + 1)
    }

    /// The 8 bits of a count: the square root of its place in the range, because noise grows like the square root too.
    package func code(_ counts: Float) -> UInt8 {
        let share = max(0, min(1, (counts - low) / (high - low)))
        return UInt8(share.squareRoot() * 255 + 0.5)
    }
}
