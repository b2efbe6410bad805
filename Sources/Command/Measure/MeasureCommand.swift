import ArgumentParser
import Detection
import Foundation
import Imaging
import Journal
import Movies
import Session
import Wire

/// `sparkwatch measure`: the parameters of events whose masks are given.
struct MeasureCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "measure",
        abstract: "Measures the events of given masks.",
        discussion: """
            For NAME_video.tif or NAME.tif it reads NAME_class_label.tif and NAME_event_label.tif, as annotators write \
            them, or NAME_class.tif and NAME_instances.tif, as `analyze` does, and writes NAME_events.jsonl and \
            NAME_events.csv, NAME_cell.json (area, frequencies). Numbers of events are those of the masks. \
            Documentation/reference/parameters.md defines every parameter.
            """
    )

    @Argument(help: "TIFF movies.")
    var movies: [String]

    @Option(help: "Folder of the masks; default: that of each movie.")
    var labels: String?

    @Option(name: .shortAndLong, help: "Folder for the results; made if missing.")
    var output = "sparkwatch-output"

    @Option(help: "Columns of the tables: sparkwatch, or sparkmaster2 for the names that SparkMaster 2 uses.")
    var csvStyle = EventTableStyle.sparkwatch

    @OptionGroup
    var order: ClassOrderOptions

    @OptionGroup
    var source: SourceOptions

    func run() throws {
        let folder = URL(filePath: output)
        try OutputFolder.make(folder)
        let cell = try source.drawnCell()
        for path in movies {
            let movie = try source.movie(path)
            try MemoryNeed(of: movie, bytesPerVoxel: Self.bytesPerVoxel).check()
            let name = SelectedMovie(path: path).name
            let masks = try labelFiles(of: name, movie: path)
            let classes = try TIFFMovie(path: masks.classes)
            let instances = try TIFFMovie(path: masks.instances)
            try checkExtents(of: classes, against: movie)
            try checkExtents(of: instances, against: movie)
            try source.checkSize(of: cell, against: movie)
            let choice = try calibration(of: movie)
            let calibration = choice.calibration
            let scaled = try source.scaling(of: movie)
            let scale = scaled.scaling.factor
            for remark in movie.remarks + choice.remarks + scaled.remarks { Notes.write("\(name): \(remark)") }
            let frames = 0..<movie.frameCount
            let labels = order.classOrder.own(try classes.labels(frames: frames))
            let numbers = try instances.labels(frames: frames)
            if let doubt = ClassShapes(classes: labels, instances: numbers, size: movie.size).doubt(calibration) {
                Notes.write(order.classOrder.remark(doubt, on: classes.path, option: ClassOrderOptions.name))
            }
            let labelled = LabelledMovie(
                size: movie.size,
                counts: try movie.counts(frames: frames, scaledBy: scaled.scaling),
                classes: labels.map { UInt8(clamping: $0) },
                instances: numbers.map { Int($0) },
                darkLevelCounts: source.darkLevelCounts.map { Float($0) * scale },
                cellPixels: cell?.pixels,
                calibration: calibration
            )
            if let remark = DarkFrames.remark(labelled.darkFrameCount) { Notes.write("\(name): \(remark)") }
            let context = SeriesContext(seriesID: name, stream: name, calibration: calibration)
            let formatter = EventFormatter(context: context)
            let messages = labelled.events.map { formatter.message(of: $0) }
            try EventTable(events: messages, style: csvStyle)
                .write(toPath: folder.appending(path: "\(name)_events.csv").path)
            let lines = try messages.map { try PlainJSON.encode($0) + Data("\n".utf8) }
            try lines.reduce(into: Data()) { $0 += $1 }.write(to: folder.appending(path: "\(name)_events.jsonl"))
            let activity = CellActivity(
                cell: labelled.cell,
                frameCount: movie.frameCount,
                eventCounts: Dictionary(grouping: labelled.events, by: \.eventClass).mapValues(\.count),
                calibration: calibration
            ).map(CellActivityMessage.init)
            if let activity {
                try PlainJSON.encode(activity).write(to: folder.appending(path: "\(name)_cell.json"))
            }
            print(
                ("\(name): \(messages.count) events" + (activity.map { "; cell of \($0.text)" } ?? "")
                    + choice.assumptionText).printable
            )
        }
    }

    /// Counts, intensity and event numbers; measured.
    private static let bytesPerVoxel = 18

    private func labelFiles(of name: String, movie: String) throws -> (classes: String, instances: String) {
        let folder = labels.map { URL(filePath: $0) } ?? URL(filePath: movie).deletingLastPathComponent()
        let candidates = [("class_label", "event_label"), ("class", "instances")].map { classes, instances in
            (
                classes: folder.appending(path: "\(name)_\(classes).tif").path,
                instances: folder.appending(path: "\(name)_\(instances).tif").path
            )
        }
        let manager = FileManager.default
        let found = candidates.first {
            manager.fileExists(atPath: $0.classes) && manager.fileExists(atPath: $0.instances)
        }
        guard let found else {
            throw ValidationError(
                """
                \(folder.path) holds neither \(name)_class_label.tif and \(name)_event_label.tif nor \
                \(name)_class.tif and \(name)_instances.tif; name the folder of the masks with --labels.
                """
            )
        }
        return found
    }

    /// - Throws: `ValidationError` where neither the user nor the file tells a value.
    private func calibration(of movie: borrowing TIFFMovie) throws -> CalibrationChoice {
        let choice = source.calibration(of: movie, model: .published)
        for value in [choice.pixelSize, choice.frameInterval] where value.isAssumed {
            let refused = movie.calibration.implausible.first { $0.quantity == value.quantity }
            let reason = refused.map { "; \($0.text)" } ?? ""
            throw ValidationError(
                "\(movie.path) does not tell its \(value.quantity.name)\(reason); give it with \(value.quantity.option)."
            )
        }
        return choice
    }

    private func checkExtents(of mask: borrowing TIFFMovie, against movie: borrowing TIFFMovie) throws {
        guard mask.size == movie.size, mask.frameCount == movie.frameCount else {
            throw ValidationError(
                """
                \(mask.path) has \(mask.frameCount) frames of \(mask.size), but \(movie.path) \(movie.frameCount) of \
                \(movie.size); give masks of the same movie.
                """
            )
        }
    }
}

extension EventTableStyle: ExpressibleByArgument {}
