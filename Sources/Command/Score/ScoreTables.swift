import Foundation
import Imaging
import Scoring

/// Tables 1 to 3 as text for a terminal.
struct ScoreTables {
    private let evaluation: Evaluation

    private static let titleWidth = 24
    private static let columnWidth = 15

    init(_ evaluation: Evaluation) { self.evaluation = evaluation }

    var text: String {
        [overlapTable, annotatedTable, predictedTable, metricsTable].map { $0.joined(separator: "\n") }
            .joined(separator: "\n\n")
    }

    private var overlapTable: [String] {
        func row(_ title: String, _ table: IntersectionOverUnion) -> String {
            let classes = EventClass.allCases.map { table.classes[$0] }
            return line("  " + title, (classes + [table.average, table.binary, table.strictBinary]).map(number))
        }
        return [
            line("Table 1  IoU", classNames + ["average", "binary", "binary strict"]),
            row("all voxels", evaluation.pooledOverlap),
            row("mean over movies", evaluation.meanOverlap),
        ]
    }

    private var annotatedTable: [String] {
        [line("Table 2A annotated", ["total"] + classNames + ["undetected"])]
            + EventClass.allCases.map { eventClass in
                let row = evaluation.counts.annotated[eventClass]
                let parts = EventClass.allCases.map { row.matched[$0] } + [row.undetected]
                return line("  \(eventClass.name)s", ["\(row.total)"] + parts.map { share($0, of: row.total) })
            }
    }

    private var predictedTable: [String] {
        [line("Table 2B predicted", ["total"] + classNames + ["unlabeled", "ignored"])]
            + EventClass.allCases.map { eventClass in
                let row = evaluation.counts.predicted[eventClass]
                let parts = EventClass.allCases.map { row.matched[$0] } + [row.unlabeled]
                let cells = ["\(row.total)"] + parts.map { share($0, of: row.valid) } + ["\(row.ignored)"]
                return line("  \(eventClass.name)s", cells)
            }
    }

    private var metricsTable: [String] {
        func row(_ title: String, _ metrics: DetectionMetrics?) -> String {
            guard let metrics else { return line("  " + title, [String](repeating: "-", count: 6)) }
            let values = [
                metrics.precision, metrics.recall, metrics.f1Score, metrics.detected, metrics.correctlyClassified,
                metrics.labeled,
            ]
            return line("  " + title, values.map(number))
        }
        let metrics = evaluation.metrics
        return [line("Table 3", ["precision", "recall", "F1", "detected", "correct class", "labeled"])]
            + EventClass.allCases.map { row("\($0.name)s", metrics.classes[$0]) }
            + [row("average", metrics.average), row("total", metrics.total)]
    }

    private var classNames: [String] { EventClass.allCases.map { "\($0.name)s" } }

    private func line(_ title: String, _ cells: [String]) -> String {
        cells.reduce(title.padding(toLength: Self.titleWidth, withPad: " ", startingAt: 0)) { line, cell in
            line + String(repeating: " ", count: max(1, Self.columnWidth - cell.count)) + cell
        }
    }

    private func number(_ value: Double) -> String { String(format: "%.4f", value) }

    /// A count with its percentage of `whole`.
    private func share(_ count: Int, of whole: Int) -> String {
        whole == 0 ? "\(count)" : "\(count) (\(String(format: "%.1f", 100 * Double(count) / Double(whole)))%)"
    }
}
