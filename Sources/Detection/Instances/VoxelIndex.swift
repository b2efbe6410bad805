/// A set of voxels in raster order that finds the 26 neighbours of each; memory grows with the voxels only.
struct VoxelIndex {
    let positions: [VoxelPosition32]
    private let firstFrame: Int
    private let frameCount: Int
    private let firstRow: Int
    private let rowCount: Int
    /// Voxels of frame f, row y are `rowStarts[(f - firstFrame) * rowCount + y - firstRow]` up to the next start.
    private let rowStarts: [Int32]

    /// - Precondition: the positions are in raster order and not empty.
    init(_ positions: [VoxelPosition32]) {
        precondition(!positions.isEmpty)
        self.positions = positions
        let rows = positions.lazy.map { Int($0.y) }
        firstFrame = Int(positions[0].frame)
        frameCount = Int(positions[positions.count - 1].frame) - firstFrame + 1
        firstRow = rows.min() ?? 0
        rowCount = (rows.max() ?? 0) - firstRow + 1
        var counts = [Int32](repeating: 0, count: frameCount * rowCount + 1)
        for position in positions {
            counts[(Int(position.frame) - firstFrame) * rowCount + Int(position.y) - firstRow + 1] += 1
        }
        for row in 1..<counts.count { counts[row] += counts[row - 1] }
        rowStarts = counts
    }

    var count: Int { positions.count }

    /// Order in which a flood visits neighbours: 6 faces, 12 edges, 8 corners, each in raster order of
    /// (dt, dy, dx); indices into the 27 slots of ``findNeighbours(of:into:)``.
    static let visitOrder: [Int] = {
        let offsets = (0..<27).map { (slot: $0, distance: abs($0 / 9 - 1) + abs($0 / 3 % 3 - 1) + abs($0 % 3 - 1)) }
        return (1...3).flatMap { distance in offsets.filter { $0.distance == distance }.map(\.slot) }
    }()

    /// Finds the voxels around one of the set.
    ///
    /// - Parameters:
    ///   - voxel: index of the voxel.
    ///   - neighbours: 27 slots in raster order of (dt, dy, dx) that receive indices, -1 where the set has no voxel.
    func findNeighbours(of voxel: Int, into neighbours: inout [Int32]) {
        let position = positions[voxel]
        for slot in 0..<27 { neighbours[slot] = -1 }
        for dt in -1...1 {
            let frame = Int(position.frame) + dt - firstFrame
            if frame < 0 || frame >= frameCount { continue }
            for dy in -1...1 {
                let row = Int(position.y) + dy - firstRow
                if row < 0 || row >= rowCount { continue }
                let start = Int(rowStarts[frame * rowCount + row])
                let end = Int(rowStarts[frame * rowCount + row + 1])
                var candidate = lowerBound(column: Int(position.x) - 1, start: start, end: end)
                while candidate < end {
                    let dx = Int(positions[candidate].x) - Int(position.x)
                    if dx > 1 { break }
                    neighbours[(dt + 1) * 9 + (dy + 1) * 3 + dx + 1] = Int32(candidate)
                    candidate += 1
                }
            }
        }
    }

    private func lowerBound(column: Int, start: Int, end: Int) -> Int {
        var low = start
        var high = end
        while low < high {
            let middle = (low + high) / 2
            if Int(positions[middle].x) < column { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Numbers the parts of a subset that hang together by faces, edges or corners.
    ///
    /// - Parameter isMember: whether a voxel belongs to the subset.
    /// - Returns: per voxel the number of its part, from 1 in raster order of first voxels, 0 outside; and their count.
    func components(of isMember: [Bool]) -> (labels: [Int32], count: Int) {
        var labels = [Int32](repeating: 0, count: count)
        var labelCount = 0
        var pending: [Int] = []
        var neighbours = [Int32](repeating: -1, count: 27)
        for seed in 0..<count where isMember[seed] && labels[seed] == 0 {
            labelCount += 1
            labels[seed] = Int32(labelCount)
            pending.append(seed)
            while let voxel = pending.popLast() {
                findNeighbours(of: voxel, into: &neighbours)
                for neighbour in neighbours where neighbour >= 0 {
                    let index = Int(neighbour)
                    if !isMember[index] || labels[index] != 0 { continue }
                    labels[index] = Int32(labelCount)
                    pending.append(index)
                }
            }
        }
        return (labels, labelCount)
    }
}

/// A position in eight bytes.
struct VoxelPosition32: Sendable, Equatable {
    var frame: Int32
    var y: UInt16
    var x: UInt16
}
