import Detection
import Foundation
import Imaging
import Journal
import Movies
import Session
import Wire

/// The files that `analyze` writes for one movie; each is there as a whole or not at all, the run record last.
struct ResultFiles {
    let folder: URL
    let name: String

    enum Kind: String, CaseIterable {
        case classes = "class.tif"
        case instances = "instances.tif"
        case sparks = "sparks.tif"
        case waves = "waves.tif"
        case puffs = "puffs.tif"
        case table = "events.csv"
        case cells = "cells.csv"
        case sites = "sites.csv"
        case regions = "regions.csv"
        case events = "events.json"
        case journal = "events.jsonl"
        case movement = "movement.csv"
        case report = "report.html"
        case record = "run.json"
    }

    private static let partialEnding = ".partial"

    func path(_ kind: Kind) -> String { folder.appending(path: "\(name)_\(kind.rawValue)").path }

    /// Where a file is written until it is complete.
    func partialPath(_ kind: Kind) -> String { path(kind) + Self.partialEnding }

    var partialMaps: ProbabilityMaps { ProbabilityMaps(folder: folder, name: name, ending: Self.partialEnding) }

    /// Makes the folder and takes away the record of an earlier run, whose results will be replaced.
    ///
    /// - Throws: ``ResultError/notOurs(path:)`` if the events there are not by `analyze`, a file error if the folder
    ///   cannot be made.
    func prepare() throws {
        if FileManager.default.fileExists(atPath: path(.events)) {
            let data = try Data(contentsOf: URL(filePath: path(.events)))
            guard (try? JSONDecoder().decode(EventList.Header.self, from: data))?.format == EventList.format else {
                throw ResultError.notOurs(path: path(.events))
            }
        }
        try OutputFolder.make(folder)
        unlink(path(.record))
    }

    /// Writes the events as a table and as JSON, and tables of cells, release sites and drawn regions.
    ///
    /// - Throws: `JournalError` or a file error if they cannot be written.
    func write(
        _ series: TabledSeries,
        cell: CellActivityMessage?,
        sparkPeaks: [VoxelPosition],
        style: EventTableStyle = .sparkwatch
    ) throws {
        try EventTable.table(of: [series], style: style).write(toPath: path(.table))
        try CellTable.table(of: [series]).write(toPath: path(.cells))
        try SiteTable.table(of: [series]).write(toPath: path(.sites))
        if series.regions.isEmpty {
            // What an earlier analysis left says nothing of this one.
            unlink(path(.regions))
        } else {
            try RegionTable.table(of: [series]).write(toPath: path(.regions))
        }
        let list = EventList(
            movie: name,
            file: series.source.file,
            folder: series.source.folder,
            seriesID: series.seriesID,
            assumed: series.assumed,
            phases: series.phases,
            cell: cell,
            cells: series.cells,
            events: series.events,
            sparkPeaks: sparkPeaks.map { [$0.frame, $0.y, $0.x] }
        )
        try PlainJSON.encode(list).write(to: URL(filePath: path(.events)), options: .atomic)
    }

    /// Writes everything that was said of events, final or not, as JSON lines in the order of the recording.
    ///
    /// - Throws: A file error if the journal cannot be written.
    func write(journal: [any WireMessage]) throws {
        let lines = try journal.map { try PlainJSON.encode($0) + Data("\n".utf8) }
        try lines.reduce(into: Data()) { $0 += $1 }.write(to: URL(filePath: partialPath(.journal)))
    }

    /// Writes where the cell was in every frame.
    ///
    /// - Throws: `JournalError` if the table cannot be written.
    func write(_ movements: [FrameMovement], of series: TabledSeries) throws {
        try MovementTable.table(of: movements, in: series).write(toPath: partialPath(.movement))
    }

    /// Gives the files their names, the record last.
    ///
    /// - Throws: ``ResultError/cannotComplete(path:reason:)``, or a file error if the record cannot be written.
    func complete(_ record: RunRecord) throws {
        for kind in Kind.allCases where FileManager.default.fileExists(atPath: partialPath(kind)) {
            guard rename(partialPath(kind), path(kind)) == 0 else {
                throw ResultError.cannotComplete(path: path(kind), reason: String(cString: strerror(errno)))
            }
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try encoder.encode(record).write(to: URL(filePath: path(.record)), options: .atomic)
    }

    /// Removes what was not completed.
    func discard() {
        for kind in Kind.allCases { unlink(partialPath(kind)) }
    }

    /// The record of an earlier run with the same setup, if all its results are there.
    func completeRecord(of setup: RunSetup) -> RunRecord? {
        guard let data = try? Data(contentsOf: URL(filePath: path(.record))),
            let record = try? JSONDecoder().decode(RunRecord.self, from: data), record.setup == setup,
            setup.outputs.allSatisfy({ FileManager.default.fileExists(atPath: path($0)) })
        else { return nil }
        return record
    }
}

/// All events of a movie as JSON.
struct EventList: Encodable {
    static let format = "sparkwatch-events-1"

    var format = Self.format
    let movie: String
    let file: String
    let folder: String
    let seriesID: String
    let assumed: [String]
    let phases: [TabledSeries.Phase]
    let cell: CellActivityMessage?
    let cells: [CellActivityMessage]
    let events: [EventMessage]
    /// Intensity peaks of sparks, `[frame, y, x]`.
    let sparkPeaks: [[Int]]

    /// What tells such a file from others.
    struct Header: Decodable {
        let format: String
    }

    private enum CodingKeys: String, CodingKey {
        case format, movie, file, folder, assumed, phases, cell, cells, events
        case seriesID = "series_id"
        case sparkPeaks = "spark_peaks"
    }
}

/// Why results cannot be written.
enum ResultError: Error, CustomStringConvertible {
    case notOurs(path: String)
    case cannotComplete(path: String, reason: String)

    var description: String {
        switch self {
        case .notOurs(let path):
            "\(path) is there and was not written by sparkwatch analyze; choose another --output folder"
        case .cannotComplete(let path, let reason):
            "\(path): cannot replace it: \(reason); check your rights to the folder"
        }
    }
}
