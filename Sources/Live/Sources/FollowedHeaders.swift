import Imaging
import Movies
import Wire

/// What a microscope would put in front of the frames of a followed series.
struct FollowedHeaders {
    let seriesID: String?
    let details: SeriesDetails
    /// Of the message that announced a recorded series.
    let messageNumber: Int?
    private let template: FrameHeader

    /// Nil for pixels that no microscope sends.
    ///
    /// - Parameters:
    ///   - followed: The series.
    ///   - bitDepth: Bits of the camera, instead of what the files say.
    init?(_ followed: FollowedSeries, bitDepth: Int?) {
        let description = followed.description
        let type: PixelFormat.NumberType
        switch description.pixelType {
        case .uint8: type = .uint8
        case .uint16: type = .uint16
        case .float32: type = .float32
        case .uint32: return nil
        }
        let recorded = followed.recorded
        seriesID = followed.seriesID
        messageNumber = recorded?.messageNumber
        var details = SeriesDetails(
            seriesID: followed.seriesID,
            source: recorded.map(\.source) ?? followed.name,
            channel: recorded.map(\.channel) ?? description.channelName,
            announcedFrameCount: recorded?.announcedFrameCount
        )
        if let recorded {
            details.frameIntervalMilliseconds = recorded.frameIntervalMilliseconds
            details.pixelHeightMicrometres = recorded.pixelHeightMicrometres
            details.pixelWidthMicrometres = recorded.pixelWidthMicrometres
        } else {
            details.frameIntervalMilliseconds = description.calibration.frameIntervalMilliseconds?.value
            details.pixelHeightMicrometres = description.calibration.pixelSizeMicrometres?.value
            details.pixelWidthMicrometres = description.calibration.pixelSizeMicrometres?.value
            details.implausible = description.calibration.implausible
        }
        self.details = details
        let order: PixelFormat.ByteOrder = UInt16(1).littleEndian == 1 ? .little : .big
        template = FrameHeader(
            size: description.size,
            format: PixelFormat(type: type, byteOrder: order),
            series: details
        )
        self.bitDepth = bitDepth ?? recorded?.bitDepth ?? (recorded == nil ? description.significantBits : nil)
    }

    private let bitDepth: Int?

    var size: FrameSize { template.size }

    /// The header of a frame.
    func header(of frame: FollowedFrame) -> FrameHeader {
        var header = header(ofFrame: frame.index)
        header.messageNumber = frame.recorded?.messageNumber
        header.acquisitionNanoseconds = frame.recorded?.acquisitionNanoseconds
        header.sendNanoseconds = frame.recorded?.sendNanoseconds
        return header
    }

    /// The header of a frame of which nothing but the number is known.
    func header(ofFrame index: Int) -> FrameHeader {
        var header = template
        header.frameIndex = index
        header.bitDepth = bitDepth
        return header
    }
}

extension SeriesEndHeader {
    /// - Parameters:
    ///   - seriesID: Of the series at hand.
    ///   - recorded: How a recorder saw it end; nil for files that were closed.
    init(seriesID: String?, recorded: RecordedSeries.End?) {
        self.init(
            seriesID: seriesID,
            messageNumber: recorded?.messageNumber,
            sentFrameCount: recorded?.sentFrameCount
        )
    }
}

extension FrameRefusal {
    /// What a follower left out.
    init(_ refusal: FollowedRefusal) {
        let reason: Reason =
            switch refusal.reason {
            case .damaged: .damagedFile
            case .unfinished: .unfinishedFile
            case .tooLarge: .frameTooLarge
            }
        self.init(reason, refusal.text)
    }
}
