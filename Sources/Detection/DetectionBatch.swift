package import Imaging

/// What one window decided.
package struct DetectionBatch: Sendable {
    /// Acquisition indices of the frames whose class mask became final.
    package var frames: Range<Int>
    /// Class of every voxel of these frames, `[t][y][x]`.
    package var classes: [UInt8]
    /// Frames by which the window moved on.
    package var newFrameCount: Int
    /// Acquisition index of the newest frame that the window needed.
    package var newestFrame: Int
    /// Events that became final, in the order of their numbers.
    package var events: [CalciumEvent]
    /// Number and revision of every event, same order.
    package var identities: [EventIdentity]
    /// The instances behind the events, same order; their frames count from the start of the segment.
    package var instances: [Instance]
    /// Events that are not final yet and were found or grew, and those that were taken back.
    package var provisional: [ProvisionalEvent] = []
    package var retracted: [RetractedEvent] = []
    /// Acquisition index of the segment's first frame.
    package var segmentOrigin: Int
    /// Acquisition index before which no event can begin that is still to come.
    package var settledFrame: Int
    /// Total event probability that a voxel had to exceed.
    package var threshold: Float
    /// What the network said of ``frames``; nil unless ``DetectorSettings/keepsProbabilities`` is set.
    package var probabilities: ClassProbabilities?
    /// Movement of the cell in these frames, empty if it was not looked for.
    ///
    /// Events, masks and instances are where the camera saw them.
    package var movements: [FrameMovement] = []
    /// The cells, as far as they are known; where they were at first if they moved.
    package var cells: CellMask?
    /// F0 of every cell at some of the frames.
    package var restingLight: [RestingLight] = []
    package var durations: StageDurations
    /// Frames without light that were found since the last batch.
    package var darkFrameCount = 0

    /// Acquisition indices of those of ``frames`` whose movement could not be undone.
    package var unsteadyFrames: [Int] { zip(frames, movements).filter { $1.isUnsteady }.map(\.0) }
}

/// What the side output tells between two windows.
package struct EarlyUpdate: Sendable {
    /// Events that were found or grew.
    package var provisional: [ProvisionalEvent]
    /// Acquisition index of the newest frame.
    package var newestFrame: Int
}

/// Time spent in the stages of one window.
package struct StageDurations: Sendable {
    /// Finding movement and undoing it.
    package var stabilisation: Duration = .zero
    /// What the network computed before the window's last frame had come.
    package var arrival: Duration = .zero
    /// What the network had left to compute.
    package var network: Duration = .zero
    package var labels: Duration = .zero
    package var instances: Duration = .zero
    package var events: Duration = .zero
    /// Labels and tracks of the newest frames; what the network takes for them counts as network.
    package var provisional: Duration = .zero
    /// The side output, network and tracks, since the last window.
    package var early: Duration = .zero

    /// All computing for the window.
    package var total: Duration {
        stabilisation + arrival + network + labels + instances + events + provisional + early
    }
}
