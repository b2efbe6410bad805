/// How far an instance may grow before it is closed as truncated, so that memory stays bounded.
package struct InstanceLimits: Sendable, Equatable {
    /// Longest duration of an instance, in frames.
    package var frameCount: Int
    /// An instance with this many voxels takes up no more frames.
    package var voxelCount: Int

    /// - Precondition: both limits are positive.
    package init(frameCount: Int = 1024, voxelCount: Int = 16_000_000) {
        precondition(frameCount > 0 && voxelCount > 0, "an instance has at least one frame and one voxel")
        self.frameCount = frameCount
        self.voxelCount = voxelCount
    }
}
