/// How far an instance may grow before it is closed as truncated, so that memory stays bounded.
public struct InstanceLimits: Sendable, Equatable {
    /// Longest duration of an instance, in frames.
    public var frameCount: Int
    /// An instance with this many voxels takes up no more frames.
    public var voxelCount: Int

    /// - Precondition: both limits are positive.
    public init(frameCount: Int = 1024, voxelCount: Int = 16_000_000) {
        precondition(frameCount > 0 && voxelCount > 0, "an instance has at least one frame and one voxel")
        self.frameCount = frameCount
        self.voxelCount = voxelCount
    }
}
