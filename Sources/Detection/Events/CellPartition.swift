import Imaging

/// Which pixels belong to which cell.
struct CellPartition: Sendable, Equatable {
    /// Number of the cell of every pixel, from 1; 0 outside of all, `[y][x]`.
    let labels: [UInt8]
    /// The numbers that occur, in rising order.
    let numbers: [Int]

    /// Pieces that are smaller than this share of the largest one are no cells of their own.
    private static let smallestShare = 0.1
    private static let mostCells = Int(UInt8.max)

    /// Takes labels as they are.
    init(labels: [UInt8]) {
        self.labels = labels
        numbers = Set(labels).subtracting([0]).map(Int.init).sorted()
    }

    /// Tells cells apart that lie apart: by three pixels or more.
    ///
    /// Cells are numbered from the top, by their first pixel. Small pieces belong to the cell next to them.
    init(pixels: [Bool], size: FrameSize) {
        let pieces = Self.pieces(of: pixels, size: size)
        let largest = pieces.map(\.count).max() ?? 0
        let cells = pieces.filter { Double($0.count) >= Self.smallestShare * Double(largest) }.prefix(Self.mostCells)
        var labels = [UInt8](repeating: 0, count: pixels.count)
        for (index, piece) in cells.enumerated() { for pixel in piece { labels[pixel] = UInt8(index + 1) } }
        if cells.count < pieces.count {
            let nearest = Self.nearest(labels, size: size)
            for pixel in pixels.indices where pixels[pixel] { labels[pixel] = nearest[pixel] }
        }
        self.labels = labels
        numbers = cells.indices.map { $0 + 1 }
    }

    /// The cell next to every pixel, its own where it has one; the lower number where two are as near.
    func nearest(size: FrameSize) -> [UInt8] { Self.nearest(labels, size: size) }

    /// The pixels that are connected over gaps of up to two pixels, in raster order of their first ones.
    private static func pieces(of pixels: [Bool], size: FrameSize) -> [[Int]] {
        var isWide = [Bool](repeating: false, count: pixels.count)
        for pixel in pixels.indices where pixels[pixel] { visitNeighbours(of: pixel, size: size) { isWide[$0] = true } }
        var isReached = [Bool](repeating: false, count: pixels.count)
        var pieces: [[Int]] = []
        for start in pixels.indices where pixels[start] && !isReached[start] {
            var reached = [start]
            isReached[start] = true
            var next = 0
            while next < reached.count {
                visitNeighbours(of: reached[next], size: size) { neighbour in
                    guard isWide[neighbour], !isReached[neighbour] else { return }
                    isReached[neighbour] = true
                    reached.append(neighbour)
                }
                next += 1
            }
            pieces.append(reached.filter { pixels[$0] }.sorted())
        }
        return pieces
    }

    /// Spreads labels step by step over all pixels.
    private static func nearest(_ labels: [UInt8], size: FrameSize) -> [UInt8] {
        var nearest = labels
        var front = labels.indices.filter { labels[$0] != 0 }
        while !front.isEmpty {
            var found: [Int: UInt8] = [:]
            for pixel in front {
                visitNeighbours(of: pixel, size: size) { neighbour in
                    guard nearest[neighbour] == 0 else { return }
                    found[neighbour] = min(found[neighbour] ?? .max, nearest[pixel])
                }
            }
            for (pixel, label) in found { nearest[pixel] = label }
            front = found.keys.sorted()
        }
        return nearest
    }

    /// The pixel itself and up to eight others.
    private static func visitNeighbours(of pixel: Int, size: FrameSize, _ visit: (Int) -> Void) {
        let (y, x) = (pixel / size.width, pixel % size.width)
        for row in max(0, y - 1)...min(size.height - 1, y + 1) {
            for column in max(0, x - 1)...min(size.width - 1, x + 1) { visit(row * size.width + column) }
        }
    }
}
