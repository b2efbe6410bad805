import Imaging

/// What a spark voxel is divided by: the watershed cost and whether it is an intensity peak.
struct SparkMeasure: Sendable {
    /// Negative of the smoothed unmasked movie.
    let cost: Float
    let isPeak: Bool
}

/// An instance that may still grow, with its voxels in the order in which they came.
struct OpenInstance: Sendable {
    let eventClass: EventClass
    private(set) var box: BoundingBox
    /// Voxels known to belong to the instance; those of sparks are handed in later than they are counted.
    private(set) var voxelCount: Int
    /// Whether the instance has reached a limit and takes up nothing more.
    var isExpired = false
    /// Whether something was refused for that.
    var isTruncated = false

    private var segments: [Segment] = []
    private var voxels: [Voxel] = []
    /// One per voxel; sparks only.
    private var measures: [SparkMeasure] = []

    /// Where the voxels of one run are kept.
    private struct Segment: Sendable {
        let frame: Int32
        let row: Int32
        let start: Int32
        let count: Int32
        var offset: Int

        var rasterOrder: (Int32, Int32, Int32) { (frame, row, start) }
    }

    init(run: VoxelRun, frame: Int) {
        eventClass = run.eventClass
        box = Self.box(of: run, frame: frame)
        voxelCount = run.count
    }

    private static func box(of run: VoxelRun, frame: Int) -> BoundingBox {
        BoundingBox(frame: frame, row: Int(run.row), columns: Int(run.start)...Int(run.end) - 1)
    }

    /// Counts a run in; its voxels follow by one of the `append` methods.
    mutating func claim(_ run: VoxelRun, frame: Int) {
        box.formUnion(Self.box(of: run, frame: frame))
        voxelCount += run.count
    }

    /// Takes the voxels of a claimed run from the frame itself.
    mutating func append(_ run: VoxelRun, frame: Int, from labelled: LabelledFrame, width: Int) {
        addSegment(run, frame: frame)
        labelled.append(run, frame: frame, width: width, to: &voxels)
    }

    /// Takes the voxels of a claimed run of sparks, measured by now.
    mutating func append(
        _ run: VoxelRun,
        frame: Int,
        voxels newVoxels: ArraySlice<Voxel>,
        measures newMeasures: ArraySlice<SparkMeasure>
    ) {
        addSegment(run, frame: frame)
        voxels += newVoxels
        measures += newMeasures
    }

    private mutating func addSegment(_ run: VoxelRun, frame: Int) {
        segments.append(
            Segment(
                frame: Int32(frame),
                row: run.row,
                start: run.start,
                count: Int32(run.count),
                offset: voxels.count
            )
        )
    }

    /// Takes over everything that another instance of the same class holds.
    mutating func absorb(_ other: OpenInstance) {
        let shift = voxels.count
        segments.append(
            contentsOf: other.segments.lazy.map { segment in
                var moved = segment
                moved.offset += shift
                return moved
            }
        )
        voxels += other.voxels
        measures += other.measures
        box.formUnion(other.box)
        voxelCount += other.voxelCount
        isTruncated = isTruncated || other.isTruncated
    }

    /// Gives the memory of the voxels back.
    mutating func discardVoxels() {
        segments = []
        voxels = []
        measures = []
    }

    /// All voxels, and for sparks their measures, in raster order.
    func inRasterOrder() -> (voxels: [Voxel], measures: [SparkMeasure]) {
        let isSorted = zip(segments, segments.dropFirst()).allSatisfy { $0.rasterOrder < $1.rasterOrder }
        if isSorted { return (voxels, measures) }
        var sortedVoxels: [Voxel] = []
        var sortedMeasures: [SparkMeasure] = []
        sortedVoxels.reserveCapacity(voxels.count)
        sortedMeasures.reserveCapacity(measures.count)
        for segment in segments.sorted(by: { $0.rasterOrder < $1.rasterOrder }) {
            let range = segment.offset..<segment.offset + Int(segment.count)
            sortedVoxels += voxels[range]
            if !measures.isEmpty { sortedMeasures += measures[range] }
        }
        return (sortedVoxels, sortedMeasures)
    }
}
