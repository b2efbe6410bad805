import Foundation
import Imaging

/// A column of a table: its name, its unit, and what stands in it.
package struct TableColumn<Row>: Sendable {
    package let name: String
    /// As the reference writes it; nil for text.
    package let unit: String?
    let value: @Sendable (Row) -> String?

    static func text(
        _ name: String,
        in unit: String? = nil,
        _ value: @escaping @Sendable (Row) -> String?
    ) -> TableColumn {
        TableColumn(name: name, unit: unit, value: value)
    }

    static func number(_ name: String, in unit: String, _ value: @escaping @Sendable (Row) -> Double?) -> TableColumn {
        TableColumn(name: name, unit: unit) { value($0).flatMap(TableText.number) }
    }

    static func count(_ name: String, in unit: String, _ value: @escaping @Sendable (Row) -> Int?) -> TableColumn {
        TableColumn(name: name, unit: unit) { value($0).map(String.init) }
    }
}

/// Rows as a file (CSV, RFC 4180): a header, one row a line, empty where null.
package struct Table<Row: Sendable>: Sendable {
    let columns: [TableColumn<Row>]
    let rows: [Row]

    /// The whole table, header included, in UTF-8.
    package var csv: String {
        var lines = [columns.map { TableText.field($0.name, isText: true) }.joined(separator: ",")]
        lines += rows.map { row in
            columns.map { TableText.field($0.value(row) ?? "", isText: $0.unit == nil) }.joined(separator: ",")
        }
        return lines.map { $0 + "\r\n" }.joined()
    }

    /// Writes the table so that a reader finds the whole file or none, also after a crash.
    ///
    /// - Throws: ``JournalError`` if the disk does not take it; an older table of that name is then untouched.
    package func write(toPath path: String) throws(JournalError) {
        let temporaryPath = path + ".partial"
        do {
            let file = try JournalFile(path: temporaryPath, flags: O_WRONLY | O_CREAT | O_TRUNC)
            try file.write(Data(csv.utf8))
            try file.flush()
        } catch {
            unlink(temporaryPath)
            throw error
        }
        guard rename(temporaryPath, path) == 0 else {
            let code = errno
            unlink(temporaryPath)
            throw .systemCall(doing: "renaming \(temporaryPath)", path: path, code: code)
        }
    }
}

/// How values are written in tables.
enum TableText {
    /// A field of RFC 4180: in double quotes, these doubled, if it holds a comma, a quote or a line break.
    ///
    /// Text that looks like a number is quoted, too: readers that heed quotes leave `05` what it is.
    static func field(_ field: String, isText: Bool) -> String {
        // Scalars: "\r\n" is one character that equals neither of its parts.
        let needsQuotes =
            field.unicodeScalars.contains { ",\"\r\n".unicodeScalars.contains($0) }
            || isText && Double(field.trimmingCharacters(in: .whitespaces)) != nil
        return needsQuotes ? "\"" + field.replacing("\"", with: "\"\"") + "\"" : field
    }

    static func number(_ value: Double) -> String? {
        guard value.isFinite else { return nil }
        return value == value.rounded() && abs(value) < 1e15 ? "\(Int(saturating: value))" : "\(value)"
    }
}
