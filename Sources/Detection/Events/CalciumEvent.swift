/// A measured calcium release event. Frames are acquisition indices, 0-based and inclusive.
public struct CalciumEvent: Sendable, Equatable {
    /// Unique within the series; rises in the order in which events became final.
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
