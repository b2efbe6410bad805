package import Detection
package import Imaging
package import Session

/// An event as it is published, final or provisional; field names as far as they exist there are those of Open Ephys.
///
/// Frames are acquisition indices, 0-based and inclusive. Positions and boxes are (row, column); a box is half open.
package struct EventMessage: WireMessage {
    /// Twelve digits of the series and the event's number, as in `7f0c12ab93de-000012`.
    package var eventID: String
    /// Counts the versions of this event; the highest is the valid one.
    package var revision = 1
    package var state = EventState.final
    /// The name of the class, see ``EventClass/name``.
    package var eventType: String
    package var stream: String
    package var sourceNode: String
    package var seriesID: String
    /// Frames per second.
    package var sampleRate: Double
    /// The peak frame.
    package var sampleNumber: Int
    package var startFrame: Int
    package var peakFrame: Int
    package var endFrame: Int
    /// The newest frame that the decision needed.
    @NullEncoded package var newestFrame: Int?
    /// Times of the frames' beginnings since that of acquisition frame 0, in ms.
    package var startMilliseconds: Double
    package var peakMilliseconds: Double
    package var endMilliseconds: Double
    /// Number of frames, both ends included, times the frame interval, in ms.
    package var durationMilliseconds: Double
    /// The smallest box that holds every voxel, [y0, x0, y1, x1] in pixels.
    package var boundingBox: [Int]
    /// The intensity-weighted centre, [y, x] in pixels from the centre of the first pixel.
    package var centroidPixels: [Double]
    /// The same, [y, x] in µm from the centre of the first pixel.
    package var centroidMicrometres: [Double]
    /// Number of different pixels that the event ever covered, and their area in µm².
    package var areaPixels: Int
    package var areaSquareMicrometres: Double
    package var voxelCount: Int
    /// Number of the cell that holds most of it; nil if none does, or in journals of old.
    @NullEncoded package var cell: Int?
    /// Number of the place where it arose, and how many events that has had by then, this one included; nil for waves,
    /// before an event is final, and in journals of old.
    @NullEncoded package var site: Int?
    @NullEncoded package var siteEventCount: Int?
    /// By published name, see ``EventParameter``; null where ``reasons`` says why.
    package var parameters: [String: Double?]
    /// Why a parameter is null.
    package var reasons: [String: String]
    /// Mean probability of the class over the voxels.
    package var confidence: Double
    package var flags: [EventFlag]
    package var missingFrameCount: Int
    /// Which of `pixel_size_um` and `frame_interval_ms` nobody stated, so that values in µm or ms may be wrong; nil in
    /// journals of old.
    @NullEncoded package var assumed: [String]?
    /// Where the light outside comes from that ratios to F0 rest on; nil if nothing was measured, or in journals of old.
    @NullEncoded package var blankOrigin: BlankLevel.Origin?
    package var latency: EventLatency
    /// Time from the first provisional message on this event to its final one, in ms of the recording; nil if there was
    /// none.
    @NullEncoded package var leadMilliseconds: Double?
    /// Acquisition time of the peak frame as the microscope gave it, since 1970, UTC, in ns.
    @NullEncoded package var acquiredNanoseconds: Int64?
    /// Arrival of the newest frame that the decision needed, since 1970, UTC, in ns.
    @NullEncoded package var readyNanoseconds: Int64?
    @NullEncoded package var modelSHA256: String?
    @NullEncoded package var configurationSHA256: String?

    package var eventClass: EventClass? { EventClass.allCases.first { $0.name == eventType } }

    enum CodingKeys: String, CodingKey {
        case eventID = "event_id"
        case revision = "rev"
        case state
        case eventType = "event_type"
        case stream
        case sourceNode = "source_node"
        case seriesID = "series_id"
        case sampleRate = "sample_rate"
        case sampleNumber = "sample_number"
        case startFrame = "frame_start"
        case peakFrame = "frame_peak"
        case endFrame = "frame_end"
        case newestFrame = "frame_newest"
        case startMilliseconds = "t_start_ms"
        case peakMilliseconds = "t_peak_ms"
        case endMilliseconds = "t_end_ms"
        case durationMilliseconds = "duration_ms"
        case boundingBox = "bbox"
        case centroidPixels = "centroid_px"
        case centroidMicrometres = "centroid_um"
        case areaPixels = "area_px"
        case areaSquareMicrometres = "area_um2"
        case voxelCount = "voxels"
        case cell, site
        case siteEventCount = "site_events"
        case parameters = "params"
        case reasons
        case confidence
        case flags
        case missingFrameCount = "missing_frames"
        case assumed
        case blankOrigin = "blank_origin"
        case latency = "latency_ms"
        case leadMilliseconds = "lead_ms"
        case acquiredNanoseconds = "t_acq_ns"
        case readyNanoseconds = "t_ready_ns"
        case modelSHA256 = "model_sha256"
        case configurationSHA256 = "config_sha256"
    }
}

extension EventMessage {
    package var topic: Topic { Topic(eventClass ?? .spark, state) }

    /// Completes the latency: time from the arrival of the last frame needed to now.
    package func completed(for publication: Publication) -> EventMessage {
        guard let readyNanoseconds else { return self }
        var message = self
        let (elapsed, overflow) = publication.nanoseconds.subtractingReportingOverflow(readyNanoseconds)
        let compute = overflow ? nil : (Double(elapsed) / 1e6).rounded(decimals: 3)
        message.latency.compute = compute
        message.latency.total = compute.flatMap { compute in
            latency.structural.flatMap { (compute + $0).rounded(decimals: 3) }
        }
        return message
    }
}

/// How long after its peak an event was published, in ms; null where the times are not known.
package struct EventLatency: Codable, Sendable, Equatable {
    /// From the peak frame to the newest frame that the decision needed, in recording time.
    @NullEncoded package var structural: Double?
    /// From the arrival of that newest frame to publication, in real time.
    @NullEncoded package var compute: Double?
    /// The sum of the two.
    @NullEncoded package var total: Double?

    package init(structural: Double? = nil, compute: Double? = nil, total: Double? = nil) {
        self.structural = structural
        self.compute = compute
        self.total = total
    }
}
