/// An event in the newest frames, as far as it is known now.
///
/// It is announced when it is as large as a final event has to be, and again after every window in which it grew. It
/// ends as final, with the same identity, or is taken back; see ``RetractedEvent``.
public struct ProvisionalEvent: Sendable, Equatable {
    /// Its number in ``EventIdentity/number``.
    public var number: Int
    /// Counts the announcements of this event from 1.
    public var revision: Int
    public var eventClass: EventClass
    /// Acquisition indices of the first frame and of the last one so far, inclusive.
    public var startFrame: Int
    public var endFrame: Int
    /// Smallest box that holds every voxel so far, in pixels, half open.
    public var rows: Range<Int>
    public var columns: Range<Int>
    /// Mean position of the voxels, in pixels from the centre of the first pixel.
    public var centroidRow: Double
    public var centroidColumn: Double
    public var voxelCount: Int
    /// Number of different pixels covered so far.
    public var footprintPixelCount: Int
    /// Mean probability of the class over the voxels, 0 to 1.
    public var classConfidence: Double
    /// Speed along x at which the faster edge of the event moved outwards in its last frames, in pixels per frame; nil
    /// while it has too few of them.
    public var frontSpeedPixelsPerFrame: Double?
    public var flags: Set<EventFlag>

    public init(
        number: Int,
        revision: Int,
        eventClass: EventClass,
        startFrame: Int,
        endFrame: Int,
        rows: Range<Int>,
        columns: Range<Int>,
        centroidRow: Double,
        centroidColumn: Double,
        voxelCount: Int,
        footprintPixelCount: Int,
        classConfidence: Double,
        frontSpeedPixelsPerFrame: Double?,
        flags: Set<EventFlag>
    ) {
        self.number = number
        self.revision = revision
        self.eventClass = eventClass
        self.startFrame = startFrame
        self.endFrame = endFrame
        self.rows = rows
        self.columns = columns
        self.centroidRow = centroidRow
        self.centroidColumn = centroidColumn
        self.voxelCount = voxelCount
        self.footprintPixelCount = footprintPixelCount
        self.classConfidence = classConfidence
        self.frontSpeedPixelsPerFrame = frontSpeedPixelsPerFrame
        self.flags = flags
    }
}

/// What links the messages on one event, provisional and final.
public struct EventIdentity: Sendable, Equatable {
    /// Unique within the series; given when the event is first announced.
    public var number: Int
    /// Version of the final event: 1 if it was never announced.
    public var revision: Int
    /// Its first announcement; nil if there was none.
    public var announcement: Announcement?

    public init(number: Int, revision: Int = 1, announcement: Announcement? = nil) {
        self.number = number
        self.revision = revision
        self.announcement = announcement
    }

    /// What an event was announced as, and when.
    public struct Announcement: Sendable, Equatable {
        public var eventClass: EventClass
        /// Acquisition index of the newest frame that the announcement needed.
        public var newestFrame: Int

        public init(eventClass: EventClass, newestFrame: Int) {
            self.eventClass = eventClass
            self.newestFrame = newestFrame
        }
    }
}

/// An announced event that did not become final as what it was announced.
public struct RetractedEvent: Sendable, Equatable {
    public enum Reason: Sendable, Equatable {
        /// No final event is there.
        case notConfirmed
        /// It is part of another event.
        case merged(into: Int)
        /// The final event has another class; it keeps the number.
        case reclassified(as: EventClass)
    }

    public var number: Int
    public var revision: Int
    /// What it was announced as.
    public var eventClass: EventClass
    public var reason: Reason
    /// Acquisition indices of its first frame and of its last one, inclusive.
    public var startFrame: Int
    public var endFrame: Int

    public init(
        number: Int,
        revision: Int,
        eventClass: EventClass,
        reason: Reason,
        startFrame: Int,
        endFrame: Int
    ) {
        self.number = number
        self.revision = revision
        self.eventClass = eventClass
        self.reason = reason
        self.startFrame = startFrame
        self.endFrame = endFrame
    }
}
