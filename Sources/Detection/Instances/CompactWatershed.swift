/// The flood that divides touching sparks among their peaks (`quirks.md`, Sparks, 3).
///
/// Compactness 1: a voxel costs its own value plus its Euclidean distance, in pixels and frames, from the
/// marker voxel that the flood came from, and never less than the voxel it was reached from. Cheapest goes
/// first, of equal ones the oldest; marker voxels, all of age 0, go in raster order. Each decision depends only
/// on voxels of the same 26-connected component, so components can be flooded together or one by one.
struct CompactWatershed {
    private let voxels: VoxelIndex
    private let costs: [Double]
    private var heap = FloodQueue()

    /// - Parameters:
    ///   - voxels: the voxels to divide.
    ///   - costs: cost of each, the negative of the smoothed intensity.
    init(voxels: VoxelIndex, costs: [Double]) {
        precondition(costs.count == voxels.count)
        self.voxels = voxels
        self.costs = costs
    }

    /// Spreads labels from marker voxels over everything connected with them.
    ///
    /// A step that could only be taken after another one to the same voxel would change nothing, so it is counted
    /// but not queued.
    ///
    /// - Parameter markers: label per voxel, 0 where there is no marker.
    /// - Returns: label per voxel, 0 where no marker is connected.
    mutating func flood(from markers: [Int32]) -> [Int32] {
        precondition(markers.count == voxels.count)
        var labels = markers
        for voxel in markers.indices where markers[voxel] != 0 {
            heap.push(FloodStep(cost: costs[voxel], age: 0, voxel: Int32(voxel), source: Int32(voxel)))
        }
        var age = 0
        var cheapest = [Double](repeating: .infinity, count: voxels.count)
        var neighbours = [Int32](repeating: -1, count: 27)
        while let step = heap.pop() {
            let voxel = Int(step.voxel)
            if step.voxel != step.source, labels[voxel] != 0 { continue }
            labels[voxel] = labels[Int(step.source)]
            voxels.findNeighbours(of: voxel, into: &neighbours)
            for slot in VoxelIndex.visitOrder {
                let neighbour = neighbours[slot]
                if neighbour < 0 || labels[Int(neighbour)] != 0 { continue }
                age += 1
                let ownCost = costs[Int(neighbour)] + distance(Int(neighbour), Int(step.source))
                let cost = max(ownCost, step.cost)
                if cost >= cheapest[Int(neighbour)] { continue }
                cheapest[Int(neighbour)] = cost
                heap.push(FloodStep(cost: cost, age: age, voxel: neighbour, source: step.source))
            }
        }
        return labels
    }

    private func distance(_ a: Int, _ b: Int) -> Double {
        let from = voxels.positions[a]
        let to = voxels.positions[b]
        let dt = Int(from.frame) - Int(to.frame)
        let dy = Int(from.y) - Int(to.y)
        let dx = Int(from.x) - Int(to.x)
        return Double(dt * dt + dy * dy + dx * dx).squareRoot()
    }
}

/// A voxel that the flood may take next.
private struct FloodStep {
    var cost: Double
    var age: Int
    var voxel: Int32
    var source: Int32

    @inline(__always)
    func isBefore(_ other: FloodStep) -> Bool {
        if cost != other.cost { return cost < other.cost }
        if age != other.age { return age < other.age }
        return voxel < other.voxel
    }
}

/// A binary heap that gives out the step with the lowest cost.
private struct FloodQueue {
    private var steps: [FloodStep] = []

    mutating func push(_ step: FloodStep) {
        var child = steps.count
        steps.append(step)
        while child > 0 {
            let parent = (child - 1) / 2
            if !step.isBefore(steps[parent]) { break }
            steps[child] = steps[parent]
            child = parent
        }
        steps[child] = step
    }

    mutating func pop() -> FloodStep? {
        guard let first = steps.first else { return nil }
        let last = steps.removeLast()
        if steps.isEmpty { return first }
        var parent = 0
        while true {
            var child = 2 * parent + 1
            if child >= steps.count { break }
            if child + 1 < steps.count, steps[child + 1].isBefore(steps[child]) { child += 1 }
            if !steps[child].isBefore(last) { break }
            steps[parent] = steps[child]
            parent = child
        }
        steps[parent] = last
        return first
    }
}
