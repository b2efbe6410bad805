import Imaging

/// Tells which voxels of a box belong to an instance.
struct InstanceMask {
    private let extent: InstanceExtent
    private var isOwn: [Bool]

    init(_ instance: Instance, extent: InstanceExtent) {
        self.extent = extent
        let pixelCount = extent.rows.count * extent.columns.count
        isOwn = [Bool](repeating: false, count: extent.frames.count * pixelCount)
        for voxel in instance.voxels {
            isOwn[index(Int(voxel.frame), Int(voxel.y), Int(voxel.x))] = true
        }
    }

    func contains(frame: Int, row: Int, column: Int) -> Bool {
        extent.frames.contains(frame) && extent.rows.contains(row) && extent.columns.contains(column)
            && isOwn[index(frame, row, column)]
    }

    private func index(_ frame: Int, _ row: Int, _ column: Int) -> Int {
        ((frame - extent.frames.lowerBound) * extent.rows.count + row - extent.rows.lowerBound)
            * extent.columns.count + column - extent.columns.lowerBound
    }
}
