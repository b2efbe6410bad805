package import Imaging

/// What a recording keeps of each frame, as JSON in tag 65000 of its page; times are nanoseconds since 1970.
package struct RecordedFrame: Codable, Sendable, Equatable {
    /// Acquisition index.
    package var frame: Int
    /// The publisher's own count of messages.
    package var messageNumber: Int?
    package var acquisitionNanoseconds: Int64?
    package var sendNanoseconds: Int64?
    package var receiveNanoseconds: Int64
    /// Frames right before this one that were received but not recorded: the disk was full or too slow.
    package var notRecordedFrameCount: Int?

    package init(_ stamp: FrameStamp, notRecordedFrameCount: Int = 0) {
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
package struct RecordedSeries: Codable, Sendable, Equatable {
    /// How the series ended.
    package struct End: Codable, Sendable, Equatable {
        package var reason: SeriesEnd.Reason
        package var messageNumber: Int?
        package var sentFrameCount: Int?

        package init(_ end: SeriesEnd) {
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

    package var version = 1
    package var seriesID: String?
    package var source: String?
    package var channel: String?
    package var announcedFrameCount: Int?
    package var frameIntervalMilliseconds: Double?
    package var pixelHeightMicrometres: Double?
    package var pixelWidthMicrometres: Double?
    /// Significant bits of a pixel; nil means all.
    package var bitDepth: Int?
    /// Number of the message that announced the series.
    package var messageNumber: Int?
    /// Nil until the series has ended; stays so if the recorder died.
    package var end: End?

    package init(_ description: SeriesDescription) {
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
package enum RecordingTag {
    package static let frame: Int32 = 65000
    package static let series: Int32 = 65001
}
