import Detection
package import Imaging
import Session
package import Wire

/// How often events came in drawn regions, as a table: one line for every region, phase and class.
///
/// An event lies in a region if its centre does, so it may lie in several.
package enum RegionTable {
    /// A class of events in a region in a phase.
    package struct Row: FrequencyRow {
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
        series.regions.flatMap { region in
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
                        series: series,
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

    package static let columns: [TableColumn<Row>] =
        [
            .text("file") { $0.series.source.file },
            .text("folder") { $0.series.source.folder },
            .text("region") { $0.region.drawn.name },
        ] + TableColumn.counts + [
            .number("area_um2", in: "µm²") { $0.region.areaSquareMicrometres.rounded(decimals: 2) },
            .observed,
        ] + TableColumn.frequencies + [
            .text("assumed") { $0.series.assumed.joined(separator: " ") },
            .text("stream") { $0.series.stream },
        ]
}
