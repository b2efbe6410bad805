/// One voxel of an instance, with what its event is measured from.
public struct Voxel: Sendable, Equatable {
    /// Frame counted from the start of the segment.
    public var frame: Int32
    public var y: UInt16
    public var x: UInt16
    /// Normalised intensity, see ``LabelSlab/intensity``.
    public var intensity: Float
    /// F0 on the same scale; NaN where the pixel had no past yet.
    public var baseline: Float
    /// Probability of the voxel's class.
    public var confidence: Float

    public init(frame: Int32, y: UInt16, x: UInt16, intensity: Float, baseline: Float, confidence: Float) {
        self.frame = frame
        self.y = y
        self.x = x
        self.intensity = intensity
        self.baseline = baseline
        self.confidence = confidence
    }
}

/// A position in a movie: frame, row, column.
public struct VoxelPosition: Sendable, Hashable {
    public var frame: Int
    public var y: Int
    public var x: Int

    public init(frame: Int, y: Int, x: Int) {
        self.frame = frame
        self.y = y
        self.x = x
    }
}

/// A closed instance: all voxels of one spark, wave or puff.
public struct Instance: Sendable {
    public let eventClass: EventClass
    /// At least one voxel, in raster order (frame, y, x).
    public let voxels: [Voxel]
    /// Intensity peaks found inside; sparks only.
    public let peaks: [VoxelPosition]
    /// True if the instance was closed because it outlived the configured length.
    public let isTruncated: Bool

    public init(eventClass: EventClass, voxels: [Voxel], peaks: [VoxelPosition], isTruncated: Bool) {
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
