package import Imaging

/// What the counts of many frames tell before anything is concluded from them: which pixels hold no data, which frames
/// hold no light, and the dark level of the rest.
///
/// **Pixels without data**: those that never change (borders of a registration or a crop, masks, saturation), and those
/// that hold a filling value now and then, which lies far below all other counts.
///
/// **Frames without light**: frames of one value, and frames in which nothing of the resting picture is left while their
/// level has fallen (a shutter, a laser that is off).
///
/// Pictures without noise are left alone: in a drawing pixels rarely change, and that means nothing.
package struct LightSurvey: Sendable {
    /// True for pixels without data, `[y][x]`; nil if there are none.
    package private(set) var unusedPixels: [Bool]?
    /// Frames without light, counted from the first one looked at.
    package private(set) var darkFrames: [Int] = []
    /// The smallest count where there are data and light.
    package private(set) var leastCount: Float
    /// Tells frames without light from later ones; nil where nothing can be said.
    private(set) var reference: LightReference?

    private static let fewestFrames = 16
    private static let fewestPixels = 64
    /// Share of the steps from frame to frame in which a pixel changes, at least, in a camera's pictures.
    private static let leastChange = 0.1
    /// More pixels are not taken for filled now and then: whole rows or frames were lost.
    private static let largestFilledShare = 0.4
    /// A frame beside dark ones that is so much darker than the next is partly dark.
    private static let partlyDarkLevel = 0.8
    /// Light that has come back stays as it is for the next frames but for so large a part.
    private static let largestDrift = 0.25
    /// So many frames in a row are partly dark while a shutter moves.
    private static let mostPartlyDark = 1
    /// So large a share of voxels has a filling value.
    private static let leastFillShare = 5e-4

    /// Looks at frames.
    ///
    /// - Parameters:
    ///   - counts: The frames, `[t][y][x]`, on any scale.
    ///   - size: Of a frame.
    ///   - isSubstitute: True for frames that stand for lost ones: they are not looked at.
    /// - Complexity: O(voxels)
    package init(
        _ counts: UnsafeBufferPointer<Float>,
        size: FrameSize,
        isSubstitute: (Int) -> Bool = { _ in false }
    ) {
        let pixelCount = size.pixelCount
        let all = (0..<counts.count / pixelCount).filter { !isSubstitute($0) }
        func frame(_ index: Int) -> UnsafeBufferPointer<Float> {
            UnsafeBufferPointer(rebasing: counts[index * pixelCount..<(index + 1) * pixelCount])
        }
        leastCount = all.reduce(.infinity) { least, index in min(least, frame(index).min() ?? least) }
        let uniform = Set(all.filter { Self.isUniform(frame($0)) })
        let frames = all.filter { !uniform.contains($0) }
        guard frames.count >= Self.fewestFrames, pixelCount >= Self.fewestPixels else { return }

        var changes = Changes(pixelCount: pixelCount)
        for index in frames { changes.add(frame(index)) }
        let isConstant = changes.counts.map { $0 == 0 }
        guard changes.meanShare >= Self.leastChange else { return }
        var unused = isConstant
        var least = Self.least(frames.map(frame), leavingOut: unused)
        if let fill = FillingValue(frames.map(frame), leavingOut: unused, least: least) {
            let share = Double(fill.voxelCount) / Double(frames.count * pixelCount)
            if share >= Self.leastFillShare {
                let filled = fill.pixels(frames.map(frame))
                if Double(filled.count { $0 }) <= Self.largestFilledShare * Double(pixelCount) {
                    for pixel in 0..<pixelCount where filled[pixel] { unused[pixel] = true }
                }
                least = fill.nextCount
            }
        }
        if unused.contains(true) { unusedPixels = unused }
        let reference = LightReference(
            frames.map(frame),
            unused: unused,
            least: least,
            noiseVariance: changes.noiseVariance
        )
        let fallen = frames.filter { reference.isDark(frame($0)) }
        let candidates = uniform.union(fallen)
        var dark = uniform.union(
            Self.runs(of: fallen).filter { run in
                Self.isAbrupt(run, in: all, isDark: candidates.contains) { reference.level(of: frame($0)) }
            }.joined()
        )
        let sure = dark
        for index in frames where !sure.contains(index) {
            for (inner, outer) in [(index - 1, index + 1), (index + 1, index - 1)]
            where sure.contains(inner) && all.indices.contains(outer) && !sure.contains(outer) {
                let isPartlyDark =
                    reference.level(of: frame(index)) < Self.partlyDarkLevel * reference.level(of: frame(outer))
                if isPartlyDark { dark.insert(index) }
            }
        }
        guard dark.count < all.count else { return }
        darkFrames = dark.sorted()
        self.reference = reference
        let lit = frames.filter { !dark.contains($0) }.map(frame)
        leastCount = max(least, dark.count == uniform.count ? least : Self.least(lit, leavingOut: unused, above: least))
    }

    /// Consecutive numbers.
    private static func runs(of indices: [Int]) -> [ClosedRange<Int>] {
        indices.reduce(into: []) { runs, index in
            if let last = runs.last, last.upperBound == index - 1 {
                runs[runs.count - 1] = last.lowerBound...index
            } else {
                runs.append(index...index)
            }
        }
    }

    /// True if the light goes and comes back from one frame to the next, as behind a shutter: a wave grows and fades, and
    /// what is left when it has gone is no darkness.
    private static func isAbrupt(
        _ run: ClosedRange<Int>,
        in all: [Int],
        isDark: (Int) -> Bool,
        level: (Int) -> Double
    ) -> Bool {
        let frames = Set(all)
        return [(run.lowerBound - 1, -1), (run.upperBound + 1, 1)].allSatisfy { first, step in
            var index = first
            var betweenCount = 0
            while frames.contains(index), !isDark(index), level(index) < partlyDarkLevel {
                betweenCount += 1
                guard betweenCount <= mostPartlyDark else { return false }
                index += step
            }
            let later = index + 4 * step
            guard frames.contains(index), frames.contains(later), !isDark(index), !isDark(later) else { return true }
            return abs(level(later) / level(index) - 1) < largestDrift
        }
    }

    /// Brings a normalised movie into the form that the network and the measurements can take: the resting picture takes the
    /// place of frames without light, and pixels without data are not below the dark level.
    ///
    /// - Parameters:
    ///   - movie: The frames that were looked at, 0 at the dark level, `[t][y][x]`.
    ///   - darkLevel: In the counts that were looked at.
    ///   - range: Counts above the dark level that 1 stands for.
    func mend(_ movie: inout [Float], darkLevel: Float, range: Float) {
        if let unusedPixels {
            for frame in 0..<movie.count / unusedPixels.count {
                for pixel in unusedPixels.indices where unusedPixels[pixel] {
                    movie[frame * unusedPixels.count + pixel] = max(0, movie[frame * unusedPixels.count + pixel])
                }
            }
        }
        guard let reference, !darkFrames.isEmpty else { return }
        let substitute = reference.substitute(aboveDarkLevel: darkLevel, range: range)
        for frame in darkFrames {
            movie.replaceSubrange(frame * substitute.count..<(frame + 1) * substitute.count, with: substitute)
        }
    }

    /// What takes no part in F0 and in the light of the cell.
    func gaps(frameCount: Int) -> LightGaps {
        guard !darkFrames.isEmpty else { return LightGaps(unusedPixels: unusedPixels) }
        let dark = Set(darkFrames)
        return LightGaps(isLeftOut: (0..<frameCount).map(dark.contains), unusedPixels: unusedPixels)
    }

    /// True if all pixels have the same value.
    static func isUniform(_ frame: UnsafeBufferPointer<Float>) -> Bool {
        guard let first = frame.first else { return true }
        return frame.allSatisfy { $0 == first }
    }

    private static func least(
        _ frames: [UnsafeBufferPointer<Float>],
        leavingOut unused: [Bool],
        above bound: Float = -.infinity
    ) -> Float {
        var least = Float.infinity
        for frame in frames {
            for pixel in frame.indices where !unused[pixel] && frame[pixel] >= bound {
                least = min(least, frame[pixel])
            }
        }
        return least
    }
}

/// How often pixels change from frame to frame, and by how much.
private struct Changes {
    private(set) var counts: [Int32]
    private var squares = 0.0
    private var frameCount = 0
    private var last: UnsafeBufferPointer<Float>?

    init(pixelCount: Int) { counts = [Int32](repeating: 0, count: pixelCount) }

    mutating func add(_ frame: UnsafeBufferPointer<Float>) {
        if let last {
            counts.withUnsafeMutableBufferPointer { counts in
                // Eight sums side by side, so that no step waits for the one before.
                var sums = SIMD8<Float>.zero
                let whole = frame.count / 8 * 8
                for first in stride(from: 0, to: whole, by: 8) {
                    let step = SIMD8(frame, from: first) - SIMD8(last, from: first)
                    sums += step * step
                    for lane in 0..<8 { counts[first + lane] &+= step[lane] == 0 ? 0 : 1 }
                }
                for pixel in whole..<frame.count {
                    let step = frame[pixel] - last[pixel]
                    sums[0] += step * step
                    counts[pixel] &+= step == 0 ? 0 : 1
                }
                squares += Double(sums.sum())
            }
        }
        frameCount += 1
        last = frame
    }

    /// Mean share of steps with a change, over the pixels that change at all.
    var meanShare: Double {
        let changing = counts.filter { $0 > 0 }
        guard !changing.isEmpty, frameCount > 1 else { return 0 }
        return changing.reduce(0) { $0 + Double($1) } / Double(changing.count * (frameCount - 1))
    }

    /// Mean variance of the noise of a pixel that changes.
    var noiseVariance: Double {
        let changing = counts.count { $0 > 0 }
        guard changing > 0, frameCount > 1 else { return 0 }
        return squares / Double(2 * changing * (frameCount - 1))
    }
}

/// A value far below all others, which programs put where there are no data.
private struct FillingValue {
    let value: Float
    /// The smallest count above it.
    let nextCount: Float
    let voxelCount: Int

    init?(_ frames: [UnsafeBufferPointer<Float>], leavingOut unused: [Bool], least: Float) {
        var (second, third) = (Float.infinity, Float.infinity)
        var voxelCount = 0
        for frame in frames {
            for pixel in frame.indices where !unused[pixel] {
                let count = frame[pixel]
                if count == least {
                    voxelCount += 1
                } else if count < second {
                    (second, third) = (count, second)
                } else if count > second, count < third {
                    third = count
                }
            }
        }
        guard third.isFinite, second - least > 8 * (third - second) else { return nil }
        // Steps of a coarse scale are all alike; one that is wide beside the next may still be the tail of the noise.
        guard second - least > 0.25 * (Self.median(frames, leavingOut: unused) - second) else { return nil }
        value = least
        nextCount = second
        self.voxelCount = voxelCount
    }

    private static func median(_ frames: [UnsafeBufferPointer<Float>], leavingOut unused: [Bool]) -> Float {
        let frame = frames[frames.count / 2]
        let sorted = frame.indices.filter { !unused[$0] }.map { frame[$0] }.sorted()
        return sorted.isEmpty ? .infinity : sorted[sorted.count / 2]
    }

    /// True for every pixel that ever has the value.
    func pixels(_ frames: [UnsafeBufferPointer<Float>]) -> [Bool] {
        var pixels = [Bool](repeating: false, count: frames.first?.count ?? 0)
        for frame in frames {
            for pixel in frame.indices where frame[pixel] == value { pixels[pixel] = true }
        }
        return pixels
    }
}
