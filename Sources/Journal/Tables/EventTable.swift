import Detection
import Imaging
package import Wire

/// The events of recordings as a table: a header with units, one event a line, empty where null.
package enum EventTable {
    /// An event and where it belongs.
    package struct Row: Sendable {
        package var event: EventMessage
        package var source: TableSource
        package var phase: String?
        /// What a reviewer made of it.
        package var reviewed: String?
    }

    /// - Parameters:
    ///   - series: The recordings.
    ///   - style: Which columns the table has.
    ///   - reviewed: What a reviewer made of events, by their ids, for a last column; nil for none.
    /// - Returns: Their events, recording by recording.
    package static func table(
        of series: [TabledSeries],
        style: EventTableStyle = .sparkwatch,
        reviewed: [String: String]? = nil
    ) -> Table<Row> {
        let rows = series.flatMap { series in
            series.events.map { event in
                Row(
                    event: event,
                    source: series.source,
                    phase: series.phases[series.phase(ofFrame: event.startFrame)].label,
                    reviewed: reviewed?[event.eventID]
                )
            }
        }
        let columns = style == .sparkmaster2 ? sparkmaster2Columns : columns
        return Table(columns: reviewed == nil ? columns : columns + [.text("reviewed") { $0.reviewed }], rows: rows)
    }

    /// Names are those of event messages; lists there are several columns here.
    package static let columns: [TableColumn<Row>] = place + extent + parameters + quality

    private static let place: [TableColumn<Row>] = [
        .text("file") { $0.source.file },
        .text("folder") { $0.source.folder },
        .count("cell", in: "1") { $0.event.cell },
        .text("series_id") { $0.event.seriesID },
        .text("phase") { $0.phase },
        .text("event_id") { $0.event.eventID },
        .text("event_type") { $0.event.eventType },
        .count("frame_start", in: "frame") { $0.event.startFrame },
        .count("frame_peak", in: "frame") { $0.event.peakFrame },
        .count("frame_end", in: "frame") { $0.event.endFrame },
        .number("t_start_ms", in: "ms") { $0.event.startMilliseconds },
        .number("t_peak_ms", in: "ms") { $0.event.peakMilliseconds },
        .number("t_end_ms", in: "ms") { $0.event.endMilliseconds },
        .number("duration_ms", in: "ms") { $0.event.durationMilliseconds },
    ]

    private static let extent: [TableColumn<Row>] =
        [
            .number("centroid_y_px", in: "px") { $0.event.centroidPixels.first },
            .number("centroid_x_px", in: "px") { $0.event.centroidPixels.last },
            .number("centroid_y_um", in: "µm") { $0.event.centroidMicrometres.first },
            .number("centroid_x_um", in: "µm") { $0.event.centroidMicrometres.last },
        ]
        + ["y0", "x0", "y1", "x1"].enumerated().map { index, name in
            .count("bbox_\(name)_px", in: "px") { row in
                row.event.boundingBox.indices.contains(index) ? row.event.boundingBox[index] : nil
            }
        }
        + [
            .count("area_px", in: "px") { $0.event.areaPixels },
            .number("area_um2", in: "µm²") { $0.event.areaSquareMicrometres },
            .count("voxels", in: "px frame") { $0.event.voxelCount },
            .count("site", in: "1") { $0.event.site },
            .count("site_events", in: "1") { $0.event.siteEventCount },
        ]

    private static let parameters: [TableColumn<Row>] = EventParameter.allCases.map { parameter in
        .number(parameter.rawValue, in: parameter.unit) { $0.event.parameters[parameter.rawValue] ?? nil }
    }

    private static let quality: [TableColumn<Row>] = [
        .number("confidence", in: "1") { $0.event.confidence },
        .text("flags") { $0.event.flags.map(\.rawValue).joined(separator: " ") },
        .count("missing_frames", in: "frame") { $0.event.missingFrameCount },
        .text("reasons") { row in
            row.event.reasons.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
        },
        .text("assumed") { ($0.event.assumed ?? []).joined(separator: " ") },
        .text("blank_origin") { $0.event.blankOrigin?.rawValue },
        .text("stream") { $0.event.stream },
    ]
}
