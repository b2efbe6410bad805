/// The neighbourhood in which an intensity peak must be the largest: a disc of radius 5 px in three frames.
///
/// The published maximum filter mirrors the movie at its borders. A mirrored sample of this footprint always
/// lies inside the footprint itself, so leaving out what lies beyond the border gives the same maximum.
struct PeakFootprint {
    static let radius = 5

    /// Offsets of the disc, nearest first, so that most comparisons end early.
    private static let offsets: [(dy: Int, dx: Int)] = {
        var disc: [(dy: Int, dx: Int)] = []
        for dy in -radius...radius {
            for dx in -radius...radius where dy * dy + dx * dx <= radius * radius {
                disc.append((dy, dx))
            }
        }
        return disc.sorted { $0.dy * $0.dy + $0.dx * $0.dx < $1.dy * $1.dy + $1.dx * $1.dx }
    }()

    private let height: Int
    private let width: Int

    init(height: Int, width: Int) {
        self.height = height
        self.width = width
    }

    /// Whether no sample of the footprint exceeds a value.
    ///
    /// - Parameters:
    ///   - value: the smoothed intensity at the position.
    ///   - y: row of the position.
    ///   - x: column of the position.
    ///   - planes: smoothed frames `[y][x]` of the footprint, those that exist of three.
    /// - Returns: true also if others equal the value.
    func isMaximum(_ value: Double, y: Int, x: Int, planes: [UnsafePointer<Double>]) -> Bool {
        for plane in planes {
            for offset in Self.offsets {
                let row = y + offset.dy
                let column = x + offset.dx
                if row < 0 || row >= height || column < 0 || column >= width { continue }
                if plane[row * width + column] > value { return false }
            }
        }
        return true
    }
}
