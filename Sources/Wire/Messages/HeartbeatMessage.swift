import Imaging
package import Session

/// What the detector is doing.
package enum DetectorState: String, Codable, Sendable {
    /// No series has started.
    case waiting = "WAITING"
    case running = "RUNNING"
    /// Cannot keep up and has announced what it leaves out.
    case degraded = "DEGRADED"
    /// The source is silent, the series not ended.
    case stalled = "STALLED"
    /// The series has ended, its last frames are being worked on.
    case ending = "ENDING"
}

/// A sign of life every second, with everything needed to notice losses.
package struct HeartbeatMessage: WireMessage {
    package var status: HealthStatus
    package var state: DetectorState
    /// The present series; nil before the first.
    package var seriesID: String?
    package var counters: RunCounters
    /// Share of the frame ring that is filled, 0 to 1.
    package var ringFill: Double
    /// Recording time between the newest frame received and the newest frame taken by the detector, in ms.
    package var lagMilliseconds: Double
    /// Instruction set of the kernels, such as `avx512`.
    package var instructionSet: String
    /// The processor or accelerator the network runs on, in words.
    package var device: String
    /// Number of the last message of every topic, 0 where none was sent; set by the publisher.
    package var lastTopicNumbers: [String: Int] = [:]
    /// Messages that were never sent because the publisher's queue was full; set by the publisher.
    package var messagesLost = 0
    /// Messages that the disk did not take; set by the publisher.
    package var messagesNotJournaled = 0
    /// Times that the journal had disappeared and another one was begun; set by the publisher.
    package var journalsReplaced = 0

    package var topic: Topic { .heartbeat }

    package init(
        status: HealthStatus,
        state: DetectorState,
        seriesID: String?,
        counters: RunCounters,
        ringFill: Double,
        lagMilliseconds: Double,
        instructionSet: String,
        device: String
    ) {
        self.status = status
        self.state = state
        self.seriesID = seriesID
        self.counters = counters
        self.ringFill = ringFill
        self.lagMilliseconds = lagMilliseconds
        self.instructionSet = instructionSet
        self.device = device
    }

    package func completed(for publication: Publication) -> HeartbeatMessage {
        var message = self
        message.lastTopicNumbers = publication.lastTopicNumbers
        message.messagesLost = publication.messagesLost
        message.messagesNotJournaled = publication.messagesNotJournaled
        message.journalsReplaced = publication.journalsReplaced
        message.counters.setLatency(publication.latency)
        if publication.messagesLost + publication.messagesNotJournaled + publication.journalsReplaced > 0 {
            message.status = max(status, .notice)
        }
        return message
    }

    enum CodingKeys: String, CodingKey {
        case status, state
        case seriesID = "series_id"
        case ringFill = "ring_fill"
        case lagMilliseconds = "lag_ms"
        case instructionSet = "isa"
        case device
        case lastTopicNumbers = "last_topic_num"
        case messagesLost = "messages_lost"
        case messagesNotJournaled = "messages_not_journaled"
        case journalsReplaced = "journals_replaced"
    }

    package init(from decoder: any Decoder) throws {
        counters = try RunCounters(from: decoder)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        status = try container.decode(HealthStatus.self, forKey: .status)
        state = try container.decode(DetectorState.self, forKey: .state)
        seriesID = try container.decodeIfPresent(String.self, forKey: .seriesID)
        ringFill = try container.decode(Double.self, forKey: .ringFill)
        lagMilliseconds = try container.decode(Double.self, forKey: .lagMilliseconds)
        instructionSet = try container.decode(String.self, forKey: .instructionSet)
        device = try container.decode(String.self, forKey: .device)
        lastTopicNumbers = try container.decode([String: Int].self, forKey: .lastTopicNumbers)
        messagesLost = try container.decode(Int.self, forKey: .messagesLost)
        messagesNotJournaled = try container.decode(Int.self, forKey: .messagesNotJournaled)
        journalsReplaced = try container.decodeIfPresent(Int.self, forKey: .journalsReplaced) ?? 0
    }

    package func encode(to encoder: any Encoder) throws {
        try counters.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(status, forKey: .status)
        try container.encode(state, forKey: .state)
        try container.encode(seriesID, forKey: .seriesID)
        try container.encode(ringFill.rounded(decimals: 4) ?? 0, forKey: .ringFill)
        try container.encode(lagMilliseconds.rounded(decimals: 1) ?? 0, forKey: .lagMilliseconds)
        try container.encode(instructionSet, forKey: .instructionSet)
        try container.encode(device, forKey: .device)
        try container.encode(lastTopicNumbers, forKey: .lastTopicNumbers)
        try container.encode(messagesLost, forKey: .messagesLost)
        try container.encode(messagesNotJournaled, forKey: .messagesNotJournaled)
        try container.encode(journalsReplaced, forKey: .journalsReplaced)
    }
}
