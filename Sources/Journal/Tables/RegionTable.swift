import Detection
package import Imaging
import Session
package import Wire

/// How often events came in drawn regions, as a table: one line for every region, phase and class.
///
/// An event lies in a region if its centre does, so it may lie in several.
package enum RegionTable {
    /// A class of events in a region in a phase.
    package struct Row: Sendable {
        package var series: TabledSeries
        package var region: TabledSeries.Region
        /// Place of the phase in the recording's phases.
        package var phase: Int
        package var eventClass: EventClass
        /// Final events that began in the phase.
        package var eventCount: Int
        package var frequency: CellActivityMessage.Frequency?
    }

    package static func table(of series: [TabledSeries]) -> Table<Row> {
        Table(columns: columns, rows: series.flatMap(rows))
    }

    /// Region by region, phase by phase.
    package static func rows(of series: TabledSeries) -> [Row] {
        var place = series
        // Every row holds a copy.
        place.events = []
        return series.regions.flatMap { region in
            var counts: [Int: [EventClass: Int]] = [:]
            for event in series.events where region.holds(event) {
                guard let eventClass = event.eventClass else { continue }
                counts[series.phase(ofFrame: event.startFrame), default: [:]][eventClass, default: 0] += 1
            }
            return series.phases.indices.flatMap { phase in
                let activity = RegionActivity(
                    region: region.drawn.name,
                    areaSquareMicrometres: region.areaSquareMicrometres,
                    observedSeconds: series.observedSeconds(ofPhase: phase) ?? 0,
                    eventCounts: counts[phase] ?? [:]
                )
                return EventClass.allCases.map { eventClass in
                    let count = activity.eventCounts[eventClass] ?? 0
                    return Row(
                        series: place,
                        region: region,
                        phase: phase,
                        eventClass: eventClass,
                        eventCount: count,
                        frequency: activity.frequency(of: eventClass).map { .init(events: count, $0) }
                    )
                }
            }
        }
    }

    package static let columns: [TableColumn<Row>] = [
        .text("file") { $0.series.source.file },
        .text("folder") { $0.series.source.folder },
        .text("region") { $0.region.drawn.name },
        .text("series_id") { $0.series.seriesID },
        .text("phase") { $0.series.phases[$0.phase].label },
        .count("frame_start", in: "frame") { $0.series.phases[$0.phase].firstFrame },
        .count("frame_end", in: "frame") { $0.series.lastFrame(ofPhase: $0.phase) },
        .text("event_type") { $0.eventClass.name },
        .count("events", in: "1") { $0.eventCount },
        .number("area_um2", in: "µm²") { $0.region.areaSquareMicrometres.rounded(decimals: 2) },
        .number("observed_s", in: "s") {
            $0.series.observedSeconds(ofPhase: $0.phase).flatMap { $0.rounded(decimals: 4) }
        },
        .number("per_100um2_per_s", in: "1/(100 µm² s)") { $0.frequency?.frequency },
        .number("low95", in: "1/(100 µm² s)") { $0.frequency?.lower },
        .number("high95", in: "1/(100 µm² s)") { $0.frequency?.upper },
        .text("assumed") { $0.series.assumed.joined(separator: " ") },
        .text("stream") { $0.series.stream },
    ]
}
