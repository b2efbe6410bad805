/// A class of calcium release event; raw values are those of class masks (0 is background, 4 undefined).
package enum EventClass: UInt8, CaseIterable, Sendable, Codable {
    case spark = 1
    case wave = 2
    case puff = 3

    /// The value of voxels that belong to no event.
    package static let background: UInt8 = 0

    /// The value that annotations give to voxels whose class their authors left open.
    package static let undefined: UInt8 = 4

    /// The lower-case name used in topics, journals and tables.
    package var name: String {
        switch self {
        case .spark: "spark"
        case .wave: "wave"
        case .puff: "puff"
        }
    }
}
