import Imaging

/// The light of blocks of pixels over time, where noise is small enough to see how fast and how often they change.
struct BlockCourses: Sendable {
    private let size: FrameSize
    private let rows: Int
    private let columns: Int
    /// The last means of all blocks, the newest at ``newest``.
    private var ring: [[Float]] = []
    private var newest = 0
    private(set) var frameCount = 0
    /// Squared steps over 1, 4 and 16 frames, in units of the squared light, summed over blocks; and how many.
    private(set) var squares = [Double](repeating: 0, count: lags.count)
    private(set) var counts = [Int](repeating: 0, count: lags.count)
    /// Products of steps over 4 frames with those of the next block along x.
    private(set) var neighbourProduct = 0.0

    static let lags = [1, 4, 16]
    private static let side = 4

    init(size: FrameSize) {
        self.size = size
        rows = max(1, size.height / Self.side)
        columns = max(1, size.width / Self.side)
    }

    /// Mean squared step over a lag.
    func meanSquare(_ index: Int) -> Double { counts[index] > 0 ? squares[index] / Double(counts[index]) : 0 }

    mutating func take(_ frame: UnsafeBufferPointer<Float>) {
        let means = blockMeans(of: frame)
        for (index, lag) in Self.lags.enumerated() where frameCount >= lag {
            let before = ring[(newest + ring.count - (lag - 1)) % ring.count]
            var total: Float = 0
            var product: Float = 0
            for block in means.indices {
                let step = means[block] - before[block]
                total += step * step
            }
            if lag == 4 {
                for block in 0..<means.count - 1 where (block + 1) % columns != 0 {
                    product += (means[block] - before[block]) * (means[block + 1] - before[block + 1])
                }
                neighbourProduct += Double(product)
            }
            squares[index] += Double(total)
            counts[index] += means.count
        }
        if ring.count < Self.lags[Self.lags.count - 1] {
            ring.append(means)
            newest = ring.count - 1
        } else {
            newest = (newest + 1) % ring.count
            ring[newest] = means
        }
        frameCount += 1
    }

    private func blockMeans(of frame: UnsafeBufferPointer<Float>) -> [Float] {
        let (height, width) = (min(Self.side, size.height), min(Self.side, size.width))
        let scale = 1 / Float(height * width)
        var means = [Float](repeating: 0, count: rows * columns)
        means.withUnsafeMutableBufferPointer { means in
            for row in 0..<rows * height {
                let place = row / height * columns
                for column in 0..<columns {
                    let start = row * size.width + column * width
                    var sum: Float = 0
                    for pixel in start..<start + width { sum += frame[pixel] }
                    means[place + column] += sum * scale
                }
            }
        }
        return means
    }
}
