package import Detection
import Imaging
package import Session

extension EventFormatter {
    /// Name of the speed at which a provisional event spreads along x, in µm/s.
    package static let frontSpeed = "front_speed_um_per_s"
    /// Between these two it lies.
    package static let lowestFrontSpeed = "front_speed_low_um_per_s"
    package static let highestFrontSpeed = "front_speed_high_um_per_s"
    /// Where the front moves along x: 1 to larger, -1 to smaller x, 0 to both.
    package static let frontDirection = "front_direction_x"
    /// Extent of a provisional event along x so far, in µm.
    package static let width = "width_um"

    /// The message of an event that is not final yet.
    ///
    /// What is measured of final events only is null. As peak counts the last frame so far, and the structural latency runs
    /// from the first frame: it tells how long after its onset the event could be known.
    package func message(of event: ProvisionalEvent, timing: EventTiming = EventTiming()) -> EventMessage {
        let calibration = context.calibration
        var message = message(
            of: CalciumEvent(
                number: event.number,
                eventClass: event.eventClass,
                startFrame: event.startFrame,
                peakFrame: event.endFrame,
                endFrame: event.endFrame,
                rows: event.rows,
                columns: event.columns,
                centroidRow: event.centroidRow,
                centroidColumn: event.centroidColumn,
                voxelCount: event.voxelCount,
                footprintPixelCount: event.footprintPixelCount,
                parameters: [:],
                classConfidence: event.classConfidence,
                missingFrameCount: 0,
                flags: event.flags
            ),
            identity: EventIdentity(number: event.number, revision: event.revision),
            timing: timing
        )
        message.state = .provisional
        message.cell = event.cell
        message.parameters = [EventParameter.amplitude.rawValue: nil]
        message.reasons = [EventParameter.amplitude.rawValue: "provisional"]
        let width = Double(event.columns.count) * calibration.pixelSizeMicrometres
        message.parameters[Self.width] = width.rounded(decimals: Decimals.micrometres)
        describe(event.front, in: &message)
        message.latency.structural = timing.newestFrame.flatMap { newestFrame in
            (Double(newestFrame - event.startFrame) * calibration.frameIntervalMilliseconds).rounded(
                decimals: Decimals.milliseconds
            )
        }
        return message
    }

    private func describe(_ front: FrontMovement?, in message: inout EventMessage) {
        let speed = front?.speed(context.calibration)
        let direction: Double? = front.map { front in
            switch front.direction {
            case .left: -1
            case .right: 1
            case .both: 0
            }
        }
        let values = [
            (Self.frontSpeed, speed?.micrometresPerSecond), (Self.lowestFrontSpeed, speed?.range.lowerBound),
            (Self.highestFrontSpeed, speed?.range.upperBound), (Self.frontDirection, direction),
        ]
        for (name, value) in values {
            message.parameters.updateValue(value?.rounded(decimals: Decimals.frontSpeed), forKey: name)
            if value == nil { message.reasons[name] = "not_sure_yet" }
        }
    }

    /// The message of an event that was taken back.
    ///
    /// - Parameters:
    ///   - event: what was announced.
    ///   - newestFrame: acquisition index of the newest frame that the decision needed.
    /// - Returns: the message.
    package func message(of event: RetractedEvent, newestFrame: Int) -> RetractedMessage {
        RetractedMessage(event, newestFrame: newestFrame, in: context)
    }

    /// Time from an event's first announcement to the decision about it, in ms of the recording.
    func leadMilliseconds(of identity: EventIdentity, decidedWith newestFrame: Int?) -> Double? {
        guard let announcement = identity.announcement, let newestFrame else { return nil }
        let interval = context.calibration.frameIntervalMilliseconds
        return (Double(newestFrame - announcement.newestFrame) * interval).rounded(decimals: Decimals.milliseconds)
    }

    /// The messages of what one window says of events that are not final.
    package func messages(of update: ProvisionalUpdate) -> (found: [EventMessage], retracted: [RetractedMessage]) {
        (
            update.found.map { message(of: $0.event, timing: $0.timing) },
            update.retracted.map { message(of: $0, newestFrame: update.newestFrame) }
        )
    }
}
