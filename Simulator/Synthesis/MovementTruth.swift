import Imaging

/// What the camera saw displaced in every frame, in pixels: + is downwards and to the right.
package struct MovementTruth: Sendable, Codable, Equatable {
    /// The movement as it was asked for.
    package var movement: String
    /// Displacement of the whole cell, that of the middle row where rows are exposed one after another.
    package var shiftsY: [Double]
    package var shiftsX: [Double]
    /// By how much parts of the cell are displaced beyond that, at most.
    package var deformations: [Double]

    init(_ movement: Movement, seen view: MovingView, frameCount: Int) {
        self.movement = movement.text
        let truths = (0..<frameCount).map(view.truth(ofFrame:))
        shiftsY = truths.map { ($0.y * 1000).rounded() / 1000 }
        shiftsX = truths.map { ($0.x * 1000).rounded() / 1000 }
        deformations = truths.map { ($0.deformation * 1000).rounded() / 1000 }
    }

    private enum CodingKeys: String, CodingKey {
        case movement
        case shiftsY = "shiftsYPixels"
        case shiftsX = "shiftsXPixels"
        case deformations = "deformationsPixels"
    }
}

extension RecordingLabels {
    /// Moves the labels with the cell, and what is known of where they lie.
    mutating func move(with view: MovingView, size: FrameSize, outcomes: inout [ReleaseLabel]) {
        let frameCount = classes.count / size.pixelCount
        var bounds = [VoxelBounds](repeating: VoxelBounds(), count: outcomes.count + 1)
        var owners: [UInt16: Int] = [:]
        for (index, outcome) in outcomes.enumerated() where outcome.id > 0 { owners[outcome.id] = index }
        for frame in 0..<frameCount {
            let voxels = frame * size.pixelCount..<(frame + 1) * size.pixelCount
            classes.replaceSubrange(voxels, with: view.labels(classes[voxels], frame: frame))
            events.replaceSubrange(voxels, with: view.labels(events[voxels], frame: frame))
            for voxel in voxels where events[voxel] > 0 {
                guard let owner = owners[events[voxel]] else { continue }
                let pixel = voxel - voxels.lowerBound
                bounds[owner].include(frame: frame, row: pixel / size.width, column: pixel % size.width)
            }
        }
        for index in owners.values {
            outcomes[index].voxelCount = bounds[index].count
            outcomes[index].frames = bounds[index].frames
            outcomes[index].rows = bounds[index].rows
            outcomes[index].columns = bounds[index].columns
        }
    }
}
