import Foundation
import Imaging
import Movies
import Wire

/// A movie as the series that is played of it, each header as a microscope would send it.
///
/// A recording is played as it was received: its own numbers, names and times. Other movies are numbered from 0.
struct PlaybackSeries {
    let movie: any FrameSupply
    let frameCount: Int
    /// Type of the pixels that are sent.
    let pixelType: PixelFormat.NumberType
    /// Time from frame to frame where the movie does not record it, in ms.
    let frameIntervalMilliseconds: Double

    /// What headers state; nil where nobody knows it.
    private let statedPixelSize: Double?
    private let statedInterval: Double?
    private let bitDepth: Int?
    private let conversion: PixelConversion

    /// - Parameters:
    ///   - movie: Where the frames come from.
    ///   - frameLimit: Frames to play at most.
    ///   - pixelType: Type to send; nil as stored.
    ///   - pixelSize: In µm; nil as the movie says.
    ///   - frameInterval: In ms; nil as the movie says.
    ///   - bitDepth: Bits of the camera; nil as the movie says.
    /// - Throws: ``PlaybackError/cannotConvert(bitDepth:)``.
    init(
        _ movie: any FrameSupply,
        frameLimit: Int?,
        pixelType: PixelFormat.NumberType?,
        pixelSize: Double?,
        frameInterval: Double?,
        bitDepth: Int? = nil
    ) throws {
        self.bitDepth = bitDepth ?? movie.recordedSeries?.bitDepth ?? movie.significantBits
        if let bitDepth = self.bitDepth, let pixelType, pixelType != movie.pixelType {
            throw PlaybackError.cannotConvert(bitDepth: bitDepth)
        }
        let published = Calibration.published
        self.movie = movie
        self.pixelType = pixelType ?? movie.pixelType
        frameCount = min(frameLimit ?? movie.frameCount, movie.frameCount)
        statedInterval = frameInterval ?? movie.frameIntervalMilliseconds
        statedPixelSize = pixelSize ?? movie.pixelSizeMicrometres
        frameIntervalMilliseconds = statedInterval ?? published.frameIntervalMilliseconds
        conversion = PixelConversion(source: movie.pixelType, target: self.pixelType)
    }

    /// The name that the series was recorded under; nil if the sender gave none or the movie is no recording.
    var recordedID: String? { movie.recordedSeries?.seriesID }

    /// What the headers of the series say, under a name.
    func details(seriesID: String?) -> SeriesDetails {
        guard let recorded = movie.recordedSeries else {
            var details = SeriesDetails(
                seriesID: seriesID,
                source: "sparksim",
                channel: movie.channelName,
                announcedFrameCount: frameCount
            )
            details.frameIntervalMilliseconds = statedInterval
            details.pixelHeightMicrometres = statedPixelSize
            details.pixelWidthMicrometres = statedPixelSize
            return details
        }
        var details = SeriesDetails(
            seriesID: seriesID,
            source: recorded.source,
            channel: recorded.channel,
            announcedFrameCount: recorded.announcedFrameCount
        )
        details.frameIntervalMilliseconds = recorded.frameIntervalMilliseconds
        details.pixelHeightMicrometres = recorded.pixelHeightMicrometres
        details.pixelWidthMicrometres = recorded.pixelWidthMicrometres
        return details
    }

    /// The header of a frame without its numbers and times.
    func header(seriesID: String?) -> FrameHeader {
        var header = FrameHeader(
            size: movie.size,
            format: PixelFormat(type: pixelType),
            series: details(seriesID: seriesID)
        )
        header.bitDepth = bitDepth
        return header
    }

    /// The pixels of a frame as they are sent.
    func pixels(ofFrame index: Int) throws -> [UInt8] { conversion.convert(try movie.frame(at: index)) }
}

/// When each frame of a playback is due: as it once arrived, or at equal intervals.
struct PlaybackTimetable {
    /// When the next frame is due, from the start.
    private(set) var offset = Duration.zero
    private let speed: Double
    private var lastArrivalNanoseconds: Int64?
    private var isFirst = true

    /// Longer pauses of a recording are shortened to this.
    private static let longestPause = 10.0

    init(speed: Double) { self.speed = speed }

    /// Moves on to the next frame.
    mutating func advance(to recorded: RecordedFrame?, frameIntervalMilliseconds: Double) {
        var seconds = frameIntervalMilliseconds / 1000
        if let arrival = recorded?.receiveNanoseconds, let lastArrivalNanoseconds {
            // Clocks are set now and then: neither back nor far ahead.
            seconds = min(max(0, Double(arrival) / 1e9 - Double(lastArrivalNanoseconds) / 1e9), Self.longestPause)
        }
        lastArrivalNanoseconds = recorded?.receiveNanoseconds
        if !isFirst { offset += .nanoseconds(Int64((seconds / speed * 1e9).rounded())) }
        isFirst = false
    }
}
