import ArgumentParser
import Foundation

/// `sparkwatch analyze`: the events of recorded movies.
struct AnalyzeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "analyze",
        abstract: "Finds the events of recorded movies.",
        discussion: """
            Writes for NAME.tif or NAME_video.tif: NAME_class.tif and NAME_instances.tif (masks), NAME_events.csv and \
            NAME_events.json (events; area of the cell and frequencies), NAME_run.json (what was done with what). Without --streaming the whole movie is \
            known and the result is that of the published pipeline. With it the movie is treated frame by frame, as \
            live does: same frames, same events.

            A movie that fails is reported and the rest go on. Exit code: 0 if every movie was analysed, 1 if any \
            failed.
            """
    )

    @Argument(help: "TIFF movies, folders (with all movies in and below them) or patterns such as 'day3/*_video.tif'.")
    var movies: [String]

    @Option(
        name: [.short, .long, .customLong("out")],
        help: "Folder for the results; made if missing. Movies below a folder keep their subfolders."
    )
    var output = "sparkwatch-output"

    @OptionGroup
    var options: AnalysisOptions

    @OptionGroup(title: "Detection options")
    var detection: DetectionOptions

    func run() throws {
        let selection = try MovieSelection(movies, leavingOut: URL(filePath: output))
        let analysis = MovieAnalysis(
            model: try InstalledFiles.loadModel(detection.model),
            options: options,
            detection: detection,
            output: URL(filePath: output)
        )
        var failures: [String] = []
        for (index, movie) in selection.movies.enumerated() {
            let place = selection.movies.count > 1 ? "[\(index + 1)/\(selection.movies.count)] " : ""
            do {
                print(place + (try analysis.run(on: movie, progressTitle: place + movie.name)))
            } catch {
                failures.append(movie.path)
                FileHandle.standardError.write(Data("\(place)\(movie.name): \(error)\n".utf8))
            }
        }
        guard failures.isEmpty else {
            let summary =
                "\(failures.count) of \(selection.movies.count) movies failed: \(failures.joined(separator: ", "))\n"
            FileHandle.standardError.write(Data(summary.utf8))
            throw ExitCode.failure
        }
    }
}
