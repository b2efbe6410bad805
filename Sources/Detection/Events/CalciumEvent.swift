package import Imaging

/// A measured calcium release event.
///
/// Frames are acquisition indices, 0-based and inclusive.
package struct CalciumEvent: Sendable, Equatable {
    /// Counts the final events of the series, in the order in which they became final.
    package var number: Int
    package var eventClass: EventClass
    package var startFrame: Int
    package var peakFrame: Int
    package var endFrame: Int
    /// Smallest box that holds every voxel, in pixels, half open.
    package var rows: Range<Int>
    package var columns: Range<Int>
    /// Intensity-weighted centre, in pixels from the centre of the first pixel.
    package var centroidRow: Double
    package var centroidColumn: Double
    package var voxelCount: Int
    /// Number of different pixels that the event ever covered.
    package var footprintPixelCount: Int
    /// What could be measured.
    package var parameters: [EventParameter: Double]
    /// Mean probability of the class over the voxels, 0 to 1.
    package var classConfidence: Double
    /// Frames within the event that were lost and replaced by the one before.
    package var missingFrameCount: Int
    package var flags: Set<EventFlag>
    /// Why a parameter is missing from ``parameters``; holds exactly those that are.
    package var unavailable: [EventParameter: UnavailableReason]
    /// ΔF/F0 around the event and the course that was fitted to it; nil where nothing could be fitted.
    package var trace: EventTrace?
    /// Number of the cell that holds most of the event; nil if none of it lies in one of several cells.
    package var cell: Int?
    /// Where the light outside comes from that ratios rest on; nil if nothing was measured in the frames.
    package var blankOrigin: BlankLevel.Origin?
    /// The place where it arose; nil for waves.
    package var site: SiteVisit?

    /// Largest mean of (F - F0) / (F0 - dark) without a fit; nil if the pixels have no event-free past.
    package var peakDeltaFOverF0: Double? { parameters[.rawPeak] }

    package init(
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
        trace: EventTrace? = nil,
        cell: Int? = nil,
        blankOrigin: BlankLevel.Origin? = nil
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
        self.cell = cell
        self.blankOrigin = blankOrigin
    }
}

/// A remark on how completely an event was recorded.
package enum EventFlag: String, Sendable, CaseIterable, Codable {
    /// The event was already under way in the first frame of its segment.
    case startsBeforeRecording = "edge_t0"
    /// The event was still under way in the last frame of its segment.
    case endsAfterRecording = "edge_t1"
    /// The event touches the border of the frame.
    case touchesFrameBorder = "edge_xy"
    /// Frames without light lie within the event or right beside it; its values are not measured.
    case touchesDarkFrames = "dark_frames"
    /// No outside of the cell can be seen for certain: ratios to F0 rest on a guess of the light there.
    case blankUnknown = "blank_unknown"
    /// The amplitude may be wrong by more than 30 %, or is larger than a dye can show in a cell.
    case amplitudeUncertain = "amplitude_uncertain"
    /// The event outlived the configured longest duration and was closed there.
    case truncated
    /// Parts of the cell moved otherwise than the whole while the event lasted: it may be movement.
    case motion
}

/// The time course of an event, as it was measured and as it was fitted.
package struct EventTrace: Sendable, Equatable {
    /// Acquisition index of the first value.
    package var firstFrame: Int
    /// ΔF/F0 at the centre, one value per frame; nil where a frame could not be used.
    package var values: [Double?]
    /// The fitted course at the same frames.
    package var fit: [Double]

    package init(firstFrame: Int, values: [Double?], fit: [Double]) {
        self.firstFrame = firstFrame
        self.values = values
        self.fit = fit
    }
}
