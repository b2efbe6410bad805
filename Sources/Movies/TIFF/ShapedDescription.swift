import Foundation

/// What Python's tifffile writes of an array: `{"shape": [300, 2, 64, 128], "axes": "TCYX"}`.
struct ShapedDescription: Decodable {
    let shape: [Int]
    let axes: String?

    /// - Returns: Nil if the text is none.
    init?(_ text: String) {
        guard text.hasPrefix("{"), text.utf8.count < 1 << 20,
            let description = try? JSONDecoder().decode(Self.self, from: Data(text.utf8)),
            description.shape.count >= 2
        else { return nil }
        self = description
    }

    /// Axes of the pages; without names the only long one is time, and of several nothing is known.
    var order: PlaneOrder {
        let letters = axes.map { Array($0.uppercased()) } ?? []
        let isNamed = letters.count == shape.count
        let leading = isNamed ? letters.prefix { $0 != "Y" && $0 != "X" }.count : max(0, shape.count - 2)
        return PlaneOrder(
            (0..<leading).map { .init(axis: isNamed ? .init(letters[$0]) : .other("?"), count: max(1, shape[$0])) }
        )
    }
}
