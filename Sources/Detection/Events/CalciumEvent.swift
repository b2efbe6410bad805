/// A measured calcium release event.
///
/// Frames are acquisition indices, 0-based and inclusive.
public struct CalciumEvent: Sendable, Equatable {
    /// Counts the final events of the series, in the order in which they became final.
    public var number: Int
    public var eventClass: EventClass
    public var startFrame: Int
    public var peakFrame: Int
    public var endFrame: Int
    /// Smallest box that holds every voxel, in pixels, half open.
    public var rows: Range<Int>
    public var columns: Range<Int>
    /// Intensity-weighted centre, in pixels from the centre of the first pixel.
    public var centroidRow: Double
    public var centroidColumn: Double
    public var voxelCount: Int
    /// Number of different pixels that the event ever covered.
    public var footprintPixelCount: Int
    /// Largest mean of (F - F0) / (F0 - dark); nil if the pixels have no event-free past.
    public var peakDeltaFOverF0: Double?
    /// Mean probability of the class over the voxels, 0 to 1.
    public var classConfidence: Double
    /// Frames within the event that were lost and replaced by the one before.
    public var missingFrameCount: Int
    public var flags: Set<EventFlag>
    /// Why a parameter is nil; holds exactly the parameters that are.
    public var unavailable: [EventParameter: UnavailableReason]

    public init(
        number: Int,
        eventClass: EventClass,
        startFrame: Int,
        peakFrame: Int,
        endFrame: Int,
        rows: Range<Int>,
        columns: Range<Int>,
        centroidRow: Double,
        centroidColumn: Double,
        voxelCount: Int,
        footprintPixelCount: Int,
        peakDeltaFOverF0: Double?,
        classConfidence: Double,
        missingFrameCount: Int,
        flags: Set<EventFlag>,
        unavailable: [EventParameter: UnavailableReason] = [:]
    ) {
        self.number = number
        self.eventClass = eventClass
        self.startFrame = startFrame
        self.peakFrame = peakFrame
        self.endFrame = endFrame
        self.rows = rows
        self.columns = columns
        self.centroidRow = centroidRow
        self.centroidColumn = centroidColumn
        self.voxelCount = voxelCount
        self.footprintPixelCount = footprintPixelCount
        self.peakDeltaFOverF0 = peakDeltaFOverF0
        self.classConfidence = classConfidence
        self.missingFrameCount = missingFrameCount
        self.flags = flags
        self.unavailable = unavailable
    }
}

/// A remark on how completely an event was recorded.
public enum EventFlag: String, Sendable, CaseIterable, Codable {
    /// The event was already under way in the first frame of its segment.
    case startsBeforeRecording = "edge_t0"
    /// The event was still under way in the last frame of its segment.
    case endsAfterRecording = "edge_t1"
    /// The event touches the border of the frame.
    case touchesFrameBorder = "edge_xy"
    /// The event outlived the configured longest duration and was closed there.
    case truncated
}

/// A measured quantity that the data of an event may be unable to give; raw values are the published names.
public enum EventParameter: String, Sendable, CaseIterable, Codable {
    /// The value of ``CalciumEvent/peakDeltaFOverF0``.
    case amplitude = "amplitude_dff0"
}

/// Why a parameter of an event has no value.
public enum UnavailableReason: String, Sendable, CaseIterable, Codable {
    /// No pixel of the measured region had enough event-free frames before the event.
    case noBaseline = "no_baseline"
    /// The resting intensity of the measured region is not above the dark level, so a ratio to it means nothing.
    case baselineAtDarkLevel = "baseline_at_dark_level"
}
