package import Imaging

/// Where the cell is, and how light it is where it is not.
package struct CellMask: Sendable, Equatable {
    package let size: FrameSize
    /// True for every pixel of the cell, `[y][x]`.
    package let pixels: [Bool]
    /// The light outside of the cell.
    package let blank: BlankLevel
    /// True if the mask was given, not found.
    package let isGiven: Bool
    /// Number of pixels of the cell.
    package let pixelCount: Int

    /// Share of the variance that lies between light and dark if there is an outside; 0.64 where light is normal.
    private static let smallestSeparation: Float = 0.7
    /// An outside is darker than this share of the cell; what is lighter is unevenness within it.
    private static let lightestOutside: Float = 0.8
    /// An outside that is so dark needs no separation.
    private static let certainOutside: Float = 0.35
    /// How far up from the outside to the cell the edge lies.
    private static let edgeShare: Float = 0.45

    /// Finds the cell in the mean of frames, or takes a given mask.
    ///
    /// The mean goes over background voxels, smoothed over 3 x 3 pixels. The outside is as light as the darkest 1 %, the
    /// cell as the median of what Otsu's threshold calls light; the edge is 45 % of the way between. Where these two do
    /// not separate, or the outside is not much darker, the cell is taken to fill the frame.
    ///
    /// - Parameters:
    ///   - size: Of a frame.
    ///   - classes: Class of every voxel, `[t][y][x]`.
    ///   - intensity: Normalised intensity.
    ///   - given: True for every pixel of the cell; nil to find it.
    package init(size: FrameSize, classes: [UInt8], intensity: [Float], given: [Bool]? = nil) {
        precondition(classes.count == intensity.count && classes.count >= size.pixelCount)
        var light = CellLight(size: size)
        light.add(classes: classes, intensity: intensity)
        self.init(light, given: given)
    }

    /// Finds the cell in the light of at least one frame, or takes a given mask.
    init(_ light: CellLight, given: [Bool]?) {
        let size = light.size, unused = light.unusedPixels
        let raw = light.mean
        let mean = Self.smoothed(raw, size: size, leavingOut: unused)
        func isUsed(_ pixel: Int) -> Bool { unused.map { !$0[pixel] } ?? true }
        let used = mean.indices.filter(isUsed)
        // No light is darker than the dark level.
        let none = light.lightWithoutNoise(of: used, mean: raw).map { max(0, $0) }
        self.size = size
        isGiven = given != nil
        if let given {
            precondition(given.count == size.pixelCount, "a cell mask has the size of a frame")
            let outside = used.filter { !given[$0] }.map { mean[$0] }.sorted()
            let inside = Self.quantile(0.5, of: used.filter { given[$0] }.map { mean[$0] }.sorted())
            let level = Self.quantile(0.02, of: outside)
            pixels = given
            pixelCount = given.count { $0 }
            let isSeen = outside.count * 50 >= mean.count && level < inside
            blank =
                isSeen
                ? BlankLevel(light: level, error: BlankLevel.usualError * (inside - level), isSeen: true)
                : .guessed(above: none, darkest: inside, bright: inside)
            return
        }
        let sorted = used.map { mean[$0] }.sorted()
        let ceiling = Self.quantile(0.98, of: sorted)
        let clipped = used.map { min(mean[$0], ceiling) }
        let threshold = OtsuThreshold.threshold(of: clipped)
        let bright = Self.quantile(0.5, of: sorted.filter { $0 > threshold })
        let darkest = Self.quantile(0.01, of: sorted)
        let isSeparate = Self.separation(of: clipped, at: threshold) >= Self.smallestSeparation
        guard darkest < (isSeparate ? Self.lightestOutside : Self.certainOutside) * bright else {
            pixels = mean.indices.map(isUsed)
            pixelCount = used.count
            blank = .guessed(above: none, darkest: darkest, bright: max(bright, darkest))
            return
        }
        let edge = darkest + Self.edgeShare * (bright - darkest)
        pixels = mean.indices.map { isUsed($0) && mean[$0] > edge }
        pixelCount = pixels.count { $0 }
        let isWide = Self.share(of: sorted, below: darkest + 0.3 * (bright - darkest)) >= Self.wideOutside
        blank = BlankLevel(darkest: darkest, above: none, bright: bright, isSeparate: isSeparate && isWide)
    }

    /// Share of the frame that an outside takes, rather than a dim corner of the cell.
    private static let wideOutside = 0.2

    private static func share(of sorted: [Float], below limit: Float) -> Double {
        Double(sorted.count { $0 < limit }) / Double(max(1, sorted.count))
    }

    /// Variance between the two parts of an image in units of the whole variance.
    private static func separation(of image: [Float], at threshold: Float) -> Float {
        func mean(_ values: [Float]) -> Float { values.isEmpty ? 0 : values.reduce(0, +) / Float(values.count) }
        let (dark, light) = (image.filter { $0 <= threshold }, image.filter { $0 > threshold })
        let average = mean(image)
        let variance = mean(image.map { ($0 - average) * ($0 - average) })
        let share = Float(dark.count) / Float(image.count)
        let distance = mean(light) - mean(dark)
        return variance > 0 ? share * (1 - share) * distance * distance / variance : 0
    }

    private static func smoothed(_ image: [Float], size: FrameSize, leavingOut unused: [Bool]?) -> [Float] {
        (0..<size.pixelCount).map { index in
            let (y, x) = (index / size.width, index % size.width)
            var sum: Float = 0
            var count: Float = 0
            for row in max(0, y - 1)...min(size.height - 1, y + 1) {
                for column in max(0, x - 1)...min(size.width - 1, x + 1) {
                    if let unused, unused[row * size.width + column] { continue }
                    sum += image[row * size.width + column]
                    count += 1
                }
            }
            return count > 0 ? sum / count : 0
        }
    }

    private static func quantile(_ share: Double, of sorted: [Float]) -> Float {
        sorted.isEmpty ? 0 : sorted[Int(share * Double(sorted.count - 1))]
    }
}
