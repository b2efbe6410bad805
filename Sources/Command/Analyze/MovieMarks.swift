import ArgumentParser
import Foundation
import Journal
import Wire

/// Steps of the protocol in a recorded movie: `NAME_marks.csv` beside it, with the columns `frame` and `label`.
struct MovieMarks {
    /// One step, which begins at a frame that is counted from 0.
    struct Mark: Codable, Equatable {
        let frame: Int
        let label: String
    }

    let marks: [Mark]

    /// Reads the marks of a movie, if there are any.
    ///
    /// - Throws: A file error if the file cannot be read, `ValidationError` that names the line that is no mark.
    init(besideMovie path: String, named name: String) throws {
        let url = URL(filePath: path).deletingLastPathComponent().appending(path: "\(name)_marks.csv")
        guard FileManager.default.fileExists(atPath: url.path) else {
            marks = []
            return
        }
        let lines = try String(contentsOf: url, encoding: .utf8).split(whereSeparator: \.isNewline)
        guard lines.first.map({ $0.split(separator: ",").map(Self.plain) }) == ["frame", "label"] else {
            throw ValidationError("\(url.path) does not begin with the columns frame,label.")
        }
        marks = try lines.dropFirst().enumerated().map { number, line in
            let parts = line.split(separator: ",", maxSplits: 1, omittingEmptySubsequences: false).map(Self.plain)
            guard parts.count == 2, let frame = Int(parts[0]), frame >= 0, let label = MarkMessage.label(parts[1])
            else {
                throw ValidationError(
                    "\(url.path), line \(number + 2): '\(line)' is no mark; give a frame, counted from 0, a comma and a label "
                        + "of \(MarkMessage.longestLabel) characters at most."
                )
            }
            return Mark(frame: frame, label: label)
        }.sorted { $0.frame < $1.frame }
    }

    func divide(_ series: inout TabledSeries) { for mark in marks { series.mark(mark.label, atFrame: mark.frame) } }

    /// What a person should know of them; nil if there are none.
    var remark: String? { marks.isEmpty ? nil : "\(marks.count) marks divide it into phases" }

    private static func plain(_ field: Substring) -> String {
        let text = field.trimmingCharacters(in: .whitespaces)
        guard text.count >= 2, text.hasPrefix("\""), text.hasSuffix("\"") else { return text }
        return String(text.dropFirst().dropLast()).replacing("\"\"", with: "\"")
    }
}
