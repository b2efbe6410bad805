package import Imaging

/// The mean of every tile of the frame over the last seconds, in fixed memory: what traces of events are cut from.
package struct TileHistory {
    package let size: FrameSize
    /// Edge of a tile, in pixels.
    package let side: Int

    private let columns: Int
    private let rows: Int
    private let capacity: Int
    /// Means `[slot][row][column]`; frame f is in slot f % capacity.
    private var means: [Float]
    private var frames: [Int]

    private static let wantedSideMicrometres = 1.0
    private static let tileLimit = 8192
    private static let byteLimit = 24 << 20
    private static let longestCapacity = 4096

    package init(size: FrameSize, pixelSizeMicrometres: Double) {
        self.size = size
        var side = max(
            1,
            min(
                size.height + size.width,
                Int(saturating: (Self.wantedSideMicrometres / pixelSizeMicrometres).rounded())
            )
        )
        while Self.count(size.height, side) * Self.count(size.width, side) > Self.tileLimit { side += 1 }
        self.side = side
        columns = Self.count(size.width, side)
        rows = Self.count(size.height, side)
        capacity = min(Self.longestCapacity, Self.byteLimit / (4 * columns * rows))
        means = [Float](repeating: 0, count: capacity * columns * rows)
        frames = [Int](repeating: -1, count: capacity)
    }

    private static func count(_ length: Int, _ side: Int) -> Int { (length + side - 1) / side }

    /// Takes up a frame.
    ///
    /// - Parameters:
    ///   - pixels: Counts `[y][x]`.
    ///   - frame: Its acquisition index.
    /// - Complexity: O(pixels)
    package mutating func record(_ pixels: UnsafeBufferPointer<Float>, frame: Int) {
        let slot = frame % capacity
        frames[slot] = frame
        let (columns, side, size) = (columns, side, size)
        let start = slot * columns * rows
        means.withUnsafeMutableBufferPointer { means in
            for tileRow in 0..<rows {
                let yEnd = min((tileRow + 1) * side, size.height)
                for tileColumn in 0..<columns {
                    let xStart = tileColumn * side
                    let xEnd = min(xStart + side, size.width)
                    var sum: Float = 0
                    for y in tileRow * side..<yEnd {
                        for index in y * size.width + xStart..<y * size.width + xEnd { sum += pixels[index] }
                    }
                    means[start + tileRow * columns + tileColumn] =
                        sum / Float((yEnd - tileRow * side) * (xEnd - xStart))
                }
            }
        }
    }

    /// The mean of one tile over time; nil where a frame is not, or no longer, known.
    package func trace(row: Int, column: Int, frames wanted: Range<Int>) -> [Float?] {
        let tile = min(row / side, rows - 1) * columns + min(column / side, columns - 1)
        return wanted.map { frame in
            guard frame >= 0, frames[frame % capacity] == frame else { return nil }
            return means[frame % capacity * columns * rows + tile]
        }
    }

    /// The tile that holds a pixel: [y0, x0, y1, x1], half open.
    package func box(row: Int, column: Int) -> [Int] {
        let (y, x) = (row / side * side, column / side * side)
        return [y, x, min(y + side, size.height), min(x + side, size.width)]
    }
}
