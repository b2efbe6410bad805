import ArgumentParser
import Foundation
import Imaging
import Journal

/// `sparkwatch journal`: what a live run found, from the file that it wrote.
struct JournalCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "journal",
        abstract: "Makes table, summary and report of the journal of a live run, also of one that was killed.",
        discussion: """
            A journal holds every message before it is published, so that nothing that anybody heard is missing in it. \
            Lines that were cut off are passed over and said. Several journals are taken one after another.
            """
    )

    @Argument(help: "Journals (.jsonl) of `sparkwatch live`.")
    var journals: [String]

    @Option(help: "Write the final events to this table (CSV), and of NAME.csv also NAME_cells.csv and NAME_sites.csv.")
    var table: String?

    @Option(help: "Columns of the table.")
    var csvStyle = EventTableStyle.sparkwatch

    @Option(help: "Write a page (HTML) with all series and events to this file.")
    var report: String?

    @Flag(help: "Write over files that are there.")
    var overwrite = false

    func validate() throws {
        for path in tables.map(\.path) + [report].compactMap(\.self)
        where !overwrite && FileManager.default.fileExists(atPath: path) {
            throw ValidationError("\(path) is there already. Choose another name, or give --overwrite.")
        }
    }

    /// Of events, cells, release sites and drawn regions; empty if none are wanted.
    private var tables: [URL] {
        guard let url = table.map({ URL(filePath: $0) }) else { return [] }
        return [url] + ["cells", "sites", "regions"].map { RunFiles.companion(of: url, $0) }
    }

    func run() throws {
        var readers: [JournalReader] = []
        for path in journals {
            let reader = try JournalReader(path: path)
            guard !reader.entries.isEmpty else { throw JournalReadError.noMessages(path: path) }
            readers.append(reader)
        }
        let summaries = readers.map(JournalSummary.init)
        for (path, summary) in zip(journals, summaries) {
            print("\(path.printable)\n\(summary.text)")
        }
        if !tables.isEmpty {
            let series = zip(journals, readers).flatMap { path, reader in
                TabledSeries.list(of: [(URL(filePath: path), reader)])
            }
            try EventTable.table(of: series, style: csvStyle).write(toPath: tables[0].path)
            try CellTable.table(of: series).write(toPath: tables[1].path)
            try SiteTable.table(of: series).write(toPath: tables[2].path)
            if series.contains(where: { !$0.regions.isEmpty }) {
                try RegionTable.table(of: series).write(toPath: tables[3].path)
            } else {
                unlink(tables[3].path)
            }
        }
        if let report {
            let page = JournalReport(runs: Array(zip(journals, summaries)))
            try Data(page.html.utf8).write(to: URL(filePath: report), options: .atomic)
        }
    }
}
