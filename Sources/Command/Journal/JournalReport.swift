import Detection
import Foundation
import Imaging
import Journal
import Wire

/// Journals as a page that needs nothing but itself: no script, and every text of senders escaped.
struct JournalReport {
    /// Path and contents of every journal.
    let runs: [(path: String, summary: JournalSummary)]

    /// Events that a table shows at most; the whole list is in the table of events.
    private static let mostRows = 2000
    private static let (width, height) = (1100.0, 160.0)

    var html: String {
        let body = runs.map { run in
            let name = URL(filePath: run.path).lastPathComponent
            return "<h2>\(Self.escaped(name))</h2>\n<pre>\(Self.escaped(run.summary.text))</pre>\n"
                + run.summary.series.map(Self.section).joined(separator: "\n")
        }
        return """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>Sparkwatch journal</title>
            <style>
            \(String(decoding: PackageResources.report_css, as: UTF8.self))
            svg.raster { width: 100%; background: var(--panel); border-radius: 8px; }
            svg.raster rect { fill: var(--own); opacity: .85; }
            table { border-collapse: collapse; } td, th { padding: 2px 10px; text-align: right; }
            </style>
            </head>
            <body>
            <h1>Journal</h1>
            \(body.joined(separator: "\n"))
            <footer>Sparkwatch \(SparkwatchVersion.current)</footer>
            </body>
            </html>

            """
    }

    private static func section(_ series: JournalSummary.Series) -> String {
        let rows = series.events.prefix(mostRows).map { event in
            let place = event.centroidMicrometres.reversed().map { String(format: "%.1f", $0) }.joined(separator: ", ")
            let amplitude = (event.parameters["amplitude_dff0"] ?? nil).map { String(format: "%.2f", $0) } ?? ""
            let cells = [
                event.eventID, event.eventType, String(format: "%.1f", event.startMilliseconds),
                String(format: "%.1f", event.durationMilliseconds), place, amplitude,
                String(format: "%.2f", event.confidence), event.flags.map(\.rawValue).joined(separator: " "),
            ]
            return "<tr>" + cells.map { "<td>\(escaped($0))</td>" }.joined() + "</tr>"
        }
        let left = series.events.count - rows.count
        let names = ["event", "class", "start (ms)", "duration (ms)", "x, y (µm)", "ΔF/F0", "confidence", "flags"]
        return """
            <h3>\(escaped(series.start.seriesID))</h3>
            <p class="hint">Every event from its start to its end, at its place along x.</p>
            \(raster(series))
            <table><tr>\(names.map { "<th>\($0)</th>" }.joined())</tr>
            \(rows.joined(separator: "\n"))
            </table>
            \(left > 0 ? "<p class=\"hint\">\(left) further events: see the table (--table).</p>" : "")
            """
    }

    /// Time to the right, place along x upwards.
    private static func raster(_ series: JournalSummary.Series) -> String {
        let first = Double(series.start.firstFrame) * series.start.frameIntervalMilliseconds
        let last = series.events.map(\.endMilliseconds).max() ?? first
        let duration = max(1, last - first)
        let extent = Double(max(1, series.start.frameShape.last ?? 1))
        let marks = series.events.map { event in
            let x = (event.startMilliseconds - first) / duration * width
            let length = max(1.5, event.durationMilliseconds / duration * width)
            let box = event.boundingBox.count == 4 ? event.boundingBox : [0, 0, 0, 1]
            let y = Double(box[1]) / extent * height
            let tall = max(1.5, Double(box[3] - box[1]) / extent * height)
            let numbers = [x, y, length, tall].map { String(format: "%.1f", $0) }
            let kind = event.eventClass?.name ?? ""
            return "<rect class=\"\(kind)\" x=\"\(numbers[0])\" y=\"\(numbers[1])\" width=\"\(numbers[2])\" "
                + "height=\"\(numbers[3])\"/>"
        }
        return "<svg class=\"raster\" viewBox=\"0 0 \(Int(width)) \(Int(height))\" preserveAspectRatio=\"none\">"
            + marks.joined() + "</svg>"
    }

    private static func escaped(_ text: String) -> String {
        text.reduce(into: "") { result, character in
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            default: result.append(character)
            }
        }
    }
}
