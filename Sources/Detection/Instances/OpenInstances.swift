import Imaging

/// Joins the runs of frame after frame to instances and closes those that nothing more can join.
///
/// Sparks hang together by faces, edges or corners of voxels. For waves and puffs the published gap rule joins
/// what hangs together after a dilation by one frame on both sides, which is to say voxels at most three
/// frames and one pixel apart (`quirks.md`, Waves and puffs, 2).
struct OpenInstances: Sendable {
    /// Frames between two voxels of a wave or puff that are joined, and its wait before it is closed.
    static let gapReach = 3

    private let limits: InstanceLimits
    private let height: Int
    /// Frames g - 1, g - 2 and g - 3, newest first.
    private var recent: [FrameRuns]
    private var slots: [OpenInstance] = []
    private var isOccupied: [Bool] = []
    /// Slot that a slot was joined to within the current frame; its own number otherwise.
    private var parents: [Int32] = []
    private var joinedSlots: [Int32] = []
    private var freeSlots: [Int32] = []

    init(height: Int, limits: InstanceLimits) {
        self.height = height
        self.limits = limits
        recent = [FrameRuns](repeating: FrameRuns(height: height), count: Self.gapReach)
    }

    /// First frame of any open instance; nil if there is none.
    var firstFrame: Int? { slots.indices.filter { isOccupied[$0] }.map { slots[$0].box.frames.lowerBound }.min() }

    /// Assigns every run of the next frame to an instance.
    ///
    /// - Returns: the runs with their slots, and by slot where instances that were joined have gone; the latter is
    ///   empty if none were.
    mutating func link(_ runs: FrameRuns, frame: Int) -> (runs: FrameRuns, movedSlots: [Int32]) {
        expire(before: frame)
        var runs = runs
        for row in 0..<height where !runs.indices(ofRow: row).isEmpty {
            for (age, earlier) in recent.enumerated() {
                for otherRow in max(0, row - 1)...min(row + 1, height - 1) {
                    let pairs = touchingPairs(runs, row: row, earlier, otherRow: otherRow, joinsSparks: age == 0)
                    for pair in pairs {
                        join(&runs.runs[pair.own], slot: earlier.runs[pair.other].slot, frame: frame)
                    }
                }
            }
            if row > 0 {
                for pair in touchingPairs(runs, row: row, runs, otherRow: row - 1, joinsSparks: true) {
                    join(&runs.runs[pair.own], slot: runs.runs[pair.other].slot, frame: frame)
                }
            }
            for index in runs.indices(ofRow: row) where runs.runs[index].slot == VoxelRun.unassigned {
                runs.runs[index].slot = addInstance(runs.runs[index], frame: frame)
            }
        }
        let movedSlots = settle(&runs)
        recent.removeLast()
        recent.insert(runs, at: 0)
        return (runs, movedSlots)
    }

    mutating func append(_ run: VoxelRun, frame: Int, from labelled: LabelledFrame, width: Int) {
        slots[Int(run.slot)].append(run, frame: frame, from: labelled, width: width)
    }

    mutating func append(
        _ run: VoxelRun,
        frame: Int,
        voxels: ArraySlice<Voxel>,
        measures: ArraySlice<SparkMeasure>
    ) {
        slots[Int(run.slot)].append(run, frame: frame, voxels: voxels, measures: measures)
    }

    /// Takes out the instances that nothing more can join.
    ///
    /// - Parameters:
    ///   - frame: the newest frame.
    ///   - sparkWait: frames after its end for which a spark is kept.
    /// - Returns: the closed instances, in no particular order.
    mutating func close(after frame: Int, sparkWait: Int) -> [OpenInstance] {
        var closed: [OpenInstance] = []
        for slot in slots.indices where isOccupied[slot] {
            let wait = slots[slot].eventClass == .spark ? sparkWait : Self.gapReach
            if slots[slot].box.frames.upperBound + wait > frame { continue }
            closed.append(slots[slot])
            release(Int32(slot))
        }
        return closed
    }

    /// Whether the instance in a slot may still grow.
    func isOpen(_ slot: Int) -> Bool { isOccupied.indices.contains(slot) && isOccupied[slot] }

    /// Whether an instance that may still grow touches a box.
    func isOpen(touching box: BoundingBox) -> Bool {
        slots.indices.contains { isOccupied[$0] && slots[$0].box.intersects(box) }
    }

    /// Takes out all instances.
    mutating func closeAll() -> [OpenInstance] {
        defer { self = OpenInstances(height: height, limits: limits) }
        return slots.indices.filter { isOccupied[$0] }.map { slots[$0] }
    }

    private mutating func expire(before frame: Int) {
        for slot in slots.indices where isOccupied[slot] {
            let isTooLong = frame - slots[slot].box.frames.lowerBound >= limits.frameCount
            if isTooLong || slots[slot].voxelCount >= limits.voxelCount { slots[slot].isExpired = true }
        }
    }

    /// Finds the runs of one row that touch runs of another row.
    private func touchingPairs(
        _ runs: FrameRuns,
        row: Int,
        _ others: FrameRuns,
        otherRow: Int,
        joinsSparks: Bool
    ) -> [(own: Int, other: Int)] {
        var pairs: [(own: Int, other: Int)] = []
        let candidates = others.indices(ofRow: otherRow)
        var first = candidates.lowerBound
        for own in runs.indices(ofRow: row) {
            let run = runs.runs[own]
            if run.eventClass == .spark, !joinsSparks { continue }
            while first < candidates.upperBound, others.runs[first].end < run.start { first += 1 }
            var candidate = first
            while candidate < candidates.upperBound, others.runs[candidate].start <= run.end {
                if run.touches(others.runs[candidate]) { pairs.append((own, candidate)) }
                candidate += 1
            }
        }
        return pairs
    }

    private mutating func join(_ run: inout VoxelRun, slot: Int32, frame: Int) {
        let target = root(slot)
        if slots[Int(target)].isExpired {
            slots[Int(target)].isTruncated = true
        } else if run.slot == VoxelRun.unassigned {
            slots[Int(target)].claim(run, frame: frame)
            run.slot = target
        } else {
            unite(root(run.slot), target)
        }
    }

    /// Moves the smaller of two instances into the larger one.
    private mutating func unite(_ a: Int32, _ b: Int32) {
        if a == b { return }
        let isFirstLarger = slots[Int(a)].voxelCount >= slots[Int(b)].voxelCount
        let (kept, moved) = isFirstLarger ? (a, b) : (b, a)
        slots[Int(kept)].absorb(slots[Int(moved)])
        slots[Int(moved)].discardVoxels()
        isOccupied[Int(moved)] = false
        parents[Int(moved)] = kept
        joinedSlots.append(moved)
    }

    private func root(_ slot: Int32) -> Int32 {
        var current = slot
        while parents[Int(current)] != current { current = parents[Int(current)] }
        return current
    }

    private mutating func addInstance(_ run: VoxelRun, frame: Int) -> Int32 {
        let instance = OpenInstance(run: run, frame: frame)
        if let slot = freeSlots.popLast() {
            slots[Int(slot)] = instance
            isOccupied[Int(slot)] = true
            return slot
        }
        slots.append(instance)
        isOccupied.append(true)
        parents.append(Int32(parents.count))
        return Int32(slots.count - 1)
    }

    private mutating func release(_ slot: Int32) {
        slots[Int(slot)].discardVoxels()
        isOccupied[Int(slot)] = false
        parents[Int(slot)] = slot
        freeSlots.append(slot)
    }

    /// Gives all runs in reach the slots in which their instances now are, and frees the others.
    private mutating func settle(_ runs: inout FrameRuns) -> [Int32] {
        if joinedSlots.isEmpty { return [] }
        let movedSlots = parents.indices.map { root(Int32($0)) }
        for index in runs.runs.indices { runs.runs[index].slot = movedSlots[Int(runs.runs[index].slot)] }
        for age in recent.indices {
            for index in recent[age].runs.indices {
                recent[age].runs[index].slot = movedSlots[Int(recent[age].runs[index].slot)]
            }
        }
        for slot in joinedSlots { release(slot) }
        joinedSlots.removeAll(keepingCapacity: true)
        return movedSlots
    }
}
