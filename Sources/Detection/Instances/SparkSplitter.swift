import Imaging

/// Divides one connected group of spark voxels among its peaks (`quirks.md`, Sparks, 2 to 6).
struct SparkSplitter {
    private let voxels: [Voxel]
    private let measures: [SparkMeasure]

    /// - Parameters:
    ///   - voxels: all voxels of a closed 26-connected component, in raster order.
    ///   - measures: one per voxel.
    init(voxels: [Voxel], measures: [SparkMeasure]) {
        precondition(voxels.count == measures.count, "one measure per spark voxel")
        self.voxels = voxels
        self.measures = measures
    }

    /// The sparks of the group that are large enough.
    func sparks(isTruncated: Bool) -> [Instance] {
        let peaks = measures.indices.filter { measures[$0].isPeak }
        if peaks.isEmpty { return makeSpark(voxels, peaks: peaklessMaximum(), isTruncated: isTruncated) }
        let index = VoxelIndex(voxels.map { VoxelPosition32(frame: $0.frame, y: $0.y, x: $0.x) })
        let markers = index.components(of: measures.map(\.isPeak))
        if markers.count == 1 { return makeSpark(voxels, peaks: peaks, isTruncated: isTruncated) }
        var watershed = CompactWatershed(voxels: index, costs: measures.map { Double($0.cost) })
        let labels = watershed.flood(from: markers.labels)
        var parts = [(voxels: [Voxel], peaks: [Int])](repeating: ([], []), count: markers.count)
        for voxel in voxels.indices {
            let part = Int(labels[voxel]) - 1
            parts[part].voxels.append(voxels[voxel])
            if measures[voxel].isPeak { parts[part].peaks.append(voxel) }
        }
        return parts.flatMap { makeSpark($0.voxels, peaks: $0.peaks, isTruncated: isTruncated) }
    }

    /// The first largest value of the smoothed movie, if that is above zero.
    private func peaklessMaximum() -> [Int] {
        var best: [Int] = []
        var lowestCost: Float = 0
        for (voxel, measure) in measures.enumerated() where measure.cost < lowestCost {
            lowestCost = measure.cost
            best = [voxel]
        }
        return best
    }

    /// One spark, or none if it is too small.
    private func makeSpark(_ voxels: [Voxel], peaks: [Int], isTruncated: Bool) -> [Instance] {
        var box = voxels[0].box
        for voxel in voxels { box.formUnion(voxel.box) }
        guard MinimumExtent.published(for: .spark).admits(box) else { return [] }
        let positions = peaks.map { self.voxels[$0].position }
        return [Instance(eventClass: .spark, voxels: voxels, peaks: positions, isTruncated: isTruncated)]
    }
}

extension Voxel {
    fileprivate var position: VoxelPosition { VoxelPosition(frame: Int(frame), y: Int(y), x: Int(x)) }

    fileprivate var box: BoundingBox { BoundingBox(frame: Int(frame), row: Int(y), columns: Int(x)...Int(x)) }
}
