import ArgumentParser
import Detection
import Foundation
import Imaging
import Journal

/// `sparkwatch measure`: the parameters of events whose masks are given.
struct MeasureCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "measure",
        abstract: "Measures the events of given masks.",
        discussion: """
            For NAME_video.tif or NAME.tif it reads NAME_class_label.tif and NAME_event_label.tif, as annotators write \
            them, or NAME_class.tif and NAME_instances.tif, as `analyze` does, and writes NAME_events.jsonl and \
            NAME_events.csv, NAME_cells.csv and NAME_cell.json (areas, frequencies), NAME_sites.csv (release sites). \
            Numbers of events are those of the masks. Documentation/reference/parameters.md defines every parameter.

            A movie that fails is reported and the rest go on. Exit code: 0 if every movie was measured, 1 if any failed.
            """
    )

    @Argument(help: "TIFF movies, folders (with all movies in and below them) or patterns such as 'day3/*_video.tif'.")
    var movies: [String]

    @Option(help: "Folder of the masks, with the subfolders of the movies; default: that of each movie.")
    var labels: String?

    @Option(
        name: .shortAndLong,
        help: "Folder for the results; made if missing. Movies below a folder keep their subfolders."
    )
    var output = "sparkwatch-output"

    @Flag(help: "Replace the table of `analyze` (its list of events and its record go with it) or of a review.")
    var overwrite = false

    @Option(help: "Columns of the tables: sparkwatch, or sparkmaster2 for the names that SparkMaster 2 uses.")
    var csvStyle = EventTableStyle.sparkwatch

    @OptionGroup
    var order: ClassOrderOptions

    @OptionGroup
    var source: SourceOptions

    func run() throws {
        let folder = URL(filePath: output)
        let selection = try MovieSelection(movies, leavingOut: folder)
        let measurement = MovieMeasurement(
            labels: labels.map { URL(filePath: $0) },
            output: folder,
            csvStyle: csvStyle,
            overwrites: overwrite,
            source: source,
            cells: try source.drawnCells(),
            order: order.classOrder
        )
        try OutputFolder.make(folder)
        var failures: [String] = []
        for movie in selection.movies {
            do {
                print(try measurement.run(on: movie).printable)
            } catch {
                failures.append(movie.path)
                Notes.write("\(movie.path): \(Self.message(for: error))")
            }
        }
        guard failures.isEmpty else {
            if selection.movies.count > 1 {
                Notes.write(
                    "\(failures.count) of \(selection.movies.count) movies failed: \(failures.joined(separator: ", "))"
                )
            }
            throw ExitCode.failure
        }
    }
}

extension EventTableStyle: ExpressibleByArgument {}
