package import Detection
import Foundation
package import Imaging
package import Session
import Triggers
package import Wire

/// Messages and events with known contents.
package enum EventSamples {
    package static let context = SeriesContext(
        seriesID: "7f0c12ab-5d1e-4e0b-9a55-000000000001",
        stream: "confocal-1",
        calibration: .published,
        modelSHA256: "ab12",
        configurationSHA256: nil
    )

    package static func event(
        number: Int = 12,
        eventClass: EventClass = .spark,
        amplitude: Double? = 0.612345
    ) -> CalciumEvent {
        var event = CalciumEvent(
            number: number,
            eventClass: eventClass,
            startFrame: 4650,
            peakFrame: 4655,
            endFrame: 4661,
            rows: 20..<31,
            columns: 300..<312,
            centroidRow: 25.123456,
            centroidColumn: 305.5,
            voxelCount: 640,
            footprintPixelCount: 101,
            parameters: amplitude.map { [.amplitude: $0] } ?? [:],
            classConfidence: 0.87654321,
            missingFrameCount: 1,
            flags: [.truncated, .startsBeforeRecording],
            unavailable: Dictionary(
                uniqueKeysWithValues: EventParameter.allCases.filter { $0 != .amplitude || amplitude == nil }
                    .map { ($0, .noBaseline) }
            ),
            cell: 2,
            blankOrigin: .outside
        )
        event.site = SiteVisit(site: 7, eventCount: 3)
        return event
    }

    /// Sparks of a cell of 100 µm² in 10 s.
    package static var cellActivity: CellActivity {
        let size = FrameSize(height: 50, width: 50)
        let cells = CellMask(
            size: size,
            classes: [UInt8](repeating: EventClass.background, count: size.pixelCount),
            intensity: (0..<size.pixelCount).map { $0 < 1250 ? 0.5 : 0.01 },
            given: (0..<size.pixelCount).map { $0 < 1250 ? 1 : 0 }
        )
        let calibration = Calibration(
            pixelSizeMicrometres: (100.0 / 1250).squareRoot(),
            frameIntervalMilliseconds: 10
        )
        let activity = CellActivity(
            cells: cells,
            frameCount: 1000,
            eventCounts: [1: [.spark: 5]],
            calibration: calibration
        )
        guard let activity else { preconditionFailure("the cell has an area") }
        return activity
    }

    package static let timing = EventTiming(
        peakAcquiredNanoseconds: 1_763_822_907_123_456_789,
        newestFrame: 4779,
        newestFrameArrivedNanoseconds: 1_763_822_907_966_656_789
    )

    package static func message(number: Int = 12, eventClass: EventClass = .spark) -> EventMessage {
        EventFormatter(context: context).message(of: event(number: number, eventClass: eventClass), timing: timing)
    }

    package static func provisionalEvent(_ eventClass: EventClass = .wave) -> ProvisionalEvent {
        ProvisionalEvent(
            number: 13,
            revision: 2,
            eventClass: eventClass,
            startFrame: 4700,
            endFrame: 4770,
            rows: 0..<40,
            columns: 100..<220,
            centroidRow: 19.5,
            centroidColumn: 160.25,
            voxelCount: 9000,
            footprintPixelCount: 3000,
            classConfidence: 0.91234567,
            front: FrontMovement(pixelsPerFrame: 3.5, range: 2.8...4.2, direction: .right),
            flags: [.touchesFrameBorder]
        )
    }

    package static func retractedEvent(_ eventClass: EventClass, _ reason: RetractedEvent.Reason) -> RetractedEvent {
        RetractedEvent(
            number: 14,
            revision: 3,
            eventClass: eventClass,
            reason: reason,
            startFrame: 4700,
            endFrame: 4712
        )
    }

    package static var counters: RunCounters {
        var counters = RunCounters()
        counters.framesReceived = 4780
        counters.missingFromSource = 2
        counters.missingInTransport = 1
        counters.framesHeld = 3
        counters.refused = ["size": 2, "header": 1]
        counters.windowsDone = 140
        counters.events = ["spark": 12, "wave": 0, "puff": 3]
        counters.realTimeFactor = 1.31
        return counters
    }

    package static var heartbeat: HeartbeatMessage {
        HeartbeatMessage(
            status: .ok,
            state: .running,
            seriesID: context.seriesID,
            counters: counters,
            ringFill: 0.0625,
            lagMilliseconds: 217.6,
            instructionSet: "avx2",
            device: "2 cores"
        )
    }

    private static var triggers: [any WireMessage] {
        let observation = Observation(FinalEvent(event(), timing: timing), in: context)
        let trigger = TriggerMessage(
            Firing(triggerID: "wave-\(observation.eventID)", rule: "wave", count: 1, observation: observation)
        )
        return [
            trigger,
            TriggerSuppressedMessage(
                Suppression(
                    rule: "wave",
                    reason: .refractory,
                    detail: "12 of 1000 ms after the last",
                    eventID: trigger.eventID,
                    eventClass: .wave,
                    seriesID: context.seriesID,
                    startFrame: 4650,
                    newestFrame: 4779
                )
            ),
            TriggerActionMessage(
                trigger: trigger,
                action: "request tcp://127.0.0.1:5560",
                outcome: .failed,
                attempts: 3,
                sentMilliseconds: 0.125,
                elapsedMilliseconds: 750.25,
                detail: "no answer within 250 ms"
            ),
            TriggerOutcomeMessage(FiringOutcome(triggerID: trigger.triggerID, rule: "wave", outcome: .confirmed)),
            TriggerArmedMessage(ArmingChange(rule: "wave", isArmed: false)),
            TriggerArmedMessage(ArmingChange(rule: "wave", isArmed: true)),
        ]
    }

    package static var everyKind: [any WireMessage] {
        let start = SeriesStartMessage(
            SeriesStart(
                context: context,
                size: FrameSize(height: 64, width: 512),
                firstFrame: 0,
                device: DeviceDescription(instructionSet: "avx2", processor: "2 cores")
            )
        )
        let gap = GapMessage(
            Gap(origin: .transport, action: .breakSegment, firstFrame: 711, frameCount: 9),
            in: context
        )
        var end = SeriesEndMessage(
            SeriesOutcome(
                context: context,
                reason: .sourceEnded,
                lastFrame: 4999,
                frames: SeriesOutcome.FrameCounts(),
                refusedMessages: [:],
                progress: SessionProgress(),
                cell: nil
            )
        )
        end.counters = counters
        let status = StatusMessage(status: .degraded, code: .messagesLost, message: "\"quoted\"\nsecond line µ")
        var moved = FrameMovement()
        (moved.y, moved.x, moved.undoneY, moved.undoneX) = (0.504, -1.25, 0.5, -1.25)
        var unsteady = FrameMovement()
        unsteady.isUnsteady = true
        let movement = MovementMessage([moved, unsteady], fromFrame: 700, of: context)
        let mark = MarkMessage(seriesID: context.seriesID, frame: 700, label: "ISO 100 nM", origin: .request)
        let regions = [
            try? DrawnRegion(name: "left \"end\"", rectangle: [0, 0, 64, 120.5], polygon: nil),
            try? DrawnRegion(name: "nucleus", rectangle: nil, polygon: [[20, 200], [20, 240], [44, 220.3]]),
        ].compactMap(\.self)
        let correction = CorrectionMessage(
            seriesID: context.seriesID,
            eventID: message().eventID,
            action: .reject,
            foundType: .spark,
            eventType: nil,
            startFrame: 700,
            reviewer: "bea"
        )
        let unfinished = EventClass.allCases.flatMap { eventClass -> [any WireMessage] in
            let formatter = EventFormatter(context: context)
            let reasons: [RetractedEvent.Reason] = [.notConfirmed, .merged(into: 12), .reclassified(as: .puff)]
            return [
                formatter.message(of: provisionalEvent(eventClass), timing: timing),
                formatter.message(
                    of: retractedEvent(eventClass, reasons[Int(eventClass.rawValue) - 1]),
                    newestFrame: 4880
                ),
            ]
        }
        let examination = ExaminationMessage(
            Examination(
                frameCount: 256,
                checks: [
                    Check(.light, .good, value: 12, unit: "photons", text: "12 photons", limit: "at least 4"),
                    Check(.style, .unknown, text: "not known for this model", limit: "like"),
                    Check(.saturation, .bad, value: 0.2, unit: "%", text: "0.2 %", limit: "none", advice: "less light"),
                ]
            ),
            of: context
        )
        return unfinished + triggers + [
            start, examination, mark, movement, RegionsMessage(regions, origin: .page), correction, message(),
            message(number: 13, eventClass: .wave), gap,
        ]
            + [message(number: 14, eventClass: .puff), status, heartbeat, end]
    }
}
