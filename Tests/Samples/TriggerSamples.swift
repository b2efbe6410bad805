package import Detection
package import Imaging
package import Session
package import Triggers

/// Made-up events for rules; frames are 10 ms apart, pixels 1 µm.
package enum TriggerSamples {
    package static let context = SeriesContext(
        seriesID: "series-1",
        stream: "test",
        calibration: Calibration(pixelSizeMicrometres: 1, frameIntervalMilliseconds: 10)
    )

    /// A provisional event as it is known with the newest frame.
    package static func found(
        _ number: Int = 1,
        _ eventClass: EventClass = .wave,
        newest: Int,
        start: Int = 90,
        confidence: Double = 0.9,
        area: Int = 100,
        speed: Double? = 1,
        speedRange: ClosedRange<Double>? = nil,
        columns: Range<Int> = 10..<90,
        flags: Set<EventFlag> = []
    ) -> ProvisionalUpdate.Found {
        var event =
            ProvisionalEvent(
                number: number,
                revision: 1,
                eventClass: eventClass,
                startFrame: start,
                endFrame: newest - 6,
                rows: 0..<20,
                columns: columns,
                centroidRow: 10,
                centroidColumn: 50,
                voxelCount: 1000,
                footprintPixelCount: area,
                classConfidence: confidence,
                front: speed.map { FrontMovement(pixelsPerFrame: $0, range: speedRange ?? $0...$0, direction: .right) },
                flags: flags
            )
        event.cell = 1
        return ProvisionalUpdate.Found(event, timing: EventTiming(newestFrame: newest))
    }

    package static func finalEvent(
        _ number: Int = 1,
        _ eventClass: EventClass = .wave,
        newest: Int,
        frames: Int = 50
    ) -> FinalEvent {
        FinalEvent(
            CalciumEvent(
                number: number,
                eventClass: eventClass,
                startFrame: 90,
                peakFrame: 95,
                endFrame: 89 + frames,
                rows: 0..<20,
                columns: 10..<90,
                centroidRow: 10,
                centroidColumn: 50,
                voxelCount: 1000,
                footprintPixelCount: 100,
                parameters: [.amplitude: 1],
                classConfidence: 0.9,
                missingFrameCount: 0,
                flags: [],
                cell: 1
            ),
            timing: EventTiming(newestFrame: newest)
        )
    }

    package static func event(
        _ number: Int = 1,
        _ eventClass: EventClass = .wave,
        newest: Int,
        start: Int = 90,
        confidence: Double = 0.9,
        area: Int = 100,
        speed: Double? = 1,
        speedRange: ClosedRange<Double>? = nil,
        columns: Range<Int> = 10..<90
    ) -> Observation {
        Observation(
            found(
                number,
                eventClass,
                newest: newest,
                start: start,
                confidence: confidence,
                area: area,
                speed: speed,
                speedRange: speedRange,
                columns: columns
            ),
            in: context
        )
    }

    package static func final(
        _ number: Int = 1,
        _ eventClass: EventClass = .wave,
        newest: Int,
        frames: Int = 50
    ) -> Observation {
        Observation(finalEvent(number, eventClass, newest: newest, frames: frames), in: context)
    }

    package static func retracted(
        _ number: Int = 1,
        newest: Int,
        _ reason: RetractedEvent.Reason
    ) -> Withdrawal {
        let event = RetractedEvent(
            number: number,
            revision: 2,
            eventClass: .wave,
            reason: reason,
            startFrame: 90,
            endFrame: 120
        )
        return Withdrawal(event, newestFrame: newest, in: context)
    }
}
