package import Imaging

/// The first message of a series: what is being watched, with what.
package struct SeriesStartMessage: WireMessage {
    package var seriesID: String
    package var stream: String
    package var sourceNode: String
    /// Size of a frame in pixels, [height, width].
    package var frameShape: [Int]
    /// Acquisition index of the first frame that was received.
    package var firstFrame: Int
    package var pixelSizeMicrometres: Double
    package var frameIntervalMilliseconds: Double
    /// Frames per second.
    package var sampleRate: Double
    @NullEncoded package var modelSHA256: String?
    @NullEncoded package var configurationSHA256: String?
    /// Version of the detector.
    package var softwareVersion: String
    package var instructionSet: String
    package var device: String

    package var topic: Topic { .seriesStart }

    package init(
        context: SeriesContext,
        size: FrameSize,
        firstFrame: Int,
        softwareVersion: String,
        instructionSet: String,
        device: String
    ) {
        seriesID = context.seriesID
        stream = context.stream
        sourceNode = context.sourceNode
        frameShape = [size.height, size.width]
        self.firstFrame = firstFrame
        pixelSizeMicrometres = context.calibration.pixelSizeMicrometres
        frameIntervalMilliseconds = context.calibration.frameIntervalMilliseconds
        sampleRate = (1000 / context.calibration.frameIntervalMilliseconds).rounded(decimals: 4) ?? 0
        modelSHA256 = context.modelSHA256
        configurationSHA256 = context.configurationSHA256
        self.softwareVersion = softwareVersion
        self.instructionSet = instructionSet
        self.device = device
    }

    enum CodingKeys: String, CodingKey {
        case seriesID = "series_id"
        case stream
        case sourceNode = "source_node"
        case frameShape = "shape"
        case firstFrame = "first_frame"
        case pixelSizeMicrometres = "pixel_size_um"
        case frameIntervalMilliseconds = "frame_interval_ms"
        case sampleRate = "sample_rate"
        case modelSHA256 = "model_sha256"
        case configurationSHA256 = "config_sha256"
        case softwareVersion = "software_version"
        case instructionSet = "isa"
        case device
    }
}

/// The last message of a series: why it ended and what it came to.
package struct SeriesEndMessage: WireMessage {
    /// What ended the series.
    package enum Reason: String, Codable, Sendable {
        /// The source said so.
        case sourceEnded = "source_ended"
        /// Frames of another series arrived.
        case newSeries = "new_series"
        /// The user stopped the detector.
        case stopped
        /// The detector could not go on; events that were open are lost.
        case failed
    }

    package var seriesID: String
    package var stream: String
    package var reason: Reason
    /// Acquisition index of the last frame that was received; nil if none was.
    package var lastFrame: Int?
    package var counters: RunCounters
    /// The cell's area and how often it had events; nil if nothing was decided.
    @NullEncoded package var cell: CellActivity?
    /// Messages of the run that were never sent because the publisher's queue was full; set by the publisher.
    package var messagesLost = 0
    /// Messages of the run that the disk did not take; set by the publisher.
    package var messagesNotJournaled = 0

    package var topic: Topic { .seriesEnd }

    package init(
        seriesID: String,
        stream: String,
        reason: Reason,
        lastFrame: Int?,
        counters: RunCounters,
        cell: CellActivity? = nil
    ) {
        self.seriesID = seriesID
        self.stream = stream
        self.reason = reason
        self.lastFrame = lastFrame
        self.counters = counters
        self.cell = cell
    }

    package func completed(for publication: Publication) -> SeriesEndMessage {
        var message = self
        message.messagesLost = publication.messagesLost
        message.messagesNotJournaled = publication.messagesNotJournaled
        message.counters.setLatency(publication.latency)
        return message
    }

    enum CodingKeys: String, CodingKey {
        case seriesID = "series_id"
        case stream, reason, cell
        case lastFrame = "last_frame"
        case messagesLost = "messages_lost"
        case messagesNotJournaled = "messages_not_journaled"
    }

    package init(from decoder: any Decoder) throws {
        counters = try RunCounters(from: decoder)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        seriesID = try container.decode(String.self, forKey: .seriesID)
        stream = try container.decode(String.self, forKey: .stream)
        reason = try container.decode(Reason.self, forKey: .reason)
        lastFrame = try container.decodeIfPresent(Int.self, forKey: .lastFrame)
        cell = try container.decodeIfPresent(CellActivity.self, forKey: .cell)
        messagesLost = try container.decode(Int.self, forKey: .messagesLost)
        messagesNotJournaled = try container.decode(Int.self, forKey: .messagesNotJournaled)
    }

    package func encode(to encoder: any Encoder) throws {
        try counters.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(seriesID, forKey: .seriesID)
        try container.encode(stream, forKey: .stream)
        try container.encode(reason, forKey: .reason)
        try container.encode(lastFrame, forKey: .lastFrame)
        try container.encode(cell, forKey: .cell)
        try container.encode(messagesLost, forKey: .messagesLost)
        try container.encode(messagesNotJournaled, forKey: .messagesNotJournaled)
    }
}
