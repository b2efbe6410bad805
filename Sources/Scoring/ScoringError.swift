/// Why labels cannot be compared.
public enum ScoringError: Error, Equatable, CustomStringConvertible {
    /// Two masks of a frame have different numbers of pixels.
    case differentPixelCounts(annotated: Int, predicted: Int)
    /// A class mask holds a value that stands for no class.
    case unknownClass(value: Int)

    public var description: String {
        switch self {
        case .differentPixelCounts(let annotated, let predicted):
            "annotated frames have \(annotated) pixels, predicted ones \(predicted); compare masks of the same movie"
        case .unknownClass(let value):
            "\(value) stands for no class; use 0 background, 1 spark, 2 wave, 3 puff, 4 undefined"
        }
    }
}
