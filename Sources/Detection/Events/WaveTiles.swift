import Imaging

/// The traces of the tiles that a wave sweeps, and when it reaches each of them.
struct WaveTiles {
    /// When a place is reached: position in pixels, time in frames of the segment.
    struct Arrival {
        let tile: Int
        let row: Double
        let column: Double
        let time: Double
    }

    private(set) var arrivals: [Arrival] = []
    /// Median over tiles of the standard deviation of a trace before the wave.
    private(set) var noise: Double?
    /// Mean F0 above the dark level, normalised.
    private(set) var restingLight: Double?

    private let firstFrame: Int
    private let frameCount: Int
    /// Sums of F - F0 and of F0 above the dark level, `[tile][frame]`; F0 is 0 where a frame cannot be used.
    private var increases: [Float]
    private var lights: [Float]

    private static let framesBefore = 40
    private static let framesAfter = 3
    /// Frames before and after that a profile must not lack too many tiles in.
    private static let fewestTilesShare = 0.3

    /// - Throws: The reason if the surroundings do not hold the wave's start, or the pixels have no F0.
    init(
        _ instance: Instance,
        extent: InstanceExtent,
        in surroundings: SurroundingFrames,
        squareSide: Int,
        isLost: (Int) -> Bool
    ) throws(RegionProfiles.Unavailable) {
        let resting = try surroundings.heldRestingIntensity(before: extent.frames.lowerBound)
        let held = surroundings.frames.clamped(to: surroundings.labelledFrames)
        let first = max(held.lowerBound, extent.frames.lowerBound - Self.framesBefore)
        let end = min(held.upperBound, extent.frames.upperBound + 1 + Self.framesAfter)
        firstFrame = first
        frameCount = end - first
        let grid = TileGrid(rows: extent.rows, columns: extent.columns, side: squareSide)
        let spans = Self.spans(of: instance, in: grid)
        increases = [Float](repeating: 0, count: grid.count * frameCount)
        lights = [Float](repeating: 0, count: grid.count * frameCount)
        let mask = InstanceMask(instance, extent: extent)
        sum(grid, spans: spans, mask: mask, resting: resting, surroundings, isLost: isLost)

        let full = spans.indices.map { tile in
            lights[tile * frameCount..<(tile + 1) * frameCount].max() ?? 0
        }
        let swept = spans.indices.filter { spans[$0].pixelCount * 2 >= squareSide * squareSide && full[$0] > 0 }
        guard !swept.isEmpty else { throw .init(reason: .noBaseline) }
        let typical = swept.map { full[$0] }.sorted()[swept.count / 2]
        let bright = swept.filter { full[$0] >= 0.3 * typical }
        for tile in bright {
            for frame in 0..<frameCount where lights[tile * frameCount + frame] < 0.5 * full[tile] {
                lights[tile * frameCount + frame] = 0
            }
            guard let time = arrivalTime(tile, span: spans[tile]) else { continue }
            let centre = grid.centre(of: tile)
            arrivals.append(Arrival(tile: tile, row: centre.row, column: centre.column, time: time))
        }
        noise = medianNoise()
        restingLight = Double(bright.reduce(0) { $0 + full[$1] }) / Double(bright.count * squareSide * squareSide)
    }

    /// The course at a place over time since the arrival, the ratio of sums over all tiles.
    func profile() -> [(time: Double, value: Double)] {
        (-Self.framesBefore..<frameCount).compactMap { offset in
            var (increase, light, count) = (0.0, 0.0, 0)
            for arrival in arrivals {
                let position = arrival.time + Double(offset) - Double(firstFrame)
                let index = Int(saturating: position.rounded(.down))
                guard index >= 0, index < frameCount - 1 else { continue }
                let base = arrival.tile * frameCount + index
                guard lights[base] > 0, lights[base + 1] > 0 else { continue }
                let fraction = position - Double(index)
                increase += Double(increases[base]) * (1 - fraction) + Double(increases[base + 1]) * fraction
                light += Double(lights[base]) * (1 - fraction) + Double(lights[base + 1]) * fraction
                count += 1
            }
            guard Double(count) >= Self.fewestTilesShare * Double(arrivals.count), light > 0 else { return nil }
            return (Double(offset), increase / light)
        }
    }

    private struct Span {
        var frames: ClosedRange<Int>?
        var pixelCount = 0
    }

    /// Frames and number of pixels in which an instance covers each tile.
    private static func spans(of instance: Instance, in grid: TileGrid) -> [Span] {
        var spans = [Span](repeating: Span(), count: grid.count)
        var isCounted = [Bool](repeating: false, count: grid.rows.count * grid.columns.count)
        for voxel in instance.voxels {
            let tile = grid.tile(row: Int(voxel.y), column: Int(voxel.x))
            let frame = Int(voxel.frame)
            let frames = spans[tile].frames ?? frame...frame
            spans[tile].frames = min(frames.lowerBound, frame)...max(frames.upperBound, frame)
            let pixel =
                (Int(voxel.y) - grid.rows.lowerBound) * grid.columns.count + Int(voxel.x) - grid.columns.lowerBound
            if !isCounted[pixel] {
                isCounted[pixel] = true
                spans[tile].pixelCount += 1
            }
        }
        return spans
    }

    private mutating func sum(
        _ grid: TileGrid,
        spans: [Span],
        mask: InstanceMask,
        resting: UnsafePointer<Float>,
        _ surroundings: SurroundingFrames,
        isLost: (Int) -> Bool
    ) {
        let blank = surroundings.blankLevel
        let width = surroundings.size.width
        for offset in 0..<frameCount {
            let frame = firstFrame + offset
            if isLost(frame) { continue }
            let intensity = surroundings.intensity(ofFrame: frame)
            let classes = surroundings.classes(ofFrame: frame)
            let gain = 1 / surroundings.brightness(ofFrame: frame)
            for row in grid.rows {
                for column in grid.columns {
                    let tile = grid.tile(row: row, column: column)
                    guard spans[tile].frames != nil else { continue }
                    let pixel = row * width + column
                    let rest = resting[pixel] - blank
                    guard rest.isFinite, intensity[pixel].isFinite else { continue }
                    if let classes, classes[pixel] != EventClass.background,
                        !mask.contains(frame: frame, row: row, column: column)
                    {
                        continue
                    }
                    increases[tile * frameCount + offset] += (intensity[pixel] - blank) * gain - rest
                    lights[tile * frameCount + offset] += rest
                }
            }
        }
    }

    /// ΔF/F0 of a tile, smoothed over three frames; nil where the frame cannot be used.
    private func smooth(_ tile: Int, _ frame: Int) -> Double? {
        var (increase, light) = (0.0, 0.0)
        guard lights[tile * frameCount + frame] > 0 else { return nil }
        for (near, share) in [(frame - 1, 1.0), (frame, 2), (frame + 1, 1)] where (0..<frameCount).contains(near) {
            guard lights[tile * frameCount + near] > 0 else { continue }
            increase += share * Double(increases[tile * frameCount + near])
            light += share * Double(lights[tile * frameCount + near])
        }
        return increase / light
    }

    /// When the trace passes half of its peak on the way up.
    private func arrivalTime(_ tile: Int, span: Span) -> Double? {
        guard let frames = span.frames else { return nil }
        let first = max(0, frames.lowerBound - firstFrame - 2)
        let last = min(frameCount - 1, frames.upperBound - firstFrame + Self.framesAfter)
        guard first <= last else { return nil }
        var peak: (frame: Int, value: Double)?
        for frame in first...last {
            guard let value = smooth(tile, frame) else { continue }
            if value > peak?.value ?? 0 { peak = (frame, value) }
        }
        guard let peak else { return nil }
        var later = (frame: peak.frame, value: peak.value)
        for frame in stride(from: peak.frame - 1, through: 0, by: -1) {
            guard let value = smooth(tile, frame) else { continue }
            if value < peak.value / 2 {
                let fraction = (peak.value / 2 - value) / (later.value - value)
                return Double(firstFrame + frame) + fraction * Double(later.frame - frame)
            }
            later = (frame, value)
        }
        return nil
    }

    private func medianNoise() -> Double? {
        let deviations = arrivals.compactMap { arrival -> Double? in
            let end = Int(arrival.time) - firstFrame - 20
            guard end >= 8 else { return nil }
            let values = (0..<end).compactMap { frame -> Double? in
                let index = arrival.tile * frameCount + frame
                return lights[index] > 0 ? Double(increases[index] / lights[index]) : nil
            }
            guard values.count >= 8 else { return nil }
            let mean = values.reduce(0, +) / Double(values.count)
            return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)).squareRoot()
        }.sorted()
        return deviations.isEmpty ? nil : deviations[deviations.count / 2]
    }
}

/// Squares that cover a box of pixels.
struct TileGrid {
    let rows: Range<Int>
    let columns: Range<Int>
    let side: Int
    private let tilesPerRow: Int
    /// The first tile in the row of tiles that every row of pixels lies in, and the place in it of every column.
    private let firstTiles: [Int]
    private let places: [Int]

    init(rows: Range<Int>, columns: Range<Int>, side: Int) {
        (self.rows, self.columns, self.side) = (rows, columns, side)
        let tilesPerRow = (columns.count + side - 1) / side
        self.tilesPerRow = tilesPerRow
        firstTiles = (0..<rows.count).map { $0 / side * tilesPerRow }
        places = (0..<columns.count).map { $0 / side }
    }

    var count: Int { (rows.count + side - 1) / side * tilesPerRow }

    func tile(row: Int, column: Int) -> Int {
        firstTiles[row - rows.lowerBound] + places[column - columns.lowerBound]
    }

    /// Centre of a tile, in pixels from the centre of the first pixel of the frame.
    func centre(of tile: Int) -> (row: Double, column: Double) {
        let middle = Double(side - 1) / 2
        return (
            Double(rows.lowerBound + tile / tilesPerRow * side) + middle,
            Double(columns.lowerBound + tile % tilesPerRow * side) + middle
        )
    }
}
