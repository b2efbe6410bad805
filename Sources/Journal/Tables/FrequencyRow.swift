package import Imaging
package import Wire

/// A class of events in a phase of a recording, with how often they came somewhere.
package protocol FrequencyRow: Sendable {
    var series: TabledSeries { get }
    /// Place of the phase in the recording's phases.
    var phase: Int { get }
    var eventClass: EventClass { get }
    /// Final events that began in the phase.
    var eventCount: Int { get }
    var frequency: CellActivityMessage.Frequency? { get }
}

extension TableColumn where Row: FrequencyRow {
    /// Which phase, which class, how many.
    static var counts: [TableColumn] {
        [
            .text("series_id") { $0.series.seriesID },
            .text("phase") { $0.series.phases[$0.phase].label },
            .count("frame_start", in: "frame") { $0.series.phases[$0.phase].firstFrame },
            .count("frame_end", in: "frame") { $0.series.lastFrame(ofPhase: $0.phase) },
            .text("event_type") { $0.eventClass.name },
            .count("events", in: "1") { $0.eventCount },
        ]
    }

    static var observed: TableColumn {
        .number("observed_s", in: "s") {
            $0.series.observedSeconds(ofPhase: $0.phase).flatMap { $0.rounded(decimals: 4) }
        }
    }

    /// How often, with the exact 95 % interval of a Poisson count.
    static var frequencies: [TableColumn] {
        [
            .number("per_100um2_per_s", in: "1/(100 µm² s)") { $0.frequency?.frequency },
            .number("low95", in: "1/(100 µm² s)") { $0.frequency?.lower },
            .number("high95", in: "1/(100 µm² s)") { $0.frequency?.upper },
        ]
    }
}
