package import Detection
import Imaging
package import Session

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
            eventID: context.eventID(number: identity.number),
            revision: identity.revision,
            eventType: event.eventClass.name,
            stream: context.stream,
            sourceNode: context.sourceNode,
            seriesID: context.seriesID,
            sampleRate: finite(1000 / interval, decimals: Decimals.hertz),
            sampleNumber: event.peakFrame,
            startFrame: event.startFrame,
            peakFrame: event.peakFrame,
            endFrame: event.endFrame,
            newestFrame: timing.newestFrame,
            startMilliseconds: finite(Double(event.startFrame) * interval, decimals: Decimals.milliseconds),
            peakMilliseconds: finite(Double(event.peakFrame) * interval, decimals: Decimals.milliseconds),
            endMilliseconds: finite(Double(event.endFrame) * interval, decimals: Decimals.milliseconds),
            durationMilliseconds: finite(Double(frameCount) * interval, decimals: Decimals.milliseconds),
            boundingBox: [
                event.rows.lowerBound, event.columns.lowerBound, event.rows.upperBound, event.columns.upperBound,
            ],
            centroidPixels: [event.centroidRow, event.centroidColumn].map { finite($0, decimals: Decimals.pixels) },
            centroidMicrometres: [event.centroidRow, event.centroidColumn].map {
                finite($0 * pixelSize, decimals: Decimals.micrometres)
            },
            areaPixels: event.footprintPixelCount,
            areaSquareMicrometres: finite(
                Double(event.footprintPixelCount) * pixelSize * pixelSize,
                decimals: Decimals.squareMicrometres
            ),
            voxelCount: event.voxelCount,
            cell: event.cell,
            site: event.site?.site,
            siteEventCount: event.site?.eventCount,
            parameters: parameters,
            reasons: reasons,
            confidence: finite(event.classConfidence, decimals: Decimals.confidence),
            flags: EventFlag.allCases.filter(event.flags.contains),
            missingFrameCount: event.missingFrameCount,
            assumed: context.calibration.assumedNames,
            blankOrigin: event.blankOrigin,
            latency: EventLatency(
                structural: timing.newestFrame.flatMap { newestFrame in
                    (Double(newestFrame - event.peakFrame) * interval).rounded(decimals: Decimals.milliseconds)
                }
            ),
            leadMilliseconds: leadMilliseconds(of: identity, decidedWith: timing.newestFrame),
            acquiredNanoseconds: timing.peakAcquiredNanoseconds,
            readyNanoseconds: timing.newestFrameArrivedNanoseconds,
            modelSHA256: context.modelSHA256,
            configurationSHA256: context.configurationSHA256
        )
    }

    /// The message of a final event; its latency is completed on publication.
    package func message(of event: FinalEvent) -> EventMessage {
        message(of: event.event, identity: event.identity, timing: event.timing)
    }

    private func parameters(of event: CalciumEvent) -> (values: [String: Double?], reasons: [String: String]) {
        var values: [String: Double?] = [:]
        var reasons: [String: String] = [:]
        for parameter in EventParameter.allCases {
            let value = event.parameters[parameter]?.rounded(decimals: Decimals.parameter)
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
