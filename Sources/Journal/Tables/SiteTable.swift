import Detection
import Imaging
import Wire

/// The release sites of recordings as a table: one line for every site and phase.
///
/// A release site is a place where two events or more arose.
package enum SiteTable {
    /// What a site did in a phase.
    package struct Row: Sendable {
        package var series: TabledSeries
        package var site: ReleaseSiteActivity
        /// Place of the phase in the recording's phases.
        package var phase: Int

        var visits: ReleaseSiteActivity.Visits { site.visits[phase] }
    }

    package static func table(of series: [TabledSeries]) -> Table<Row> {
        let rows = series.flatMap { series in
            ReleaseSiteActivity.list(of: series).flatMap { site in
                series.phases.indices.map { Row(series: series, site: site, phase: $0) }
            }
        }
        return Table(columns: columns, rows: rows)
    }

    package static let columns: [TableColumn<Row>] = [
        .text("file") { $0.series.source.file },
        .text("folder") { $0.series.source.folder },
        .count("cell", in: "1") { $0.site.cell },
        .text("series_id") { $0.series.seriesID },
        .text("phase") { $0.series.phases[$0.phase].label },
        .count("frame_start", in: "frame") { $0.series.phases[$0.phase].firstFrame },
        .count("frame_end", in: "frame") { $0.series.lastFrame(ofPhase: $0.phase) },
        .count("site", in: "1") { $0.site.number },
        .text("event_type") { $0.site.eventTypes.joined(separator: " ") },
        .number("centroid_y_px", in: "px") { $0.site.centroidPixels.y.rounded(decimals: 2) },
        .number("centroid_x_px", in: "px") { $0.site.centroidPixels.x.rounded(decimals: 2) },
        .number("centroid_y_um", in: "µm") { $0.site.centroidMicrometres.y.rounded(decimals: 3) },
        .number("centroid_x_um", in: "µm") { $0.site.centroidMicrometres.x.rounded(decimals: 3) },
        .count("events", in: "1") { $0.visits.onsetsMilliseconds.count },
        .number("first_latency_ms", in: "ms") { row in
            row.visits.firstLatencyMilliseconds.flatMap { $0.rounded(decimals: 3) }
        },
        .number("interval_median_ms", in: "ms") { row in
            row.visits.intervalsMilliseconds.median.flatMap { $0.rounded(decimals: 3) }
        },
        .text("intervals_ms", in: "ms") { row in
            row.visits.intervalsMilliseconds.compactMap { $0.rounded(decimals: 1) }.compactMap(TableText.number)
                .joined(separator: " ")
        },
        .text("assumed") { $0.series.assumed.joined(separator: " ") },
        .text("blank_origin") { $0.site.blankOrigin?.rawValue },
        .text("stream") { $0.series.stream },
    ]
}
