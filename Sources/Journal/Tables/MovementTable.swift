package import Detection
import Imaging

/// Where the cells of a movie were in every frame, as a table.
package enum MovementTable {
    /// A frame.
    package struct Row: Sendable {
        package var series: TabledSeries
        package var frame: Int
        package var movement: FrameMovement
    }

    package static func table(of movements: [FrameMovement], in series: TabledSeries) -> Table<Row> {
        var place = series
        // Every row holds a copy.
        place.events = []
        let rows = movements.enumerated().map { Row(series: place, frame: $0, movement: $1) }
        return Table(columns: columns, rows: rows)
    }

    package static let columns: [TableColumn<Row>] = [
        .text("file") { $0.series.source.file },
        .text("folder") { $0.series.source.folder },
        .text("series_id") { $0.series.seriesID },
        .text("phase") { $0.series.phases[$0.series.phase(ofFrame: $0.frame)].label },
        .count("frame", in: "frame") { $0.frame },
        .number("shift_y_px", in: "px") { Double($0.movement.y).rounded(decimals: 3) },
        .number("shift_x_px", in: "px") { Double($0.movement.x).rounded(decimals: 3) },
        .count("undone", in: "1") { $0.movement.isUndone ? 1 : 0 },
        .count("motion_left", in: "1") { $0.movement.isUnsteady ? 1 : 0 },
        .text("stream") { $0.series.stream },
    ]
}
