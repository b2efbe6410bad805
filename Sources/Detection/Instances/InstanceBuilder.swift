package import Imaging

/// Builds instances from label slabs as they come, with the result that ``BatchSegmentation`` has for all of them.
///
/// Push the slabs of a segment in order, of any length, and finish once. Waves and puffs are given out three
/// frames after their end, sparks 13 frames, because their smoothing reaches that far. Memory is bounded by the
/// open instances, which ``InstanceLimits`` bounds, and a fixed look-back of 25 frames.
///
///     var builder = InstanceBuilder(size: size)
///     for slab in slabs { handle(builder.push(slab)) }
///     handle(builder.finish())
///
/// Instances come in the order of the frame that closed them, then in raster order of their first voxels; that
/// order does not depend on how the frames were cut into slabs.
package struct InstanceBuilder: Sendable {
    /// Frames after the end of a spark that its peaks depend on: the Gaussian's reach and one of the footprint.
    private static let sparkWait = GaussianKernel.radius + 1

    package let size: FrameSize
    package let limits: InstanceLimits
    /// Frames pushed since the segment began.
    package private(set) var frameCount = 0

    /// No instance that is still to be given out has a voxel before this frame.
    package var firstOpenFrame: Int { open.firstFrame ?? frameCount }

    private var open: OpenInstances
    private var smoother: SparkSmoother
    private var peakFinder: SparkPeakFinder
    /// Frames whose sparks are not handed to their instances yet, oldest first.
    private var pending: [PendingSparks] = []

    /// - Precondition: frames are at most 65 536 pixels high and wide.
    package init(size: FrameSize, limits: InstanceLimits = InstanceLimits()) {
        precondition(max(size.height, size.width) <= 1 << 16, "positions are stored in 16 bits")
        self.size = size
        self.limits = limits
        open = OpenInstances(height: size.height, limits: limits)
        smoother = SparkSmoother(height: size.height, width: size.width)
        peakFinder = SparkPeakFinder(height: size.height, width: size.width)
    }

    /// Takes up the next frames and gives out the instances that they close.
    ///
    /// - Precondition: the slab has the builder's frame size and follows the one before without a gap.
    package mutating func push(_ slab: LabelSlab) -> [Instance] {
        precondition(slab.size == size, "a slab of \(slab.size) does not fit a builder for \(size)")
        precondition(slab.firstFrame == frameCount, "frame \(frameCount) is next, not \(slab.firstFrame)")
        var instances: [Instance] = []
        slab.forEachFrame { frame in
            takeUp(frame)
            frameCount += 1
            smoothSparks(before: frameCount - GaussianKernel.radius)
            instances += inRasterOrder(open.close(after: frameCount - 1, sparkWait: Self.sparkWait))
        }
        return instances
    }

    /// Whether an instance that is not given out yet touches a box.
    func isOpen(touching box: BoundingBox) -> Bool { open.isOpen(touching: box) }

    /// Ends the segment: gives out everything that is still open and starts over at frame 0.
    package mutating func finish() -> [Instance] {
        smoothSparks(before: frameCount)
        if !pending.isEmpty { measureOldestSparks() }
        let instances = inRasterOrder(open.closeAll())
        self = InstanceBuilder(size: size, limits: limits)
        return instances
    }

    /// Labels a frame, hands its waves and puffs to their instances and keeps its sparks until they are measured.
    private mutating func takeUp(_ frame: LabelledFrame) {
        let runs = FrameRuns(classes: frame.classes, height: size.height, width: size.width)
        let linked = open.link(runs, frame: frameCount)
        if !linked.movedSlots.isEmpty {
            for index in pending.indices { pending[index].moveSlots(linked.movedSlots) }
        }
        var sparks = PendingSparks(frame: frameCount)
        for run in linked.runs.runs {
            if run.eventClass == .spark {
                sparks.runs.append(run)
                frame.append(run, frame: frameCount, width: size.width, to: &sparks.voxels)
            } else {
                open.append(run, frame: frameCount, from: frame, width: size.width)
            }
        }
        smoother.append(intensity: frame.intensity, sparkRuns: sparks.runs)
        pending.append(sparks)
    }

    /// Smooths the sparks of the frames before a given one and measures those that are then complete.
    private mutating func smoothSparks(before end: Int) {
        while peakFinder.frameCount < end {
            let index = pending.count - (frameCount - peakFinder.frameCount)
            let values = smoother.smooth(frame: pending[index].frame, sparkRuns: pending[index].runs)
            pending[index].costs = values.map { -$0.unmasked }
            peakFinder.append(values, sparkRuns: pending[index].runs)
            if index > 0 { measureOldestSparks() }
        }
    }

    /// Hands the oldest pending sparks to their instances.
    private mutating func measureOldestSparks() {
        let sparks = pending.removeFirst()
        if sparks.runs.isEmpty { return }
        let peaks = peakFinder.peaks(frame: sparks.frame)
        let measures = zip(sparks.costs, peaks).map { SparkMeasure(cost: $0, isPeak: $1) }
        var start = 0
        for run in sparks.runs {
            let range = start..<start + run.count
            open.append(run, frame: sparks.frame, voxels: sparks.voxels[range], measures: measures[range])
            start = range.upperBound
        }
    }

    /// Makes instances of closed groups of voxels, leaving out what is too small.
    private func inRasterOrder(_ closed: [OpenInstance]) -> [Instance] {
        closed.flatMap(instances).sorted { $0.voxels[0].isBefore($1.voxels[0]) }
    }

    private func instances(of closed: OpenInstance) -> [Instance] {
        guard MinimumExtent.published(for: closed.eventClass).admits(closed.box) else { return [] }
        let content = closed.inRasterOrder()
        if closed.eventClass == .spark {
            return SparkSplitter(voxels: content.voxels, measures: content.measures)
                .sparks(isTruncated: closed.isTruncated)
        }
        let instance = Instance(
            eventClass: closed.eventClass,
            voxels: content.voxels,
            peaks: [],
            isTruncated: closed.isTruncated
        )
        return [instance]
    }
}

/// The sparks of a frame that wait for the frames that their smoothing reaches.
private struct PendingSparks: Sendable {
    let frame: Int
    var runs: [VoxelRun] = []
    /// Voxels of all runs, one after another.
    var voxels: [Voxel] = []
    /// Watershed cost of each voxel, once the frame is smoothed.
    var costs: [Float] = []

    init(frame: Int) {
        self.frame = frame
    }

    /// Follows instances that were joined to others.
    mutating func moveSlots(_ movedSlots: [Int32]) {
        for index in runs.indices { runs[index].slot = movedSlots[Int(runs[index].slot)] }
    }
}

extension Voxel {
    fileprivate func isBefore(_ other: Voxel) -> Bool {
        (frame, y, x) < (other.frame, other.y, other.x)
    }
}
