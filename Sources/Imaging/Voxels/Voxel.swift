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
