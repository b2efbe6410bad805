/// Noise with blobs that come and go, as a camera stores it.
package enum BlobMovie {
    /// Frames `[t][y][x]` in counts: a square of light of six frames begins every twelve frames, somewhere.
    ///
    /// - Precondition: a frame has more than 6 rows and columns.
    package static func frames(_ count: Int, height: Int, width: Int, seed: UInt64) -> [[UInt16]] {
        var generator = SeededGenerator(seed: seed)
        var frames = (0..<count).map { _ in
            (0..<height * width).map { _ in UInt16.random(in: 900...1800, using: &generator) }
        }
        for start in stride(from: 4, to: count, by: 12) {
            let row = Int.random(in: 3..<height - 3, using: &generator)
            let column = Int.random(in: 3..<width - 3, using: &generator)
            for frame in start..<min(start + 6, count) {
                for y in row - 3...row + 3 {
                    for x in column - 3...column + 3 { frames[frame][y * width + x] += 30000 }
                }
            }
        }
        return frames
    }
}
