import Imaging

/// The extent of a movie; its voxels are stored in the order `[t][y][x]`.
struct VolumeShape: Sendable, Equatable {
    let frameCount: Int
    let height: Int
    let width: Int

    init(frameCount: Int, size: FrameSize) {
        self.frameCount = frameCount
        height = size.height
        width = size.width
    }

    var pixelCount: Int { height * width }
    var voxelCount: Int { frameCount * height * width }

    @inline(__always)
    func index(frame: Int, y: Int, x: Int) -> Int { (frame * height + y) * width + x }

    func position(_ index: Int) -> VoxelPosition {
        VoxelPosition(frame: index / pixelCount, y: index % pixelCount / width, x: index % width)
    }
}
