/// Components of a whole volume that hang together by faces, edges or corners (26 neighbours).
struct ConnectedComponents {
    /// Number of the component per voxel, from 1 in raster order of first voxels; 0 outside.
    private(set) var labels: [Int32]
    private(set) var count: Int

    /// Labels the voxels that hold a value.
    init(of volume: [UInt8], equalTo value: UInt8, shape: VolumeShape) {
        precondition(volume.count == shape.voxelCount)
        labels = [Int32](repeating: 0, count: volume.count)
        count = 0
        var sets = DisjointSets()
        _ = sets.makeSet()
        for frame in 0..<shape.frameCount {
            for y in 0..<shape.height {
                for x in 0..<shape.width {
                    let index = shape.index(frame: frame, y: y, x: x)
                    guard volume[index] == value else { continue }
                    let joined = joinEarlierNeighbours(frame: frame, y: y, x: x, shape: shape, sets: &sets)
                    labels[index] = joined ?? sets.makeSet()
                }
            }
        }
        renumber(&sets)
    }

    /// Joins the labels of the 13 neighbours that come before a voxel in raster order.
    private func joinEarlierNeighbours(
        frame: Int,
        y: Int,
        x: Int,
        shape: VolumeShape,
        sets: inout DisjointSets
    ) -> Int32? {
        var joined: Int32?
        for earlierFrame in max(0, frame - 1)...frame {
            let lastRow = earlierFrame < frame ? min(y + 1, shape.height - 1) : y
            for row in max(0, y - 1)...lastRow {
                let isOwnRow = earlierFrame == frame && row == y
                let lastColumn = isOwnRow ? x - 1 : min(x + 1, shape.width - 1)
                let firstColumn = max(0, x - 1)
                if lastColumn < firstColumn { continue }
                for column in firstColumn...lastColumn {
                    let label = labels[shape.index(frame: earlierFrame, y: row, x: column)]
                    if label == 0 { continue }
                    joined = joined.map { sets.union($0, label) } ?? label
                }
            }
        }
        return joined
    }

    private mutating func renumber(_ sets: inout DisjointSets) {
        var numbers = [Int32](repeating: 0, count: sets.count)
        for index in labels.indices where labels[index] != 0 {
            let root = Int(sets.find(labels[index]))
            if numbers[root] == 0 {
                count += 1
                numbers[root] = Int32(count)
            }
            labels[index] = numbers[root]
        }
    }

    /// Joins components with up to two empty frames between them (`quirks.md`, Waves and puffs, 2).
    ///
    /// Each component is dilated by one frame on both sides; what then hangs together takes one label.
    /// A dilated component holds at least one original component and no original component is split, so
    /// the labels need to change only if there are fewer components than before.
    mutating func mergeGaps(shape: VolumeShape) {
        let dilated = ConnectedComponents(of: dilatedInTime(shape: shape), equalTo: 1, shape: shape)
        guard dilated.count < count else { return }
        for index in labels.indices where labels[index] != 0 {
            labels[index] = dilated.labels[index]
        }
        count = dilated.count
    }

    private func dilatedInTime(shape: VolumeShape) -> [UInt8] {
        var dilated = [UInt8](repeating: 0, count: labels.count)
        for index in labels.indices where labels[index] != 0 {
            dilated[index] = 1
            if index >= shape.pixelCount { dilated[index - shape.pixelCount] = 1 }
            if index + shape.pixelCount < dilated.count { dilated[index + shape.pixelCount] = 1 }
        }
        return dilated
    }
}
