/// A message without pixels that opens a series.
package struct SeriesStartHeader: Sendable, Equatable {
    /// The value of `htype`.
    package static let htype = "series_start-1.0"

    package var series: SeriesDetails
    package var messageNumber: Int?

    package init(series: SeriesDetails, messageNumber: Int? = nil) {
        self.series = series
        self.messageNumber = messageNumber
    }

    init(_ fields: WireHeader) {
        series = SeriesDetails(fields)
        messageNumber = fields.messageNumber
    }

    /// The message as JSON.
    package func json() -> [UInt8] {
        var fields = WireHeader()
        series.write(to: &fields)
        fields.htype = Self.htype
        fields.messageNumber = messageNumber
        fields.version = 1
        return fields.json()
    }
}

/// A message without pixels that closes a series.
package struct SeriesEndHeader: Sendable, Equatable {
    /// The value of `htype`.
    package static let htype = "series_end-1.0"
    /// The value of `htype` that DECTRIS detectors send.
    static let dectrisHtype = "dseries_end-1.0"

    package var seriesID: String?
    package var messageNumber: Int?
    /// Number of frames that were sent in the series; nil if the sender does not say.
    package var sentFrameCount: Int?

    package init(seriesID: String? = nil, messageNumber: Int? = nil, sentFrameCount: Int? = nil) {
        self.seriesID = seriesID
        self.messageNumber = messageNumber
        self.sentFrameCount = sentFrameCount
    }

    init(_ fields: WireHeader) {
        seriesID = fields.seriesID
        messageNumber = fields.messageNumber
        sentFrameCount = fields.framesSent
    }

    /// The message as JSON.
    package func json() -> [UInt8] {
        var fields = WireHeader()
        fields.htype = Self.htype
        fields.seriesID = seriesID
        fields.messageNumber = messageNumber
        fields.framesSent = sentFrameCount
        fields.version = 1
        return fields.json()
    }
}
