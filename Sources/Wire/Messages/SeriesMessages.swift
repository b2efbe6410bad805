import Imaging
package import Session

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
    /// Which of `pixel_size_um` and `frame_interval_ms` nobody stated; nil in journals of old.
    @NullEncoded package var assumed: [String]?
    @NullEncoded package var modelSHA256: String?
    @NullEncoded package var configurationSHA256: String?
    /// Version of the detector.
    package var softwareVersion: String
    package var instructionSet: String
    package var device: String

    package var topic: Topic { .seriesStart }

    package init(_ start: SeriesStart) {
        let context = start.context
        seriesID = context.seriesID
        stream = context.stream
        sourceNode = context.sourceNode
        frameShape = [start.size.height, start.size.width]
        firstFrame = start.firstFrame
        pixelSizeMicrometres = context.calibration.pixelSizeMicrometres
        frameIntervalMilliseconds = context.calibration.frameIntervalMilliseconds
        sampleRate = (1000 / context.calibration.frameIntervalMilliseconds).rounded(decimals: 4) ?? 0
        assumed = context.calibration.assumedNames
        modelSHA256 = context.modelSHA256
        configurationSHA256 = context.configurationSHA256
        softwareVersion = SparkwatchVersion.current
        instructionSet = start.device.instructionSet
        device = start.device.processor
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
        case assumed
        case modelSHA256 = "model_sha256"
        case configurationSHA256 = "config_sha256"
        case softwareVersion = "software_version"
        case instructionSet = "isa"
        case device
    }
}

/// The last message of a series: why it ended and what it came to.
package struct SeriesEndMessage: WireMessage {
    package var seriesID: String
    package var stream: String
    package var reason: SeriesOutcome.Reason
    /// Acquisition index of the last frame that was received; nil if none was.
    package var lastFrame: Int?
    package var counters: RunCounters
    /// Area of all cells and how often they had events; nil if nothing was decided.
    @NullEncoded package var cell: CellActivityMessage?
    /// The same of every cell; empty in journals of old.
    package var cells: [CellActivityMessage] = []
    /// Messages of the run that were never sent because the publisher's queue was full; set by the publisher.
    package var messagesLost = 0
    /// Messages of the run that the disk did not take; set by the publisher.
    package var messagesNotJournaled = 0

    package var topic: Topic { .seriesEnd }

    /// The message of an ended series; what other parts of the run have counted is added by whoever knows it.
    package init(_ outcome: SeriesOutcome) {
        seriesID = outcome.context.seriesID
        stream = outcome.context.stream
        reason = outcome.reason
        lastFrame = outcome.lastFrame
        counters = RunCounters()
        counters.include(outcome.frames)
        counters.include(outcome.progress)
        counters.refused = outcome.refusedMessages
        cell = outcome.cell.map(CellActivityMessage.init)
        cells = outcome.cells.map(CellActivityMessage.init)
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
        case stream, reason, cell, cells
        case lastFrame = "last_frame"
        case messagesLost = "messages_lost"
        case messagesNotJournaled = "messages_not_journaled"
    }

    package init(from decoder: any Decoder) throws {
        counters = try RunCounters(from: decoder)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        seriesID = try container.decode(String.self, forKey: .seriesID)
        stream = try container.decode(String.self, forKey: .stream)
        reason = try container.decode(SeriesOutcome.Reason.self, forKey: .reason)
        lastFrame = try container.decodeIfPresent(Int.self, forKey: .lastFrame)
        cell = try container.decodeIfPresent(CellActivityMessage.self, forKey: .cell)
        cells = try container.decodeIfPresent([CellActivityMessage].self, forKey: .cells) ?? []
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
        try container.encode(cells, forKey: .cells)
        try container.encode(messagesLost, forKey: .messagesLost)
        try container.encode(messagesNotJournaled, forKey: .messagesNotJournaled)
    }
}
