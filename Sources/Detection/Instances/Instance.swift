package import Imaging

/// A closed instance: all voxels of one spark, wave or puff.
package struct Instance: Sendable {
    package let eventClass: EventClass
    /// At least one voxel, in raster order (frame, y, x).
    package let voxels: [Voxel]
    /// Intensity peaks found inside; sparks only.
    package let peaks: [VoxelPosition]
    /// True if the instance was closed because it outlived the configured length.
    package let isTruncated: Bool

    package init(eventClass: EventClass, voxels: [Voxel], peaks: [VoxelPosition], isTruncated: Bool) {
        precondition(!voxels.isEmpty, "an instance has at least one voxel")
        self.eventClass = eventClass
        self.voxels = voxels
        self.peaks = peaks
        self.isTruncated = isTruncated
    }

    /// The smallest box around all voxels.
    var box: BoundingBox {
        voxels.reduce(into: Self.box(of: voxels[0])) { $0.formUnion(Self.box(of: $1)) }
    }

    private static func box(of voxel: Voxel) -> BoundingBox {
        BoundingBox(frame: Int(voxel.frame), row: Int(voxel.y), columns: Int(voxel.x)...Int(voxel.x))
    }
}
