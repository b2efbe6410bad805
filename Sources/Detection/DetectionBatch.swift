/// What one window decided.
public struct DetectionBatch: Sendable {
    /// Acquisition indices of the frames whose class mask became final.
    public var frames: Range<Int>
    /// Class of every voxel of these frames, `[t][y][x]`.
    public var classes: [UInt8]
    /// Frames by which the window moved on.
    public var newFrameCount: Int
    /// Acquisition index of the newest frame that the window needed.
    public var newestFrame: Int
    /// Events that became final, in the order of their numbers.
    public var events: [CalciumEvent]
    /// Number and revision of every event, same order.
    public var identities: [EventIdentity]
    /// The instances behind the events, same order; their frames count from the start of the segment.
    public var instances: [Instance]
    /// Events that are not final yet and were found or grew, and those that were taken back.
    public var provisional: [ProvisionalEvent] = []
    public var retracted: [RetractedEvent] = []
    /// Acquisition index of the segment's first frame.
    public var segmentOrigin: Int
    /// Acquisition index before which no event can begin that is still to come.
    public var settledFrame: Int
    /// Total event probability that a voxel had to exceed.
    public var threshold: Float
    /// What the network said of ``frames``; nil unless ``DetectorSettings/keepsProbabilities`` is set.
    public var probabilities: ClassProbabilities?
    /// The cell, as far as it is known.
    public var cell: CellMask?
    public var durations: StageDurations
}

/// Time spent in the stages of one window.
public struct StageDurations: Sendable {
    /// What the network computed before the window's last frame had come.
    public var arrival: Duration = .zero
    /// What the network had left to compute.
    public var network: Duration = .zero
    public var labels: Duration = .zero
    public var instances: Duration = .zero
    public var events: Duration = .zero
    /// Labels and tracks of the newest frames; what the network takes for them counts as network.
    public var provisional: Duration = .zero

    /// All computing for the window.
    public var total: Duration { arrival + network + labels + instances + events + provisional }
}
