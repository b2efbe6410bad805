public import UNet

/// Consecutive frames whose class mask is decided, with the quantities that events are measured from.
///
/// Every array holds `frameCount * size.pixelCount` values in the order `[t][y][x]`.
public struct LabelSlab: Sendable {
    public let size: FrameSize
    /// Index of the first frame, counted from the start of the segment.
    public let firstFrame: Int
    public let frameCount: Int
    /// Class of every voxel: background 0 or the raw value of an ``EventClass``.
    public var classes: [UInt8]
    /// Normalised intensity, (counts - dark) / (65535 - dark): the input of the network.
    public var intensity: [Float]
    /// Resting intensity F0 of the same pixel from its own past, same scale; NaN where it has no past yet.
    public var baseline: [Float]
    /// Probability of the voxel's class, 0 to 1.
    public var confidence: [Float]

    /// - Precondition: all four arrays hold one value per voxel.
    public init(
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
