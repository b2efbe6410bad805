package import Imaging

/// An event in the newest frames, as far as it is known now.
///
/// It is announced when it is as large as a final event has to be, and again after every window in which it grew. It
/// ends as final, with the same identity, or is taken back; see ``RetractedEvent``.
package struct ProvisionalEvent: Sendable, Equatable {
    /// Its number in ``EventIdentity/number``.
    package var number: Int
    /// Counts the announcements of this event from 1.
    package var revision: Int
    package var eventClass: EventClass
    /// Acquisition indices of the first frame and of the last one so far, inclusive.
    package var startFrame: Int
    package var endFrame: Int
    /// Smallest box that holds every voxel so far, in pixels, half open.
    package var rows: Range<Int>
    package var columns: Range<Int>
    /// Mean position of the voxels, in pixels from the centre of the first pixel.
    package var centroidRow: Double
    package var centroidColumn: Double
    package var voxelCount: Int
    /// Number of different pixels covered so far.
    package var footprintPixelCount: Int
    /// Mean probability of the class over the voxels, 0 to 1.
    package var classConfidence: Double
    /// How it spreads along x; nil while that is not known well enough.
    package var front: FrontMovement?
    package var flags: Set<EventFlag>
    /// Number of the cell at its centre; nil if there is none, or the cells are not known yet.
    package var cell: Int?

    package init(
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
        front: FrontMovement?,
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
        self.front = front
        self.flags = flags
    }
}

extension FrontMovement {
    /// Speed of the faster edge in µm/s, and its range.
    package func speed(_ calibration: Calibration) -> (micrometresPerSecond: Double, range: ClosedRange<Double>) {
        let unit = calibration.pixelSizeMicrometres / calibration.frameIntervalMilliseconds * 1000
        let range = pixelsPerFrameRange.lowerBound * unit...pixelsPerFrameRange.upperBound * unit
        return (pixelsPerFrame * unit, range)
    }
}

/// What links the messages on one event, provisional and final.
package struct EventIdentity: Sendable, Equatable {
    /// Unique within the series; given when the event is first announced.
    package var number: Int
    /// Version of the final event: 1 if it was never announced.
    package var revision: Int
    /// Its first announcement; nil if there was none.
    package var announcement: Announcement?

    package init(number: Int, revision: Int = 1, announcement: Announcement? = nil) {
        self.number = number
        self.revision = revision
        self.announcement = announcement
    }

    /// What an event was announced as, and when.
    package struct Announcement: Sendable, Equatable {
        package var eventClass: EventClass
        /// Acquisition index of the newest frame that the announcement needed.
        package var newestFrame: Int

        package init(eventClass: EventClass, newestFrame: Int) {
            self.eventClass = eventClass
            self.newestFrame = newestFrame
        }
    }
}

/// An announced event that did not become final as what it was announced.
package struct RetractedEvent: Sendable, Equatable {
    package enum Reason: Sendable, Equatable {
        /// No final event is there.
        case notConfirmed
        /// It is part of another event.
        case merged(into: Int)
        /// The final event has another class; it keeps the number.
        case reclassified(as: EventClass)
    }

    package var number: Int
    package var revision: Int
    /// What it was announced as.
    package var eventClass: EventClass
    package var reason: Reason
    /// Acquisition indices of its first frame and of its last one, inclusive.
    package var startFrame: Int
    package var endFrame: Int

    package init(
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
