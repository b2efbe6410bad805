package import Detection
package import Imaging
import UNet

/// What is the same for all events of a series.
package struct SeriesContext: Sendable, Equatable {
    package var seriesID: String
    /// Name of the frame source, such as `confocal-1`.
    package var stream: String
    package var sourceNode: String
    package var calibration: Calibration
    package var modelSHA256: String?
    package var configurationSHA256: String?

    package init(
        seriesID: String,
        stream: String,
        sourceNode: String = "sparkwatch",
        calibration: Calibration,
        modelSHA256: String? = nil,
        configurationSHA256: String? = nil
    ) {
        self.seriesID = seriesID
        self.stream = stream
        self.sourceNode = sourceNode
        self.calibration = calibration
        self.modelSHA256 = modelSHA256
        self.configurationSHA256 = configurationSHA256
    }
}

/// When the frames that an event rests on were taken and arrived; everything unknown for a movie from file.
package struct EventTiming: Sendable, Equatable {
    /// Acquisition time of the peak frame since 1970, UTC, in ns.
    package var peakAcquiredNanoseconds: Int64?
    /// Acquisition index of the newest frame that the decision needed.
    package var newestFrame: Int?
    /// Arrival of that frame since 1970, UTC, in ns.
    package var newestFrameArrivedNanoseconds: Int64?

    package init(
        peakAcquiredNanoseconds: Int64? = nil,
        newestFrame: Int? = nil,
        newestFrameArrivedNanoseconds: Int64? = nil
    ) {
        self.peakAcquiredNanoseconds = peakAcquiredNanoseconds
        self.newestFrame = newestFrame
        self.newestFrameArrivedNanoseconds = newestFrameArrivedNanoseconds
    }
}

/// Turns measured events into messages: frames into times, pixels into µm, numbers rounded to what they mean.
package struct EventFormatter: Sendable {
    package let context: SeriesContext

    package init(context: SeriesContext) {
        self.context = context
    }

    /// The message of a final event; its latency is completed on publication.
    ///
    /// - Parameters:
    ///   - event: what was measured.
    ///   - identity: number and revision; nil for an event that bears the number of its own.
    ///   - timing: when its frames were taken and arrived.
    /// - Returns: the message.
    package func message(
        of event: CalciumEvent,
        identity: EventIdentity? = nil,
        timing: EventTiming = EventTiming()
    ) -> EventMessage {
        let identity = identity ?? EventIdentity(number: event.number)
        let interval = context.calibration.frameIntervalMilliseconds
        let pixelSize = context.calibration.pixelSizeMicrometres
        let frameCount = event.endFrame - event.startFrame + 1
        let (parameters, reasons) = parameters(of: event)
        return EventMessage(
            eventID: Self.eventID(seriesID: context.seriesID, number: identity.number),
            revision: identity.revision,
            eventType: event.eventClass.name,
            stream: context.stream,
            sourceNode: context.sourceNode,
            seriesID: context.seriesID,
            sampleRate: finite(1000 / interval, decimals: 4),
            sampleNumber: event.peakFrame,
            startFrame: event.startFrame,
            peakFrame: event.peakFrame,
            endFrame: event.endFrame,
            newestFrame: timing.newestFrame,
            startMilliseconds: finite(Double(event.startFrame) * interval, decimals: 3),
            peakMilliseconds: finite(Double(event.peakFrame) * interval, decimals: 3),
            endMilliseconds: finite(Double(event.endFrame) * interval, decimals: 3),
            durationMilliseconds: finite(Double(frameCount) * interval, decimals: 3),
            boundingBox: [
                event.rows.lowerBound, event.columns.lowerBound, event.rows.upperBound, event.columns.upperBound,
            ],
            centroidPixels: [event.centroidRow, event.centroidColumn].map { finite($0, decimals: 2) },
            centroidMicrometres: [event.centroidRow, event.centroidColumn].map { finite($0 * pixelSize, decimals: 3) },
            areaPixels: event.footprintPixelCount,
            areaSquareMicrometres: finite(Double(event.footprintPixelCount) * pixelSize * pixelSize, decimals: 3),
            voxelCount: event.voxelCount,
            parameters: parameters,
            reasons: reasons,
            confidence: finite(event.classConfidence, decimals: 4),
            flags: EventFlag.allCases.filter(event.flags.contains),
            missingFrameCount: event.missingFrameCount,
            latency: EventLatency(
                structural: timing.newestFrame.flatMap { newestFrame in
                    (Double(newestFrame - event.peakFrame) * interval).rounded(decimals: 3)
                }
            ),
            leadMilliseconds: leadMilliseconds(of: identity, decidedWith: timing.newestFrame),
            acquiredNanoseconds: timing.peakAcquiredNanoseconds,
            readyNanoseconds: timing.newestFrameArrivedNanoseconds,
            modelSHA256: context.modelSHA256,
            configurationSHA256: context.configurationSHA256
        )
    }

    /// The identifier of an event: eight hexadecimal digits of the series, six decimal digits or more of the number.
    ///
    /// The digits of the series are the first of the SHA-256 of its whole name, because names often begin alike.
    package static func eventID(seriesID: String, number: Int) -> String {
        let digits = String(number)
        let series = SHA256.hexDigest(of: Array(seriesID.utf8)).prefix(8)
        return "\(series)-\(String(repeating: "0", count: max(0, 6 - digits.count)))\(digits)"
    }

    private func parameters(of event: CalciumEvent) -> (values: [String: Double?], reasons: [String: String]) {
        var values: [String: Double?] = [:]
        var reasons: [String: String] = [:]
        for parameter in EventParameter.allCases {
            let value = event.parameters[parameter]?.rounded(decimals: 4)
            values.updateValue(value, forKey: parameter.rawValue)
            if value == nil { reasons[parameter.rawValue] = event.unavailable[parameter]?.rawValue ?? "not_finite" }
        }
        return (values, reasons)
    }

    /// Rounds a number that is finite whenever calibration and event are.
    private func finite(_ value: Double, decimals: Int) -> Double {
        guard let rounded = value.rounded(decimals: decimals) else {
            preconditionFailure("an event and its calibration are finite")
        }
        return rounded
    }
}
