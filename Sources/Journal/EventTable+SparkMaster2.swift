import Detection
import Wire

/// Which columns an event table has.
package enum EventTableStyle: String, Sendable, CaseIterable {
    /// Everything that an event message holds, names with units.
    case sparkwatch
    /// The names that SparkMaster 2 uses, for scripts that read its tables; quantities that it alone has are left out.
    case sparkmaster2
}

extension EventTable {
    static let sparkmaster2Columns: [Column] = {
        func parameter(_ name: String, _ parameter: EventParameter) -> Column {
            Column(name: name) { number($0.parameters[parameter.rawValue] ?? nil) }
        }
        func box(_ name: String, _ index: Int, last: Bool = false) -> Column {
            Column(name: "bounding box \(name) (pixels)") { event in
                guard event.boundingBox.indices.contains(index) else { return nil }
                return "\(event.boundingBox[index] - (last ? 1 : 0))"
            }
        }
        return [
            Column(name: "object id") { $0.eventID.split(separator: "-").last.flatMap { Int($0) }.map(String.init) },
            Column(name: "object type") { $0.eventType },
            parameter("amplitude (fluorescence units)", .amplitudeCounts),
            parameter("amplitude (delta F/F0)", .amplitude),
            Column(name: "full width (um)") { number(fullWidth(of: $0)) },
            Column(name: "full duration (ms)") { number($0.durationMilliseconds) },
            Column(name: "full width at half-max amplitude (um)") { number(widthAtHalfMaximum(of: $0)) },
            parameter("full duration at half-max amplitude (ms)", .fullDurationHalfMaximum),
            box("min row", 0),
            box("min column", 1),
            box("max row", 2, last: true),
            box("max column", 3, last: true),
            parameter("time to peak (ms)", .timeToPeak),
            parameter("tau of decay (ms)", .decayTime),
            parameter("delay from preceding object (ms)", .delay),
            Column(name: "is incompletely recorded (0 if complete)") { "\(incompleteness(of: $0))" },
        ]
    }()

    /// Extent along x, in µm: events in line scans have no other.
    private static func fullWidth(of event: EventMessage) -> Double? {
        guard event.boundingBox.count == 4, event.areaPixels > 0 else { return nil }
        let pixelSize = (event.areaSquareMicrometres / Double(event.areaPixels)).squareRoot()
        return ((Double(event.boundingBox[3] - event.boundingBox[1]) * pixelSize) * 1000).rounded() / 1000
    }

    private static func widthAtHalfMaximum(of event: EventMessage) -> Double? {
        let widths = [EventParameter.widthX, .widthY].compactMap { event.parameters[$0.rawValue] ?? nil }
        return widths.count == 2 ? (widths[0] + widths[1]) / 2 : nil
    }

    /// -1 if the start was not recorded, 1 if the end was not, 0 if both were.
    private static func incompleteness(of event: EventMessage) -> Int {
        if event.flags.contains(.startsBeforeRecording) { return -1 }
        return event.flags.contains(.endsAfterRecording) || event.flags.contains(.truncated) ? 1 : 0
    }
}
