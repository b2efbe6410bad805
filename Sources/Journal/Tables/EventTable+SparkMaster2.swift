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
    /// Their names tell their units.
    static let sparkmaster2Columns: [TableColumn<Row>] = {
        func parameter(_ name: String, _ parameter: EventParameter) -> TableColumn<Row> {
            .number(name, in: parameter.unit) { $0.event.parameters[parameter.rawValue] ?? nil }
        }
        func box(_ name: String, _ index: Int, last: Bool = false) -> TableColumn<Row> {
            .count("bounding box \(name) (pixels)", in: "px") { row in
                guard row.event.boundingBox.indices.contains(index) else { return nil }
                return row.event.boundingBox[index] - (last ? 1 : 0)
            }
        }
        return [
            .count("object id", in: "1") { $0.event.eventID.split(separator: "-").last.flatMap { Int($0) } },
            .text("object type") { $0.event.eventType },
            parameter("amplitude (fluorescence units)", .amplitudeCounts),
            parameter("amplitude (delta F/F0)", .amplitude),
            .number("full width (um)", in: "µm") { fullWidth(of: $0.event) },
            .number("full duration (ms)", in: "ms") { $0.event.durationMilliseconds },
            .number("full width at half-max amplitude (um)", in: "µm") { widthAtHalfMaximum(of: $0.event) },
            parameter("full duration at half-max amplitude (ms)", .fullDurationHalfMaximum),
            box("min row", 0),
            box("min column", 1),
            box("max row", 2, last: true),
            box("max column", 3, last: true),
            parameter("time to peak (ms)", .timeToPeak),
            parameter("tau of decay (ms)", .decayTime),
            parameter("delay from preceding object (ms)", .delay),
            .count("is incompletely recorded (0 if complete)", in: "1") { incompleteness(of: $0.event) },
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
