package import Imaging

/// Consecutive frames whose class mask is decided, with the quantities that events are measured from.
///
/// Every array holds `frameCount * size.pixelCount` values in the order `[t][y][x]`.
package struct LabelSlab: Sendable {
    package let size: FrameSize
    /// Index of the first frame, counted from the start of the segment.
    package let firstFrame: Int
    package let frameCount: Int
    /// Class of every voxel: background 0 or the raw value of an ``EventClass``.
    package var classes: [UInt8]
    /// Normalised intensity, (counts - dark) / (65535 - dark): the input of the network.
    package var intensity: [Float]
    /// Resting intensity F0 of the same pixel from its own past, same scale; NaN where it has no past yet.
    package var baseline: [Float]
    /// Probability of the voxel's class, 0 to 1.
    package var confidence: [Float]

    /// - Precondition: all four arrays hold one value per voxel.
    package init(
        size: FrameSize,
        firstFrame: Int,
        frameCount: Int,
        classes: [UInt8],
        intensity: [Float],
        baseline: [Float],
        confidence: [Float]
    ) {
        let voxelCount = frameCount * size.pixelCount
        precondition(classes.count == voxelCount && intensity.count == voxelCount)
        precondition(baseline.count == voxelCount && confidence.count == voxelCount)
        self.size = size
        self.firstFrame = firstFrame
        self.frameCount = frameCount
        self.classes = classes
        self.intensity = intensity
        self.baseline = baseline
        self.confidence = confidence
    }
}
