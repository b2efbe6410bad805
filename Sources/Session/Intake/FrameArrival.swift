package import Imaging

/// What a received frame says about its place in the stream, before it is believed; nil where the sender did not say.
package struct FrameArrival: Sendable, Equatable {
    /// Acquisition index, 0-based.
    package var frameIndex: Int?
    /// Number of the message among all of its publisher.
    package var messageNumber: Int?
    package var seriesID: String?
    /// Number of frames that the series will have.
    package var announcedFrameCount: Int?
    package var size: FrameSize

    /// - Precondition: the numbers are not negative and small enough to add a few of them.
    package init(
        frameIndex: Int? = nil,
        messageNumber: Int? = nil,
        seriesID: String? = nil,
        announcedFrameCount: Int? = nil,
        size: FrameSize
    ) {
        let numbers = 0...Int.max / 4
        precondition(frameIndex.map(numbers.contains) ?? true && messageNumber.map(numbers.contains) ?? true)
        self.frameIndex = frameIndex
        self.messageNumber = messageNumber
        self.seriesID = seriesID
        self.announcedFrameCount = announcedFrameCount
        self.size = size
    }
}

/// What to do where frames are missing.
package enum MissedFramePolicy: String, Sendable, CaseIterable, Codable {
    /// Repeat the frame before.
    case hold
    /// Put frames of zeros.
    case zero
    /// Never bridge: what follows is a fresh segment.
    case `break`
}

/// What to do with a received frame.
package enum FrameDecision: Sendable, Equatable {
    /// Take it: it follows the one before.
    case accept(index: Int)
    /// Take it, after filling the `missing` places before it.
    case fill(missing: FrameGap, index: Int)
    /// Take it as the first of a fresh segment: too many are missing before it.
    case breakSegment(missing: FrameGap, index: Int)
    /// Take it as the first of a new series, after ending the open one if there is one.
    case startSeries(index: Int, ending: SeriesEnd?)
    /// Leave it.
    case drop(FrameDropReason)
}

/// Why a well-formed frame is left out; raw values are the names of the counters.
package enum FrameDropReason: String, Sendable, CaseIterable {
    /// The frame is here already.
    case duplicate
    /// A later frame is here already.
    case late
    /// The frame belongs to a series that is over, or to one that another replaced.
    case otherSeries = "other_series"
    /// The index jumps further than any loss explains.
    case implausibleIndex = "implausible_index"
    /// The frame is of another channel than the one that is taken.
    case otherChannel = "other_channel"
    /// The size differs from that of the other frames of the series.
    case wrongSize = "wrong_size"
}

/// What happened to the frames of a stream, counted from the start.
package struct FrameSequenceCounters: Sendable, Equatable {
    package var acceptedFrames = 0
    /// Frames lost before or at the sender: gaps of the frame index alone.
    package var missingAtSource = 0
    /// Frames lost on the way: gaps of the message number.
    package var missingInTransport = 0
    /// Messages missing although no frame is: renumbered, or not meant for us.
    package var skippedMessages = 0
    /// Missing frames that were filled.
    package var filledFrames = 0
    /// Gaps that were too long to fill.
    package var brokenSegments = 0
    package var startedSeries = 0
    package var endedSeries = 0
    package var droppedFrames: [FrameDropReason: Int] = [:]

    package init() {}
}
