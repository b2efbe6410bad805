/// One voxel of an instance, with what its event is measured from.
package struct Voxel: Sendable, Equatable {
    /// Frame counted from the start of the segment.
    package var frame: Int32
    package var y: UInt16
    package var x: UInt16
    /// Normalised intensity, see ``LabelSlab/intensity``.
    package var intensity: Float
    /// F0 on the same scale; NaN where the pixel had no past yet.
    package var baseline: Float
    /// Probability of the voxel's class.
    package var confidence: Float

    package init(frame: Int32, y: UInt16, x: UInt16, intensity: Float, baseline: Float, confidence: Float) {
        self.frame = frame
        self.y = y
        self.x = x
        self.intensity = intensity
        self.baseline = baseline
        self.confidence = confidence
    }
}

/// A position in a movie: frame, row, column.
package struct VoxelPosition: Sendable, Hashable {
    package var frame: Int
    package var y: Int
    package var x: Int

    package init(frame: Int, y: Int, x: Int) {
        self.frame = frame
        self.y = y
        self.x = x
    }
}

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
