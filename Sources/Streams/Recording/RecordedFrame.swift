public import Detection

/// What a recording keeps of each frame, as JSON in tag 65000 of its page; times are nanoseconds since 1970.
public struct RecordedFrame: Codable, Sendable, Equatable {
    /// Acquisition index.
    public var frame: Int
    /// The publisher's own count of messages.
    public var messageNumber: Int?
    public var acquisitionNanoseconds: Int64?
    public var sendNanoseconds: Int64?
    public var receiveNanoseconds: Int64
    /// Frames right before this one that were received but not recorded: the disk was full or too slow.
    public var notRecordedFrameCount: Int?

    public init(_ stamp: FrameStamp, notRecordedFrameCount: Int = 0) {
        frame = stamp.index
        messageNumber = stamp.messageNumber
        acquisitionNanoseconds = stamp.acquisitionNanoseconds
        sendNanoseconds = stamp.sendNanoseconds
        receiveNanoseconds = stamp.receiveNanoseconds
        self.notRecordedFrameCount = notRecordedFrameCount > 0 ? notRecordedFrameCount : nil
    }

    enum CodingKeys: String, CodingKey {
        case frame
        case messageNumber = "message_num"
        case acquisitionNanoseconds = "t_acq_ns"
        case sendNanoseconds = "t_send_ns"
        case receiveNanoseconds = "t_receive_ns"
        case notRecordedFrameCount = "not_recorded"
    }
}

/// What a recording keeps of its series, as JSON in tag 65001 of its first page; nil where the sender did not say.
public struct RecordedSeries: Codable, Sendable, Equatable {
    /// How the series ended.
    public struct End: Codable, Sendable, Equatable {
        public var reason: SeriesEnd.Reason
        public var messageNumber: Int?
        public var sentFrameCount: Int?

        public init(_ end: SeriesEnd) {
            reason = end.reason
            messageNumber = end.messageNumber
            sentFrameCount = end.sentFrameCount
        }

        enum CodingKeys: String, CodingKey {
            case reason
            case messageNumber = "message_num"
            case sentFrameCount = "frames_sent"
        }
    }

    public var version = 1
    public var seriesID: String?
    public var source: String?
    public var channel: String?
    public var announcedFrameCount: Int?
    public var frameIntervalMilliseconds: Double?
    public var pixelHeightMicrometres: Double?
    public var pixelWidthMicrometres: Double?
    /// Significant bits of a pixel; nil means all.
    public var bitDepth: Int?
    /// Number of the message that announced the series.
    public var messageNumber: Int?
    /// Nil until the series has ended; stays so if the recorder died.
    public var end: End?

    public init(_ description: SeriesDescription) {
        seriesID = description.seriesID
        source = description.source
        channel = description.channel
        announcedFrameCount = description.announcedFrameCount
        frameIntervalMilliseconds = description.frameIntervalMilliseconds
        pixelHeightMicrometres = description.pixelHeightMicrometres
        pixelWidthMicrometres = description.pixelWidthMicrometres
        bitDepth = description.bitDepth
        messageNumber = description.messageNumber
    }

    enum CodingKeys: String, CodingKey {
        case version
        case seriesID = "series_id"
        case source, channel
        case announcedFrameCount = "number_of_images"
        case frameIntervalMilliseconds = "frame_interval_ms"
        case pixelHeightMicrometres = "pixel_height_um"
        case pixelWidthMicrometres = "pixel_width_um"
        case bitDepth = "bit_depth"
        case messageNumber = "message_num"
        case end
    }
}

/// The private TIFF tags of a recording, from the range that TIFF leaves to everybody.
enum RecordingTag {
    static let frame: Int32 = 65000
    static let series: Int32 = 65001
}
