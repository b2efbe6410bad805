import Imaging

/// Neighbouring voxels of one row and frame that belong to a track.
struct TrackRun: Sendable {
    let frame: Int32
    let row: UInt16
    let firstColumn: UInt16
    /// Inclusive.
    let lastColumn: UInt16
    /// Sum over the voxels of the probability of the class.
    let confidence: Float

    var voxelCount: Int { Int(lastColumn) - Int(firstColumn) + 1 }
    var rasterOrder: (Int32, UInt16, UInt16) { (frame, row, firstColumn) }
}

/// Connected voxels of one class in the newest frames: an event that is announced once it is large enough.
struct ProvisionalTrack: Sendable {
    let eventClass: EventClass
    private(set) var runs: [TrackRun] = []
    private(set) var box: BoundingBox
    private(set) var voxelCount = 0
    /// Set once the track has been announced.
    var announcement: Announcement?
    /// True if it grew since it was last announced.
    var hasGrown = true

    struct Announcement: Sendable {
        let number: Int
        var revision: Int
        let first: EventIdentity.Announcement
    }

    private var rowSum = 0
    private var columnSum = 0
    private var confidenceSum = 0.0
    /// Columns ever covered, by row.
    private var footprint: [Int: RangeSet<Int>] = [:]
    private var front: FrontTrace

    init(eventClass: EventClass, first run: TrackRun, resolution: FrontResolution) {
        self.eventClass = eventClass
        front = FrontTrace(resolution: resolution)
        box = Self.box(of: run)
        append(run)
    }

    mutating func append(_ run: TrackRun) {
        runs.append(run)
        box.formUnion(Self.box(of: run))
        let count = run.voxelCount
        voxelCount += count
        rowSum += Int(run.row) * count
        columnSum += (Int(run.firstColumn) + Int(run.lastColumn)) * count / 2
        confidenceSum += Double(run.confidence)
        footprint[Int(run.row), default: RangeSet()]
            .insert(contentsOf: Int(run.firstColumn)..<Int(run.lastColumn) + 1)
        front.note(columns: box.columns, atFrame: Int(run.frame))
        hasGrown = true
    }

    /// Number of different pixels covered so far.
    var footprintPixelCount: Int { footprint.values.reduce(0) { $0 + $1.ranges.reduce(0) { $0 + $1.count } } }

    /// Takes over the voxels of another track of the same class; the own announcement stays.
    mutating func absorb(_ other: ProvisionalTrack) {
        // The jump of the box is no movement.
        let joined = FrontTrace(joining: front, other.front)
        for run in other.runs { append(run) }
        front = joined
        front.note(columns: box.columns, atFrame: box.frames.upperBound)
    }

    /// The part of the track behind a frame, as a track that has not been announced; nil if there is none.
    func rest(behind frame: Int) -> ProvisionalTrack? {
        let later = runs.filter { $0.frame > frame }
        guard let first = later.first else { return nil }
        var rest = ProvisionalTrack(eventClass: eventClass, first: first, resolution: front.resolution)
        for run in later.dropFirst() { rest.append(run) }
        return rest
    }

    /// Number of voxels that the track shares with an instance.
    ///
    /// - Complexity: O(runs log runs + voxels)
    func overlap(with instance: Instance) -> Int {
        let sorted = runs.sorted { $0.rasterOrder < $1.rasterOrder }
        var shared = 0
        var next = 0
        for voxel in instance.voxels {
            let position = (voxel.frame, voxel.y, voxel.x)
            while next < sorted.count, (sorted[next].frame, sorted[next].row, sorted[next].lastColumn) < position {
                next += 1
            }
            guard next < sorted.count else { break }
            if sorted[next].rasterOrder <= position { shared += 1 }
        }
        return shared
    }

    /// What is known of the event now.
    ///
    /// - Parameters:
    ///   - announcement: number and revision.
    ///   - origin: acquisition index of frame 0 of the segment.
    ///   - firstWatchedFrame: the first frame that was searched; an event there may have begun before.
    ///   - frameSize: of the movie.
    /// - Returns: the event, in acquisition indices.
    func event(
        announcement: Announcement,
        origin: Int,
        firstWatchedFrame: Int,
        frameSize: FrameSize
    ) -> ProvisionalEvent {
        var flags: Set<EventFlag> = []
        if box.frames.lowerBound == firstWatchedFrame { flags.insert(.startsBeforeRecording) }
        if box.rows.lowerBound == 0 || box.rows.upperBound == frameSize.height - 1 || box.columns.lowerBound == 0
            || box.columns.upperBound == frameSize.width - 1
        {
            flags.insert(.touchesFrameBorder)
        }
        return ProvisionalEvent(
            number: announcement.number,
            revision: announcement.revision,
            eventClass: eventClass,
            startFrame: origin + box.frames.lowerBound,
            endFrame: origin + box.frames.upperBound,
            rows: box.rows.lowerBound..<box.rows.upperBound + 1,
            columns: box.columns.lowerBound..<box.columns.upperBound + 1,
            centroidRow: Double(rowSum) / Double(voxelCount),
            centroidColumn: Double(columnSum) / Double(voxelCount),
            voxelCount: voxelCount,
            footprintPixelCount: footprintPixelCount,
            classConfidence: confidenceSum / Double(voxelCount),
            front: front.movement,
            flags: flags
        )
    }

    private static func box(of run: TrackRun) -> BoundingBox {
        BoundingBox(
            frame: Int(run.frame),
            row: Int(run.row),
            columns: Int(run.firstColumn)...Int(run.lastColumn)
        )
    }
}
