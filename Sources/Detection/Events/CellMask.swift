package import Imaging

/// Where the cells are, and how light it is where they are not.
package struct CellMask: Sendable, Equatable {
    /// One of the cells.
    package struct Cell: Sendable, Equatable {
        /// Counts from 1; in a given mask the label.
        package let number: Int
        package let pixelCount: Int
        /// The light outside, as near to the cell as it can be seen.
        package let blank: BlankLevel
    }

    package let size: FrameSize
    /// Number of the cell of every pixel; 0 outside of all, `[y][x]`.
    package let labels: [UInt8]
    /// In the order of their numbers.
    package let cells: [Cell]
    /// The light outside of all cells.
    package let blank: BlankLevel
    /// True if the mask was given, not found.
    package let isGiven: Bool
    /// Number of pixels of all cells.
    package let pixelCount: Int

    /// Share of the variance that lies between light and dark if there is an outside; 0.64 where light is normal.
    private static let smallestSeparation: Float = 0.7
    /// An outside is darker than this share of the cell; what is lighter is unevenness within it.
    private static let lightestOutside: Float = 0.8
    /// An outside that is so dark needs no separation.
    private static let certainOutside: Float = 0.35
    /// How far up from the outside to the cell the edge lies.
    private static let edgeShare: Float = 0.45

    /// Finds the cells in the mean of frames, or takes a given mask.
    ///
    /// The mean goes over background voxels, smoothed over 3 x 3 pixels. The outside is as light as the darkest 1 %, the
    /// cell as the median of what Otsu's threshold calls light; the edge is 45 % of the way between. Where these two do
    /// not separate, or the outside is not much darker, one cell is taken to fill the frame. Cells that lie apart are told
    /// apart, and each has a blank level of its own, from the outside that is nearer to it than to any other.
    ///
    /// - Parameters:
    ///   - size: Of a frame.
    ///   - classes: Class of every voxel, `[t][y][x]`.
    ///   - intensity: Normalised intensity.
    ///   - given: Number of the cell of every pixel, 0 outside; nil to find them.
    package init(size: FrameSize, classes: [UInt8], intensity: [Float], given: [UInt8]? = nil) {
        precondition(classes.count == intensity.count && classes.count >= size.pixelCount)
        var light = CellLight(size: size)
        light.add(classes: classes, intensity: intensity)
        self.init(light, given: given)
    }

    /// Finds the cells in the light of at least one frame, or takes a given mask.
    init(_ light: CellLight, given: [UInt8]?) {
        let size = light.size, unused = light.unusedPixels
        let raw = light.mean
        let mean = Self.smoothed(raw, size: size, leavingOut: unused)
        func isUsed(_ pixel: Int) -> Bool { unused.map { !$0[pixel] } ?? true }
        let used = mean.indices.filter(isUsed)
        // No light is darker than the dark level.
        let none = light.lightWithoutNoise(of: used, mean: raw).map { max(0, $0) }
        self.size = size
        isGiven = given != nil
        func partition(_ labels: CellPartition, _ blank: (_ outside: [Float], _ inside: [Float]) -> BlankLevel)
            -> [Cell]
        {
            let nearest = labels.numbers.count > 1 ? labels.nearest(size: size) : []
            return labels.numbers.map { number in
                let own = used.filter { labels.labels[$0] == UInt8(number) }
                let outside = used.filter {
                    labels.labels[$0] == 0 && (nearest.isEmpty || nearest[$0] == UInt8(number))
                }
                return Cell(
                    number: number,
                    pixelCount: labels.labels.count { $0 == UInt8(number) },
                    blank: blank(outside.map { mean[$0] }.sorted(), own.map { mean[$0] }.sorted())
                )
            }
        }
        if let given {
            precondition(given.count == size.pixelCount, "a mask of cells has the size of a frame")
            let found = CellPartition(labels: given)
            labels = given
            pixelCount = given.count { $0 != 0 }
            func outsideLevel(_ outside: [Float], _ inside: [Float], fewest: Int) -> BlankLevel? {
                let (level, cell) = (Self.quantile(0.02, of: outside), Self.quantile(0.5, of: inside))
                guard outside.count >= fewest, level < cell else { return nil }
                return BlankLevel(light: level, error: BlankLevel.usualError * (cell - level), origin: .outside)
            }
            let fewest = (mean.count + 49) / 50
            let inside = used.filter { given[$0] != 0 }.map { mean[$0] }.sorted()
            let middle = Self.quantile(0.5, of: inside)
            let all =
                outsideLevel(used.filter { given[$0] == 0 }.map { mean[$0] }.sorted(), inside, fewest: fewest)
                ?? .guessed(above: none, darkest: middle, bright: middle)
            blank = all
            cells = partition(found) { outside, inside in
                found.numbers.count == 1
                    ? all : outsideLevel(outside, inside, fewest: fewest / found.numbers.count) ?? all
            }
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
            labels = mean.indices.map { isUsed($0) ? 1 : 0 }
            pixelCount = used.count
            let guess = BlankLevel.guessed(above: none, darkest: darkest, bright: max(bright, darkest))
            blank = guess
            cells = [Cell(number: 1, pixelCount: used.count, blank: guess)]
            return
        }
        let edge = darkest + Self.edgeShare * (bright - darkest)
        let found = CellPartition(pixels: mean.indices.map { isUsed($0) && mean[$0] > edge }, size: size)
        labels = found.labels
        pixelCount = found.labels.count { $0 != 0 }
        let isWide = Self.share(of: sorted, below: darkest + 0.3 * (bright - darkest)) >= Self.wideOutside
        let all = BlankLevel(darkest: darkest, above: none, bright: bright, isSeparate: isSeparate && isWide)
        blank = all
        cells = partition(found) { outside, inside in
            guard found.numbers.count > 1, !outside.isEmpty else { return all }
            return BlankLevel(
                darkest: Self.quantile(0.01, of: outside),
                above: none,
                bright: Self.quantile(0.5, of: inside),
                isSeparate: isSeparate && isWide
            )
        }
    }

    /// The cell that holds most of an instance; nil if none of it lies in one of several.
    ///
    /// A single cell holds all.
    func cell(holding instance: Instance) -> Cell? {
        guard cells.count > 1 else { return cells.first }
        var counts = [Int](repeating: 0, count: Int(UInt8.max) + 1)
        for voxel in instance.voxels { counts[Int(labels[Int(voxel.y) * size.width + Int(voxel.x)])] += 1 }
        let best = cells.max { counts[$0.number] < counts[$1.number] }
        return best.flatMap { counts[$0.number] > 0 ? $0 : nil }
    }

    /// Number of the cell at a place in pixels; nil if there is none.
    ///
    /// A single cell is everywhere.
    func cell(atRow row: Double, column: Double) -> Int? {
        guard cells.count > 1 else { return cells.first?.number }
        let y = min(max(0, Int(saturating: row.rounded())), size.height - 1)
        let x = min(max(0, Int(saturating: column.rounded())), size.width - 1)
        let number = Int(labels[y * size.width + x])
        return number == 0 ? nil : number
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
