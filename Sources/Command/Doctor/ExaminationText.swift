import Foundation
import Imaging
import Session

/// An examination as a table for a terminal.
struct ExaminationText {
    let text: String

    init(_ examination: Examination, name: String) {
        let width = examination.checks.map(\.name.rawValue.count).max() ?? 0
        let lines = examination.checks.map { check in
            let label = check.name.rawValue.replacing("_", with: " ").padding(
                toLength: width,
                withPad: " ",
                startingAt: 0
            )
            let mark = Self.mark(check.grade)
            let indent = String(repeating: " ", count: width + mark.count + 6)
            let limit = check.grade == .good ? "" : " (\(check.limit))"
            return ["  \(mark)  \(label)  \(check.text)\(limit)"] + (check.advice.map { [indent + $0] } ?? [])
        }
        text = (["\(name): \(examination.summary)"] + lines.joined()).map(\.printable).joined(separator: "\n")
    }

    private static func mark(_ grade: Check.Grade) -> String {
        switch grade {
        case .good: "good  "
        case .unknown: "-     "
        case .notice: "notice"
        case .bad: "BAD   "
        }
    }
}
