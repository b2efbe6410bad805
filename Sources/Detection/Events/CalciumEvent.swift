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
    /// What could be measured.
    public var parameters: [EventParameter: Double]
    /// Mean probability of the class over the voxels, 0 to 1.
    public var classConfidence: Double
    /// Frames within the event that were lost and replaced by the one before.
    public var missingFrameCount: Int
    public var flags: Set<EventFlag>
    /// Why a parameter is missing from ``parameters``; holds exactly those that are.
    public var unavailable: [EventParameter: UnavailableReason]
    /// ΔF/F0 around the event and the course that was fitted to it; nil where nothing could be fitted.
    public var trace: EventTrace?

    /// Largest mean of (F - F0) / (F0 - dark) without a fit; nil if the pixels have no event-free past.
    public var peakDeltaFOverF0: Double? { parameters[.rawPeak] }

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
        parameters: [EventParameter: Double],
        classConfidence: Double,
        missingFrameCount: Int,
        flags: Set<EventFlag>,
        unavailable: [EventParameter: UnavailableReason] = [:],
        trace: EventTrace? = nil
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
        self.parameters = parameters
        self.classConfidence = classConfidence
        self.missingFrameCount = missingFrameCount
        self.flags = flags
        self.unavailable = unavailable
        self.trace = trace
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

/// The time course of an event, as it was measured and as it was fitted.
public struct EventTrace: Sendable, Equatable {
    /// Acquisition index of the first value.
    public var firstFrame: Int
    /// ΔF/F0 at the centre, one value per frame; nil where a frame could not be used.
    public var values: [Double?]
    /// The fitted course at the same frames.
    public var fit: [Double]

    public init(firstFrame: Int, values: [Double?], fit: [Double]) {
        self.firstFrame = firstFrame
        self.values = values
        self.fit = fit
    }
}
