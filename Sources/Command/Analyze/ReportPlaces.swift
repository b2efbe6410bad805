import Detection
import Imaging
import Journal
import Wire

/// What the report shows of cells, phases and release sites, by the names that its script uses.
struct ReportPlaces: Encodable {
    struct Phase: Encodable {
        /// Nil before the first mark.
        let label: String?
        let start_s: Double
        let observed_s: Double?
        /// Share of that time in which what was found cannot be movement; nil if movement was not looked for.
        let usable_share: Double?
    }

    struct Cell: Encodable {
        let cell: Int
        let area_um2: Double?
        /// Pixels as runs: y, first x, end of x, and so on.
        let runs: [Int]
        /// Phase by phase, in each by class; nil where nothing was observed.
        let rates: [[String: CellActivityMessage.Frequency?]]
    }

    struct Site: Encodable {
        struct Visits: Encodable {
            let events: Int
            let first_latency_ms: Double?
            let interval_median_ms: Double?
        }

        let site: Int
        let cell: Int?
        let event_type: String
        let y_px: Double
        let x_px: Double
        /// Phase by phase.
        let phases: [Visits]
    }

    /// F0 of a cell above the light outside, in counts.
    struct Resting: Encodable {
        let cell: Int
        let frames: [Int]
        let counts: [Double]
    }

    let phases: [Phase]
    let cells: [Cell]
    let sites: [Site]
    let resting: [Resting]

    private static let mostPoints = 500

    /// - Parameters:
    ///   - series: What the tables show.
    ///   - mask: Where the cells are; nil where that is not known.
    ///   - light: F0 of the cells.
    init(_ series: TabledSeries, mask: CellMask?, light: [RestingLight]) {
        let interval = series.frameIntervalMilliseconds
        phases = series.phases.indices.map { phase in
            Phase(
                label: series.phases[phase].label,
                start_s: Double(series.phases[phase].firstFrame) * interval / 1000,
                observed_s: series.observedSeconds(ofPhase: phase),
                usable_share: series.usableShare(ofPhase: phase)
            )
        }
        let rows = CellTable.rows(of: series)
        cells = series.cellNumbers.map { number in
            let own = rows.filter { $0.cell == number }
            return Cell(
                cell: number,
                area_um2: own.first?.activity?.areaSquareMicrometres,
                runs: mask?.runs(ofCell: number) ?? [],
                rates: series.phases.indices.map { phase in
                    Dictionary(
                        uniqueKeysWithValues: own.filter { $0.phase == phase }.map {
                            ($0.eventClass.name, $0.frequency)
                        }
                    )
                }
            )
        }
        sites = ReleaseSiteActivity.list(of: series).map { site in
            Site(
                site: site.number,
                cell: site.cell,
                event_type: site.eventTypes.joined(separator: " "),
                y_px: site.centroidPixels.y,
                x_px: site.centroidPixels.x,
                phases: site.visits.map { visits in
                    Site.Visits(
                        events: visits.onsetsMilliseconds.count,
                        first_latency_ms: visits.firstLatencyMilliseconds,
                        interval_median_ms: visits.intervalsMilliseconds.median
                    )
                }
            )
        }
        resting = Dictionary(grouping: light, by: \.cell).sorted { $0.key < $1.key }.map { cell, light in
            let step = max(1, (light.count + Self.mostPoints - 1) / Self.mostPoints)
            let kept = stride(from: 0, to: light.count, by: step).map { light[$0] }
            return Resting(
                cell: cell,
                frames: kept.map(\.frame),
                counts: kept.map { (($0.counts - $0.blankCounts) * 10).rounded() / 10 }
            )
        }
    }
}
