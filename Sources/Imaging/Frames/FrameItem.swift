/// What arrives in front of the detector, in the order in which it happened.
package enum FrameItem: Sendable, Equatable {
    case seriesStart(SeriesDescription)
    case frame(FrameStamp)
    /// More frames are missing than can be bridged: what comes next is not joined to what came before.
    case gap(FrameGap)
    case seriesEnd(SeriesEnd)
}

/// What is known about a series of frames when its first frame arrives; nil where the sender did not say.
package struct SeriesDescription: Sendable, Equatable {
    package var seriesID: String?
    /// Tells the series from those of the same name; nil if the name does.
    package var identity: String?
    package var source: String?
    package var size: FrameSize
    /// Time from one frame to the next, in ms.
    package var frameIntervalMilliseconds: Double?
    /// Distance between neighbouring pixels along y and along x, in µm.
    package var pixelHeightMicrometres: Double?
    package var pixelWidthMicrometres: Double?
    /// Significant bits of the pixels as sent; the pixels that follow are scaled to 16 bits already.
    package var bitDepth: Int?
    /// Bits in which the sender stores a pixel: 8 or 16 unsigned, 32 floating point.
    package var bitsPerPixel: Int?
    package var channel: String?
    /// Number of frames that the sender announced; nil if unknown.
    package var announcedFrameCount: Int?
    /// The publisher's number of the message that announced the series; nil if none did.
    package var messageNumber: Int?
    /// What the pixels as sent were multiplied by, to bring them to 16 bits.
    package var scalingFactor: Float = 1
    /// Frames of the series that were lost before its first one.
    package var missing = FrameGap()
    /// What states pixel size and frame interval, in words, where it is not the header.
    package var origins: [Quantity: String] = [:]
    /// What the sender stated and cannot mean; it is not among the values above.
    package var implausible: [ImplausibleStatement] = []
    /// Fields in which the sender put NaN or Infinity, and which were left out.
    package var nonNumbers: [String] = []

    package init(
        seriesID: String? = nil,
        source: String? = nil,
        size: FrameSize,
        frameIntervalMilliseconds: Double? = nil,
        pixelHeightMicrometres: Double? = nil,
        pixelWidthMicrometres: Double? = nil,
        bitDepth: Int? = nil,
        bitsPerPixel: Int? = nil,
        channel: String? = nil,
        announcedFrameCount: Int? = nil,
        messageNumber: Int? = nil
    ) {
        self.seriesID = seriesID
        self.source = source
        self.size = size
        self.frameIntervalMilliseconds = frameIntervalMilliseconds
        self.pixelHeightMicrometres = pixelHeightMicrometres
        self.pixelWidthMicrometres = pixelWidthMicrometres
        self.bitDepth = bitDepth
        self.bitsPerPixel = bitsPerPixel
        self.channel = channel
        self.announcedFrameCount = announcedFrameCount
        self.messageNumber = messageNumber
    }
}

/// Identity and times of one frame; times are nanoseconds since 1970, nil where the sender did not say.
package struct FrameStamp: Sendable, Equatable {
    /// Acquisition index, 0-based: the sender's, or counted on arrival if it sends none.
    package var index: Int
    /// The publisher's own count of messages.
    package var messageNumber: Int?
    /// True if the frame was lost and this one only fills its place.
    package var isFilled: Bool
    /// What was missing right before this frame and was filled; nil if nothing was.
    package var filledGap: FrameGap?
    package var acquisitionNanoseconds: Int64?
    package var sendNanoseconds: Int64?
    /// 0 if the frame was there before anybody looked.
    package var receiveNanoseconds: Int64

    package init(
        index: Int,
        messageNumber: Int? = nil,
        isFilled: Bool = false,
        filledGap: FrameGap? = nil,
        acquisitionNanoseconds: Int64? = nil,
        sendNanoseconds: Int64? = nil,
        receiveNanoseconds: Int64
    ) {
        self.index = index
        self.messageNumber = messageNumber
        self.isFilled = isFilled
        self.filledGap = filledGap
        self.acquisitionNanoseconds = acquisitionNanoseconds
        self.sendNanoseconds = sendNanoseconds
        self.receiveNanoseconds = receiveNanoseconds
    }
}

/// Frames that are missing in one place, by where they were lost.
package struct FrameGap: Sendable, Equatable {
    /// Lost before or at the sender.
    package var missingAtSource: Int
    /// Lost between sender and receiver.
    package var missingInTransport: Int
    /// Received, but the ring was full.
    package var droppedByOverflow: Int
    /// Received, but refused: counted by the reason for that, not as lost.
    package var refused: Int

    package init(
        missingAtSource: Int = 0,
        missingInTransport: Int = 0,
        droppedByOverflow: Int = 0,
        refused: Int = 0
    ) {
        self.refused = refused
        self.missingAtSource = missingAtSource
        self.missingInTransport = missingInTransport
        self.droppedByOverflow = droppedByOverflow
    }

    package var missingFrameCount: Int { missingAtSource + missingInTransport + droppedByOverflow + refused }

    /// Both gaps as one, where nothing came between them.
    package static func + (first: FrameGap, second: FrameGap) -> FrameGap {
        FrameGap(
            missingAtSource: first.missingAtSource + second.missingAtSource,
            missingInTransport: first.missingInTransport + second.missingInTransport,
            droppedByOverflow: first.droppedByOverflow + second.droppedByOverflow,
            refused: first.refused + second.refused
        )
    }
}

/// The end of a series: open events are final now.
package struct SeriesEnd: Sendable, Equatable {
    /// How we know that the series is over.
    package enum Reason: String, Sendable, Codable {
        /// The sender said so.
        case announced
        /// The last of the announced number of frames arrived.
        case complete
        /// Frames of another series arrived.
        case replaced
        /// The receiver was stopped.
        case stopped
    }

    package var seriesID: String?
    package var reason: Reason
    /// Number of frames that the sender says it sent.
    package var sentFrameCount: Int?
    /// The publisher's number of the message that ended the series; nil if none did.
    package var messageNumber: Int?
    /// Frames that were lost behind the last one.
    package var missing = FrameGap()
    /// Messages since the end of the series before that were refused or left out, by reason.
    package var refusedMessages: [String: Int] = [:]

    package init(seriesID: String? = nil, reason: Reason, sentFrameCount: Int? = nil, messageNumber: Int? = nil) {
        self.seriesID = seriesID
        self.reason = reason
        self.sentFrameCount = sentFrameCount
        self.messageNumber = messageNumber
    }
}
