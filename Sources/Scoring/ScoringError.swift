/// Why labels cannot be compared.
package enum ScoringError: Error, Equatable, CustomStringConvertible {
    /// Two masks of a frame have different numbers of pixels.
    case differentPixelCounts(annotated: Int, predicted: Int)
    /// A class mask holds a value that stands for no class.
    case unknownClass(value: Int)
    /// Masks of the same frames have different numbers of frames.
    case differentFrameCounts(first: Int, other: Int)
    /// A rater's mask holds a value that is no category of agreement.
    case notRated(value: Int)
    /// Raters left every pixel undefined.
    case nothingRated

    package var description: String {
        switch self {
        case .differentPixelCounts(let annotated, let predicted):
            "annotated frames have \(annotated) pixels, predicted ones \(predicted); compare masks of the same movie"
        case .unknownClass(let value):
            "\(value) stands for no class; use 0 background, 1 spark, 2 wave, 3 puff, 4 undefined"
        case .differentFrameCounts(let first, let other):
            "the first mask has \(first) frames, another \(other); compare masks of the same frames"
        case .notRated(let value):
            "\(value) is no label of a rater; use 0 background, 1 spark, 2 wave, 3 puff, 4 undefined"
        case .nothingRated:
            "raters left every pixel undefined (4); compare masks that have classes in common"
        }
    }
}
