import Imaging

/// Where an instance lies: frames, box, covered pixels, centre.
struct InstanceExtent {
    /// Frames with any voxel, counted from the start of the segment.
    let frames: ClosedRange<Int>
    let rows: Range<Int>
    let columns: Range<Int>
    /// Mean position weighted by F - F0 (where positive), in pixels from the centre of the first pixel.
    ///
    /// Unweighted where fewer than half of the voxels have a baseline or none is brighter than its baseline.
    let centroid: (row: Double, column: Double)
    /// True for every pixel of the box that was ever covered, `[row][column]` within the box.
    private let footprint: [Bool]
    /// Number of different pixels that were ever covered.
    let footprintPixelCount: Int

    init(_ instance: Instance) {
        let voxels = instance.voxels
        var frames = Int(voxels[0].frame)...Int(voxels[0].frame)
        var rows = Int(voxels[0].y)..<Int(voxels[0].y) + 1
        var columns = Int(voxels[0].x)..<Int(voxels[0].x) + 1
        var weighted = PositionMean()
        var plain = PositionMean()
        var measuredCount = 0
        for voxel in voxels {
            let (frame, y, x) = (Int(voxel.frame), Int(voxel.y), Int(voxel.x))
            frames = min(frames.lowerBound, frame)...max(frames.upperBound, frame)
            rows = min(rows.lowerBound, y)..<max(rows.upperBound, y + 1)
            columns = min(columns.lowerBound, x)..<max(columns.upperBound, x + 1)
            plain.add(row: y, column: x, weight: 1)
            let increase = Double(voxel.intensity - voxel.baseline)
            guard increase.isFinite else { continue }
            measuredCount += 1
            weighted.add(row: y, column: x, weight: max(0, increase))
        }
        var footprint = [Bool](repeating: false, count: rows.count * columns.count)
        for voxel in voxels {
            footprint[(Int(voxel.y) - rows.lowerBound) * columns.count + Int(voxel.x) - columns.lowerBound] = true
        }
        self.frames = frames
        self.rows = rows
        self.columns = columns
        self.centroid = 2 * measuredCount >= voxels.count && weighted.weight > 0 ? weighted.mean : plain.mean
        self.footprintPixelCount = footprint.count { $0 }
        self.footprint = footprint
    }

    /// The covered pixel whose centre is closest to the centroid; the first in raster order of equals.
    var coveredPixelNextToCentroid: (y: Int, x: Int) {
        var best = (y: rows.lowerBound, x: columns.lowerBound, distance: Double.infinity)
        for (offset, isCovered) in footprint.enumerated() where isCovered {
            let y = rows.lowerBound + offset / columns.count
            let x = columns.lowerBound + offset % columns.count
            let (dy, dx) = (Double(y) - centroid.row, Double(x) - centroid.column)
            let distance = dy * dy + dx * dx
            if distance < best.distance { best = (y, x, distance) }
        }
        return (best.y, best.x)
    }

    private struct PositionMean {
        private var row = 0.0
        private var column = 0.0
        private(set) var weight = 0.0

        mutating func add(row: Int, column: Int, weight: Double) {
            self.row += Double(row) * weight
            self.column += Double(column) * weight
            self.weight += weight
        }

        var mean: (row: Double, column: Double) { (row / weight, column / weight) }
    }
}
