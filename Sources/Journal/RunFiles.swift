package import Foundation
import Imaging

/// The files of one live run: a journal that grows, and a table made of it at the end.
package struct RunFiles {
    package let journal: URL
    package let table: URL

    /// Makes the folder and picks names that are free, by date and time.
    ///
    /// - Throws: `OutputFolderError` if the folder cannot be made.
    package init(folder path: String) throws {
        let folder = URL(filePath: path)
        try OutputFolder.make(folder)
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.dateFormat = "yyyyMMdd-HHmmss"
        let name = "sparkwatch-\(format.string(from: Date()))"
        let names = [name] + (2...99).map { "\(name)-\($0)" }
        let free = names.first { !FileManager.default.fileExists(atPath: folder.appending(path: "\($0).jsonl").path) }
        journal = folder.appending(path: "\(free ?? name).jsonl")
        table = folder.appending(path: "\(free ?? name).csv")
    }

    /// Writes all events of the journal as a table.
    ///
    /// - Throws: `JournalError` if the journal cannot be read or the table not be written.
    package func writeTable() throws {
        try EventTable(events: JournalReader(path: journal.path).events).write(toPath: table.path)
    }
}
