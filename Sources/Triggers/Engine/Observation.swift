import Streams

/// What a message says of an event, in the quantities of rules.
struct Observation {
    let event: EventMessage
    let newestFrame: Int
    let frameIntervalMilliseconds: Double

    init(_ event: EventMessage) {
        self.event = event
        newestFrame = event.newestFrame ?? event.endFrame
        frameIntervalMilliseconds = event.sampleRate > 0 ? 1000 / event.sampleRate : 0
    }

    /// Time of the newest frame in the recording.
    var milliseconds: Double { Double(newestFrame) * frameIntervalMilliseconds }

    /// Time of the first frame of the event in the recording.
    var onsetMilliseconds: Double { Double(event.startFrame) * frameIntervalMilliseconds }

    /// From the first frame of the event to the newest frame.
    var lateMilliseconds: Double { Double(newestFrame - event.startFrame) * frameIntervalMilliseconds }

    /// In µm/s; nil where it was not measured.
    var speed: Double? {
        for key in [EventFormatter.frontSpeed, "wave_speed_line_scan_um_per_s", "wave_speed_centroid_um_per_s"] {
            if let value = event.parameters[key] ?? nil { return value }
        }
        return nil
    }

    /// The first condition that the event does not meet, in words; nil if it meets all.
    ///
    /// - Parameters:
    ///   - rule: with the conditions.
    ///   - isOn: whether it met them at its last message; the lower thresholds count then.
    /// - Returns: value and limit.
    func failure(of rule: TriggerRule, isOn: Bool) -> String? {
        if let region = rule.region, !touches(region) { return "outside of the region \(region)" }
        return failure("confidence", event.confidence, rule.confidence, isOn)
            ?? failure("area", event.areaSquareMicrometres, rule.areaSquareMicrometres, isOn, unit: " µm2")
            ?? failure("speed", speed, rule.speedMicrometresPerSecond, isOn, unit: " µm/s")
            ?? failure("duration", event.durationMilliseconds, rule.durationMilliseconds, isOn, unit: " ms")
    }

    private func failure(
        _ name: String,
        _ value: Double?,
        _ threshold: Threshold?,
        _ isOn: Bool,
        unit: String = ""
    ) -> String? {
        guard let limit = threshold?.limit(isOn: isOn) else { return nil }
        guard let value else { return "\(name) not known, \(limit)\(unit) wanted" }
        return value < limit ? "\(name) \(value)\(unit) below \(limit)\(unit)" : nil
    }

    private func touches(_ region: [Int]) -> Bool {
        let box = event.boundingBox
        guard box.count == 4 else { return false }
        return box[0] < region[2] && region[0] < box[2] && box[1] < region[3] && region[1] < box[3]
    }
}
