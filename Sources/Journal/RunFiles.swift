package import Foundation
import Imaging
import Synchronization

/// The files of one live run: a journal that grows, and tables made of it at the end.
///
/// Where a journal disappears while the run goes on, another one follows it. Safe to use from any thread.
package final class RunFiles: Sendable {
    package let table: URL
    /// How often cells had events, and release sites.
    package var cellTable: URL { Self.companion(of: table, "cells") }
    package var siteTable: URL { Self.companion(of: table, "sites") }
    /// How often events came in drawn regions, and where these are; only where there are any.
    package var regionTable: URL { Self.companion(of: table, "regions") }
    package var regionFile: URL { regionTable.deletingPathExtension().appendingPathExtension("json") }

    private let folder: URL
    private let paths: Mutex<[URL]>

    /// What names of journals begin with.
    package static let namePrefix = "sparkwatch-"
    static let journalEnding = "jsonl"

    /// Makes the folder and picks names that are free, by date and time.
    ///
    /// - Throws: `OutputFolderError` if the folder cannot be made.
    package init(folder path: String) throws {
        folder = URL(filePath: path)
        let journal = try Self.freeJournal(in: folder)
        paths = Mutex([journal])
        table = journal.deletingPathExtension().appendingPathExtension("csv")
    }

    /// The journal at present.
    package var journal: URL { paths.withLock { $0[$0.count - 1] } }

    /// All journals of the run, in their order.
    package var journals: [URL] { paths.withLock { $0 } }

    /// Picks a name for a journal that follows one that is gone; makes the folder if that is gone too.
    ///
    /// - Throws: `OutputFolderError` if the folder cannot be made.
    package func nextJournal() throws -> URL {
        let journal = try Self.freeJournal(in: folder)
        paths.withLock { $0.append(journal) }
        return journal
    }

    /// Writes what the journals hold as tables: events, cells, release sites, drawn regions.
    ///
    /// - Throws: `JournalReadError` if a journal that is there cannot be read, `JournalError` or a file error if a file
    ///   cannot be written.
    package func writeTables() throws {
        let journals = journals
        let left = journals.filter { FileManager.default.fileExists(atPath: $0.path) || journals.count == 1 }
        try OutputFolder.make(folder)
        let series = TabledSeries.list(of: try left.map { ($0, try JournalReader(path: $0.path)) })
        try EventTable.table(of: series).write(toPath: table.path)
        try CellTable.table(of: series).write(toPath: cellTable.path)
        try SiteTable.table(of: series).write(toPath: siteTable.path)
        guard series.contains(where: { !$0.regions.isEmpty }) else { return }
        try RegionTable.table(of: series).write(toPath: regionTable.path)
        guard let last = series.last, !last.regions.isEmpty else { return }
        try RegionFile(last.regions.map(\.drawn)).json.write(to: regionFile, options: .atomic)
    }

    /// A table beside that of the events.
    package static func companion(of table: URL, _ kind: String) -> URL {
        let name = "\(table.deletingPathExtension().lastPathComponent)_\(kind)"
        return table.deletingLastPathComponent().appending(path: name).appendingPathExtension("csv")
    }

    private static func freeJournal(in folder: URL) throws(OutputFolderError) -> URL {
        try OutputFolder.make(folder)
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.dateFormat = "yyyyMMdd-HHmmss"
        let name = "\(namePrefix)\(format.string(from: Date()))"
        let urls = ([name] + (2...99).map { "\(name)-\($0)" }).map { folder.appending(path: "\($0).\(journalEnding)") }
        return urls.first { !FileManager.default.fileExists(atPath: $0.path) } ?? urls[0]
    }
}
