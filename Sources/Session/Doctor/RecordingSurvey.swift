package import Imaging

/// What frames tell of how they were recorded, gathered one by one: a few values per pixel, however many there are.
///
/// Frames without light, those that stand for lost ones, and repetitions of the one before are counted and left out of
/// the rest.
package struct RecordingSurvey: Sendable {
    package let size: FrameSize
    /// Frames that were taken.
    package private(set) var frameCount = 0
    /// Frames that are the one before, pixel by pixel.
    package private(set) var repeatedFrameCount = 0
    /// Frames of one value, or whose light has fallen to nearly nothing.
    package private(set) var darkFrameCount = 0

    // Sums over the frames that are looked at, one value per pixel.
    /// The first frame, which values are counted from; the last one, and the one before it.
    private var first: [Float] = []
    private var last: [Float] = []
    private var beforeLast: [Float] = []
    /// Of x - first, of its square, of the squared steps to the next frame and to the one after it, and of x - first in
    /// every other frame.
    private(set) var sums: [Float]
    private(set) var squares: [Float]
    private(set) var steps: [Float]
    private(set) var evenSums: [Float]
    /// Products of steps with those of the neighbour along x and along y, and squares of the same steps.
    private(set) var neighbourProducts = (x: 0.0, y: 0.0)
    private(set) var stepSquares = 0.0
    /// Squared steps of the sums of lines; independent pixels would give as much as ``stepSquares``.
    private(set) var lineSquares = 0.0
    private(set) var doubleStepSquares = 0.0
    /// Mean of every frame that was looked at.
    private(set) var lights: [Double] = []
    /// Extreme counts, and how many voxels have them.
    private(set) var smallest = Extreme(count: .infinity)
    private(set) var largest = Extreme(count: -.infinity)
    private(set) var blocks: BlockCourses

    struct Extreme: Sendable {
        var count: Float
        var voxelCount = 0
    }

    /// Light above the smallest count, in units of the usual, below which a frame is called dark.
    private static let darkShare = 0.25

    package init(size: FrameSize) {
        self.size = size
        let nothing = [Float](repeating: 0, count: size.pixelCount)
        (sums, squares, steps, evenSums) = (nothing, nothing, nothing, nothing)
        blocks = BlockCourses(size: size)
    }

    /// Frames that were looked at.
    package var lookedAtCount: Int { lights.count }

    /// Takes the next frame, `[y][x]` on the 16-bit scale.
    ///
    /// - Complexity: O(pixels), a few operations for each.
    package mutating func take(_ frame: UnsafeBufferPointer<Float>) {
        precondition(frame.count == size.pixelCount, "a frame has \(size)")
        frameCount += 1
        let range = Self.extremes(of: frame)
        guard range.smallest < range.largest, range.largest.isFinite, range.smallest.isFinite else {
            darkFrameCount += 1
            return
        }
        let light = Self.mean(of: frame)
        if isDark(light) {
            darkFrameCount += 1
            return
        }
        if !last.isEmpty, last.withUnsafeBufferPointer({ Self.areEqual($0, frame) }) {
            repeatedFrameCount += 1
            return
        }
        if range.smallest < smallest.count { smallest = Extreme(count: range.smallest) }
        if range.smallest == smallest.count { smallest.voxelCount += range.smallestCount }
        if range.largest > largest.count { largest = Extreme(count: range.largest) }
        if range.largest == largest.count { largest.voxelCount += range.largestCount }
        lights.append(light)
        blocks.take(frame)
        if first.isEmpty {
            first = Array(frame)
        } else {
            add(frame)
        }
        (beforeLast, last) = (last, beforeLast)
        if last.isEmpty {
            last = Array(frame)
        } else {
            last.withUnsafeMutableBufferPointer { _ = $0.update(fromContentsOf: frame) }
        }
    }

    /// Mean of a pixel over the frames that were looked at.
    func mean(_ pixel: Int) -> Double { Double(first[pixel]) + Double(sums[pixel]) / Double(max(1, lookedAtCount)) }

    /// The same over every other frame: the even ones, and the odd ones.
    func alternateMeans(_ pixel: Int) -> (even: Double, odd: Double) {
        let even = (lookedAtCount + 1) / 2
        let odd = max(1, lookedAtCount - even)
        let base = Double(first[pixel])
        return (
            base + Double(evenSums[pixel]) / Double(max(1, even)),
            base + Double(sums[pixel] - evenSums[pixel]) / Double(odd)
        )
    }

    /// Variance of a pixel that is there from one frame to the next: noise.
    func noiseVariance(_ pixel: Int) -> Double { Double(steps[pixel]) / Double(2 * max(1, lookedAtCount - 1)) }

    /// Variance of a pixel over all frames.
    func variance(_ pixel: Int) -> Double {
        let count = Double(max(2, lookedAtCount)), sum = Double(sums[pixel])
        return max(0, (Double(squares[pixel]) - sum * sum / count) / (count - 1))
    }

    /// True if the light has fallen to nearly nothing; what waves and bleaching do is far from it.
    private func isDark(_ light: Double) -> Bool {
        // The least of the last second: what waves and bright events leave behind is no darkness.
        guard lights.count >= 8, let usual = lights.suffix(128).min(), smallest.count.isFinite else { return false }
        let dark = Double(smallest.count)
        return light - dark < Self.darkShare * (usual - dark)
    }
}

// The loops over pixels: over raw memory, so that the compiler makes vector code of them.
extension RecordingSurvey {
    private static func mean(of frame: UnsafeBufferPointer<Float>) -> Double {
        var total = 0.0
        var start = 0
        // Rows of partial sums keep single precision exact enough.
        while start < frame.count {
            let end = min(start + 1024, frame.count)
            var part: Float = 0
            for pixel in start..<end { part += frame[pixel] }
            total += Double(part)
            start = end
        }
        return total / Double(max(1, frame.count))
    }

    private static func extremes(
        of frame: UnsafeBufferPointer<Float>
    ) -> (smallest: Float, smallestCount: Int, largest: Float, largestCount: Int) {
        var (smallest, largest) = (Float.infinity, -Float.infinity)
        for count in frame {
            smallest = min(smallest, count)
            largest = max(largest, count)
        }
        var (low, high): (Int32, Int32) = (0, 0)
        for count in frame {
            low &+= count == smallest ? 1 : 0
            high &+= count == largest ? 1 : 0
        }
        return (smallest, Int(low), largest, Int(high))
    }

    private static func areEqual(_ first: UnsafeBufferPointer<Float>, _ second: UnsafeBufferPointer<Float>) -> Bool {
        // Mostly the first pixels tell.
        for pixel in first.indices where first[pixel] != second[pixel] { return false }
        return true
    }

    private mutating func add(_ frame: UnsafeBufferPointer<Float>) {
        Self.addMoments(of: frame, from: first, to: &sums, &squares)
        if (lights.count - 1).isMultiple(of: 2) { Self.addMoments(of: frame, from: first, to: &evenSums) }
        let noise = Self.addSteps(of: frame, from: last, width: size.width, to: &steps)
        stepSquares += noise.own
        neighbourProducts.x += noise.along
        neighbourProducts.y += noise.across
        lineSquares += noise.lines
        guard !beforeLast.isEmpty else { return }
        doubleStepSquares += beforeLast.withUnsafeBufferPointer { before in
            var total: Float = 0
            for pixel in 0..<frame.count {
                let step = frame[pixel] - before[pixel]
                total += step * step
            }
            return Double(total)
        }
    }

    private static func addMoments(
        of frame: UnsafeBufferPointer<Float>,
        from first: [Float],
        to sums: inout [Float],
        _ squares: inout [Float]
    ) {
        addMoments(of: frame, from: first, to: &sums)
        first.withUnsafeBufferPointer { first in
            squares.withUnsafeMutableBufferPointer { squares in
                for pixel in 0..<frame.count {
                    let value = frame[pixel] - first[pixel]
                    squares[pixel] += value * value
                }
            }
        }
    }

    private static func addMoments(
        of frame: UnsafeBufferPointer<Float>,
        from first: [Float],
        to sums: inout [Float]
    ) {
        first.withUnsafeBufferPointer { first in
            sums.withUnsafeMutableBufferPointer { sums in
                for pixel in 0..<frame.count { sums[pixel] += frame[pixel] - first[pixel] }
            }
        }
    }

    private struct Steps {
        /// Squares, products with the next pixel along x and along y, and squares of the sums of lines.
        var (own, along, across, lines) = (0.0, 0.0, 0.0, 0.0)
    }

    private static func addSteps(
        of frame: UnsafeBufferPointer<Float>,
        from last: [Float],
        width: Int,
        to steps: inout [Float]
    ) -> Steps {
        last.withUnsafeBufferPointer { last in
            steps.withUnsafeMutableBufferPointer { steps in
                var result = Steps()
                for start in stride(from: 0, to: frame.count, by: width) {
                    var (own, along, across, line): (Float, Float, Float, Float) = (0, 0, 0, 0)
                    for pixel in start..<start + width {
                        let step = frame[pixel] - last[pixel]
                        steps[pixel] += step * step
                        own += step * step
                        line += step
                    }
                    for pixel in start..<start + width - 1 {
                        along += (frame[pixel] - last[pixel]) * (frame[pixel + 1] - last[pixel + 1])
                    }
                    if start + width < frame.count {
                        for pixel in start..<start + width {
                            across += (frame[pixel] - last[pixel]) * (frame[pixel + width] - last[pixel + width])
                        }
                    }
                    result.own += Double(own)
                    result.along += Double(along)
                    result.across += Double(across)
                    result.lines += Double(line) * Double(line)
                }
                return result
            }
        }
    }
}
