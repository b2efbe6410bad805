public import UNet

/// What arrives in front of the detector, in the order in which it happened.
public enum FrameItem: Sendable, Equatable {
    case seriesStart(SeriesDescription)
    case frame(FrameStamp)
    /// More frames are missing than can be bridged: what comes next is not joined to what came before.
    case gap(FrameGap)
    case seriesEnd(SeriesEnd)
}

/// What is known about a series of frames when its first frame arrives; nil where the sender did not say.
public struct SeriesDescription: Sendable, Equatable {
    public var seriesID: String?
    public var source: String?
    public var size: FrameSize
    /// Time from one frame to the next, in ms.
    public var frameIntervalMilliseconds: Double?
    /// Distance between neighbouring pixels along y and along x, in µm.
    public var pixelHeightMicrometres: Double?
    public var pixelWidthMicrometres: Double?
    /// Significant bits of the pixels as sent; the pixels that follow are scaled to 16 bits already.
    public var bitDepth: Int?
    /// Bits in which the sender stores a pixel: 8 or 16 unsigned, 32 floating point.
    public var bitsPerPixel: Int?
    public var channel: String?
    /// Number of frames that the sender announced; nil if unknown.
    public var announcedFrameCount: Int?
    /// The publisher's number of the message that announced the series; nil if none did.
    public var messageNumber: Int?
    /// What the pixels as sent were multiplied by, to bring them to 16 bits.
    public var scalingFactor: Float = 1
    /// Frames of the series that were lost before its first one.
    public var missing = FrameGap()

    public init(
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
public struct FrameStamp: Sendable, Equatable {
    /// Acquisition index, 0-based: the sender's, or counted on arrival if it sends none.
    public var index: Int
    /// The publisher's own count of messages.
    public var messageNumber: Int?
    /// True if the frame was lost and this one only fills its place.
    public var isFilled: Bool
    /// What was missing right before this frame and was filled; nil if nothing was.
    public var filledGap: FrameGap?
    public var acquisitionNanoseconds: Int64?
    public var sendNanoseconds: Int64?
    public var receiveNanoseconds: Int64

    public init(
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
public struct FrameGap: Sendable, Equatable {
    /// Lost before or at the sender.
    public var missingAtSource: Int
    /// Lost between sender and receiver.
    public var missingInTransport: Int
    /// Received, but the ring was full.
    public var droppedByOverflow: Int

    public init(missingAtSource: Int = 0, missingInTransport: Int = 0, droppedByOverflow: Int = 0) {
        self.missingAtSource = missingAtSource
        self.missingInTransport = missingInTransport
        self.droppedByOverflow = droppedByOverflow
    }

    public var missingFrameCount: Int { missingAtSource + missingInTransport + droppedByOverflow }

    /// Both gaps as one, where nothing came between them.
    public static func + (first: FrameGap, second: FrameGap) -> FrameGap {
        FrameGap(
            missingAtSource: first.missingAtSource + second.missingAtSource,
            missingInTransport: first.missingInTransport + second.missingInTransport,
            droppedByOverflow: first.droppedByOverflow + second.droppedByOverflow
        )
    }
}

/// The end of a series: open events are final now.
public struct SeriesEnd: Sendable, Equatable {
    /// How we know that the series is over.
    public enum Reason: String, Sendable, Codable {
        /// The sender said so.
        case announced
        /// The last of the announced number of frames arrived.
        case complete
        /// Frames of another series arrived.
        case replaced
        /// The receiver was stopped.
        case stopped
    }

    public var seriesID: String?
    public var reason: Reason
    /// Number of frames that the sender says it sent.
    public var sentFrameCount: Int?
    /// The publisher's number of the message that ended the series; nil if none did.
    public var messageNumber: Int?
    /// Frames that were lost behind the last one.
    public var missing = FrameGap()
    /// Messages since the end of the series before that were refused or left out, by reason.
    public var refusedMessages: [String: Int] = [:]

    public init(seriesID: String? = nil, reason: Reason, sentFrameCount: Int? = nil, messageNumber: Int? = nil) {
        self.seriesID = seriesID
        self.reason = reason
        self.sentFrameCount = sentFrameCount
        self.messageNumber = messageNumber
    }
}
