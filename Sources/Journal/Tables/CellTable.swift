import Detection
import Foundation
package import Imaging
import Session
package import Wire

/// How often cells had events, as a table: one line for every cell, phase and class.
package enum CellTable {
    /// A class of events of a cell in a phase.
    package struct Row: FrequencyRow {
        package var series: TabledSeries
        package var cell: Int
        /// Place of the phase in the recording's phases.
        package var phase: Int
        package var eventClass: EventClass
        /// Nil where the recording was cut off before the area was told.
        package var activity: CellActivityMessage?
        /// Final events that began in the phase.
        package var eventCount: Int
        package var frequency: CellActivityMessage.Frequency?
    }

    package static func table(of series: [TabledSeries]) -> Table<Row> {
        Table(columns: columns, rows: series.flatMap(rows))
    }

    /// Cell by cell, phase by phase.
    package static func rows(of series: TabledSeries) -> [Row] {
        var counts: [Int: [Int: [String: Int]]] = [:]
        for event in series.events {
            guard let cell = event.cell else { continue }
            let phase = series.phase(ofFrame: event.startFrame)
            counts[cell, default: [:]][phase, default: [:]][event.eventType, default: 0] += 1
        }
        return series.cellNumbers.flatMap { cell in
            let activity = series.cells.first { $0.cell == cell }
            return series.phases.indices.flatMap { phase in
                EventClass.allCases.map { eventClass in
                    let count = counts[cell]?[phase]?[eventClass.name] ?? 0
                    return Row(
                        series: series,
                        cell: cell,
                        phase: phase,
                        eventClass: eventClass,
                        activity: activity,
                        eventCount: count,
                        frequency: frequency(of: count, in: activity, for: series.observedSeconds(ofPhase: phase))
                    )
                }
            }
        }
    }

    private static func frequency(
        of count: Int,
        in activity: CellActivityMessage?,
        for seconds: Double?
    ) -> CellActivityMessage.Frequency? {
        guard let activity, activity.areaSquareMicrometres > 0, let seconds, seconds > 0 else { return nil }
        return CellActivityMessage.Frequency(
            events: count,
            EventFrequency(
                count: count,
                areaSquareMicrometres: activity.areaSquareMicrometres,
                observedSeconds: seconds
            )
        )
    }

    package static let columns: [TableColumn<Row>] =
        [
            .text("file") { $0.series.source.file },
            .text("folder") { $0.series.source.folder },
            .count("cell", in: "1") { $0.cell },
        ] + TableColumn.counts + [
            .number("area_um2", in: "µm²") { $0.activity?.areaSquareMicrometres },
            .observed,
            .number("usable_share", in: "1") {
                $0.series.usableShare(ofPhase: $0.phase).flatMap { $0.rounded(decimals: 4) }
            },
        ] + TableColumn.frequencies + [
            .text("origin") { $0.activity?.origin.rawValue },
            .text("assumed") { $0.series.assumed.joined(separator: " ") },
            .text("blank_origin") { $0.activity?.blankOrigin?.rawValue },
            .text("stream") { $0.series.stream },
        ]
}
