import Corrections
import Detection
package import Foundation
import Imaging
import Journal
import Movies
import Session
import Wire

/// What comes out of a review, in a folder of the reviewer's own: labels, and every event measured anew.
package struct ReviewOutputs {
    /// `NAME_class_label.tif` and the rest.
    package let folder: URL

    private let movie: OpenMovie
    private let reviewer: String
    private let labels: LabelPaths

    package init(_ movie: OpenMovie, reviewer: String) {
        self.movie = movie
        self.reviewer = reviewer
        let (folder, name) = (movie.files.outputs(of: reviewer), movie.files.name)
        self.folder = folder
        labels = LabelPaths(
            classes: folder.appending(path: "\(name)_class_label.tif").path,
            instances: folder.appending(path: "\(name)_event_label.tif").path
        )
    }

    private func path(_ ending: String) -> URL { folder.appending(path: "\(movie.files.name)_\(ending)") }

    /// Writes everything; what a review wrote before is replaced.
    ///
    /// - Returns: What was written, in a line.
    /// - Throws: ``ReviewOutputError`` if somebody else has changed the labels since, or what the disk does not take.
    package func write() throws -> String {
        let reviewed = movie.reviewed
        try OutputFolder.make(folder)
        try checkAreOurs()
        let live = reviewed.all.filter { $0.verdict != .deleted }
        try labels.write(
            live.map { LabelledEvent(number: $0.number, label: $0.eventClass.label, mask: $0.mask) },
            of: movie.extent,
            calibration: movie.calibration
        )
        let classified = live.filter { $0.eventClass.eventClass != nil }
        let measured = movie.measuredMovie(reviewed)
        let events = measured.events(
            classified.compactMap { event in
                event.eventClass.eventClass.map { .init(number: event.number, eventClass: $0, mask: event.mask) }
            }
        )
        let name = movie.files.name
        let context = SeriesContext(seriesID: name, stream: name, calibration: movie.calibration)
        var series = TabledSeries(movie: movie.files.movie, context: context, frameCount: movie.extent.frameCount)
        series.events = events.map { EventFormatter(context: context).message(of: $0) }
        var counts: CellActivity.EventCounts = [:]
        counts.count(events)
        series.cells = CellActivity.each(
            of: measured.cells,
            frameCount: movie.extent.frameCount,
            eventCounts: counts,
            calibration: movie.calibration
        ).map(CellActivityMessage.init)
        let verdicts = zip(series.events, classified).map { ($0.eventID, $1.verdict.tableText) }
        try EventTable.table(of: [series], reviewed: Dictionary(verdicts) { first, _ in first })
            .write(toPath: path("events.csv").path)
        try CellTable.table(of: [series]).write(toPath: path("cells.csv").path)
        try SiteTable.table(of: [series]).write(toPath: path("sites.csv").path)
        let lines = try series.events.map { try PlainJSON.encode($0) + Data("\n".utf8) }
        try lines.reduce(into: Data()) { $0 += $1 }.write(to: path("events.jsonl"), options: .atomic)
        let activity = CellActivity(
            cells: measured.cells,
            frameCount: movie.extent.frameCount,
            eventCounts: counts,
            calibration: movie.calibration
        ).map(CellActivityMessage.init)
        if let activity { try PlainJSON.encode(activity).write(to: path("cell.json"), options: .atomic) }
        linkMovie()
        try record(reviewed)
        let open = reviewed.openCount > 0 ? "; \(reviewed.openCount) not reviewed yet" : ""
        return "\(name): \(live.count) events of \(reviewer) written to \(folder.path)\(open)"
    }

    /// Training reads a movie beside its labels.
    private func linkMovie() {
        let link = path("video.tif").path
        guard (try? FileManager.default.attributesOfItem(atPath: link)) == nil else { return }
        let target = URL(filePath: movie.files.movie).standardizedFileURL.path
        // Where the file system has no links, a person puts the movie there.
        try? FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: target)
    }

    // MARK: - Whose they are

    /// What was written, to tell labels that somebody changed since.
    private struct Record: Codable {
        let format: String
        let reviewer: String
        let written: String
        let events: [String: Int]
        let notReviewed: Int
        let classLabel: Stamp
        let eventLabel: Stamp

        private enum CodingKeys: String, CodingKey {
            case format, reviewer, written, events
            case notReviewed = "not_reviewed"
            case classLabel = "class_label"
            case eventLabel = "event_label"
        }
    }

    private struct Stamp: Codable, Equatable {
        let bytes: Int
        let modified: Double

        init?(path: String) {
            guard let attributes = try? FileManager.default.attributesOfItem(atPath: path),
                let bytes = attributes[.size] as? Int, let date = attributes[.modificationDate] as? Date
            else { return nil }
            self.bytes = bytes
            modified = (date.timeIntervalSince1970 * 1e3).rounded()
        }
    }

    private static let format = "sparkwatch-reviewed-1"

    private func checkAreOurs() throws {
        let record = (try? Data(contentsOf: path("reviewed.json")))
            .flatMap { try? PlainJSON.decode(Record.self, from: $0) }
        for (file, known) in [(labels.classes, record?.classLabel), (labels.instances, record?.eventLabel)] {
            if let stamp = Stamp(path: file), stamp != known { throw ReviewOutputError(path: file) }
        }
    }

    private func record(_ reviewed: ReviewedMovie) throws {
        guard let classLabel = Stamp(path: labels.classes), let eventLabel = Stamp(path: labels.instances) else {
            return
        }
        let record = Record(
            format: Self.format,
            reviewer: reviewer,
            written: Date().formatted(.iso8601),
            events: Dictionary(grouping: reviewed.all, by: \.verdict.rawValue).mapValues(\.count),
            notReviewed: reviewed.openCount,
            classLabel: classLabel,
            eventLabel: eventLabel
        )
        try PlainJSON.encode(record).write(to: path("reviewed.json"), options: .atomic)
    }
}

/// Labels that a review wrote were changed since.
package struct ReviewOutputError: Error, CustomStringConvertible {
    package let path: String

    package var description: String {
        "\(path) was changed since the review wrote it, or is not by it; move it away, and write again"
    }
}

extension ReviewedEvent.Verdict {
    /// In the column `reviewed`; empty for events that nobody has looked at.
    fileprivate var tableText: String { self == .open ? "" : rawValue }
}
