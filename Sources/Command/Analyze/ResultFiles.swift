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

    /// Writes the events as a table and as JSON.
    func write(
        _ events: [EventMessage],
        name: String,
        cell: CellActivityMessage?,
        sparkPeaks: [VoxelPosition],
        style: EventTableStyle = .sparkwatch
    ) throws {
        try EventTable(events: events, style: style).write(toPath: path(.table))
        let list = EventList(
            movie: name,
            cell: cell,
            events: events,
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
    /// - Throws: A file error if the table cannot be written.
    func write(movements: [FrameMovement]) throws {
        var text = "frame,y_px,x_px,undone,motion_left\n"
        for (frame, movement) in movements.enumerated() {
            let place = String(format: "%.3f,%.3f", movement.y, movement.x)
            text += "\(frame),\(place),\(movement.isUndone ? 1 : 0),\(movement.isUnsteady ? 1 : 0)\n"
        }
        try Data(text.utf8).write(to: URL(filePath: partialPath(.movement)))
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
    let cell: CellActivityMessage?
    let events: [EventMessage]
    /// Intensity peaks of sparks, `[frame, y, x]`.
    let sparkPeaks: [[Int]]

    /// What tells such a file from others.
    struct Header: Decodable {
        let format: String
    }

    private enum CodingKeys: String, CodingKey {
        case format, movie, cell, events
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
