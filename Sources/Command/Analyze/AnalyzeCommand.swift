import ArgumentParser
import Foundation
import Imaging

/// `sparkwatch analyze`: the events of recorded movies.
struct AnalyzeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "analyze",
        abstract: "Finds the events of recorded movies.",
        discussion: """
            Writes for NAME.tif or NAME_video.tif: NAME_class.tif and NAME_instances.tif (masks), NAME_events.csv and \
            NAME_events.json (events; areas of cells and frequencies), NAME_cells.csv (frequencies by cell and phase), \
            NAME_sites.csv (release sites), with --regions NAME_regions.csv (frequencies by region and phase), NAME_run.json (what was done with what). Without --streaming the whole movie is \
            known and the result is that of the published pipeline. With it the movie is treated frame by frame, as \
            live does: same frames, same events. NAME_marks.csv beside the movie, with the columns frame and label, divides \
            it into phases.

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

    @OptionGroup var drawing: RegionOptions

    @OptionGroup(title: "Detection options")
    var detection: DetectionOptions

    func run() throws {
        let selection = try MovieSelection(movies, leavingOut: URL(filePath: output))
        let analysis = MovieAnalysis(
            model: try InstalledFiles.loadModel(detection.model),
            options: options,
            regions: try drawing.drawn(),
            detection: detection,
            output: URL(filePath: output)
        )
        var failures: [String] = []
        var joined: [String: String] = [:]
        for (index, movie) in selection.movies.enumerated() {
            let place = selection.movies.count > 1 ? "[\(index + 1)/\(selection.movies.count)] " : ""
            if let first = joined[URL(filePath: movie.path).standardizedFileURL.path] {
                print("\(place)\(movie.name): part of the series of \(first), analysed with it".printable)
                continue
            }
            do {
                let line = try analysis.run(on: movie, progressTitle: place + movie.name) { remark in
                    Notes.write("\(place)\(movie.name): \(remark)")
                } joined: { paths in
                    for path in paths { joined[URL(filePath: path).standardizedFileURL.path] = movie.name }
                }
                print((place + line).printable)
            } catch {
                failures.append(movie.path)
                Notes.write("\(place)\(movie.name): \(error)")
            }
        }
        guard failures.isEmpty else {
            Notes.write(
                "\(failures.count) of \(selection.movies.count) movies failed: \(failures.joined(separator: ", "))"
            )
            throw ExitCode.failure
        }
    }
}
