import Detection
package import Triggers

extension Observation {
    /// What a message says of an event; nil if its class is not known.
    ///
    /// - Parameters:
    ///   - message: final or provisional.
    ///   - frameIntervalMilliseconds: that of the series, if its start is known; otherwise the message's frame rate tells.
    package init?(_ message: EventMessage, frameIntervalMilliseconds: Double? = nil) {
        guard let eventClass = message.eventClass, message.boundingBox.count == 4,
            message.centroidPixels.count == 2,
            message.boundingBox[0] <= message.boundingBox[2], message.boundingBox[1] <= message.boundingBox[3]
        else { return nil }
        let box = message.boundingBox
        let ends = [EventFormatter.lowestFrontSpeed, EventFormatter.highestFrontSpeed].compactMap {
            message.parameters[$0] ?? nil
        }
        let speed =
            [
                EventFormatter.frontSpeed, EventParameter.waveSpeedLineScan.rawValue,
                EventParameter.waveSpeedCentroid.rawValue,
            ]
            .lazy.compactMap { message.parameters[$0] ?? nil }.first
        self.init(
            eventID: message.eventID,
            eventClass: eventClass,
            state: message.state,
            stream: message.stream,
            seriesID: message.seriesID,
            confidence: message.confidence,
            areaSquareMicrometres: message.areaSquareMicrometres,
            durationMilliseconds: message.durationMilliseconds,
            speedMicrometresPerSecond: speed,
            speedRange: ends.count == 2 && ends[0] <= ends[1] ? ends[0]...ends[1] : nil,
            rows: box[0]..<box[2],
            columns: box[1]..<box[3],
            cell: message.cell,
            mayBeMovement: message.flags.contains(.motion),
            centroidRow: message.centroidPixels[0],
            centroidColumn: message.centroidPixels[1],
            centroidYMicrometres: message.centroidMicrometres.first ?? 0,
            centroidXMicrometres: message.centroidMicrometres.last ?? 0,
            startFrame: message.startFrame,
            newestFrame: message.newestFrame ?? message.endFrame,
            frameIntervalMilliseconds: frameIntervalMilliseconds
                ?? (message.sampleRate > 0 ? 1000 / message.sampleRate : 0),
            readyNanoseconds: message.readyNanoseconds
        )
    }
}

extension Withdrawal {
    /// What a message says of an event that was taken back; nil if its class is not known.
    package init?(_ message: RetractedMessage) {
        guard let eventClass = message.eventClass else { return nil }
        let reason: Reason =
            switch message.reason {
            case .notConfirmed: .notConfirmed
            case .merged: .merged
            case .reclassified: .reclassified
            }
        self.init(
            eventID: message.eventID,
            eventClass: eventClass,
            seriesID: message.seriesID,
            reason: reason,
            startFrame: message.startFrame,
            newestFrame: message.newestFrame
        )
    }
}

extension TriggerDecision {
    /// What subscribers and journals get of it.
    package var message: any WireMessage {
        switch self {
        case .fired(let firing): TriggerMessage(firing)
        case .suppressed(let suppression): TriggerSuppressedMessage(suppression)
        case .ended(let outcome): TriggerOutcomeMessage(outcome)
        }
    }
}
