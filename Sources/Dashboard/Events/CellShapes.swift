package import Detection
import Imaging

/// Where the cells are, as the page takes it.
package struct CellShapes: Encodable {
    /// The pixels of one cell, as runs: y, first x, end of x, and so on.
    package struct Shape: Encodable, Equatable {
        package let cell: Int
        package let runs: [Int]
    }

    package let page = "cells"
    package let seriesID: String
    package let cells: [Shape]

    package enum CodingKeys: String, CodingKey {
        case page
        case seriesID = "series_id"
        case cells
    }

    package init(_ cells: CellMask, seriesID: String) {
        self.seriesID = seriesID
        self.cells = cells.cells.map { Shape(cell: $0.number, runs: cells.runs(ofCell: $0.number)) }
    }
}
