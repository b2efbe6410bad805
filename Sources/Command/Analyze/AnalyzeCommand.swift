import ArgumentParser
import Detection
import Foundation
import Streams
import UNet

/// `sparkwatch analyze`: the events of recorded movies.
struct AnalyzeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "analyze",
        abstract: "Finds the events of recorded movies.",
        discussion: """
            Writes NAME_class.tif, NAME_instances.tif, NAME_events.jsonl and NAME_events.csv for NAME_video.tif or \
            NAME.tif. With --streaming the movie is treated frame by frame, as `live` would: same frames, same events. \
            Without it the whole movie is known, and the result is that of the published pipeline.
            """
    )

    @Argument(help: "TIFF movies.")
    var movies: [String]

    @Option(name: .shortAndLong, help: "Folder for the results; made if missing.")
    var output = "sparkwatch-output"

    @Flag(help: "Causal analysis, as live.")
    var streaming = false

    @Flag(inversion: .prefixedNo, help: "Write class and instance masks.")
    var masks = true

    @OptionGroup(title: "Detection options")
    var detection: DetectionOptions

    func run() throws {
        let model = try InstalledFiles.loadModel(detection.model)
        let folder = URL(filePath: output)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for path in movies {
            let movie = try TIFFMovie(path: path)
            let name = Self.name(of: path)
            let started = ContinuousClock.now
            let results = try analyze(movie, named: name, model: model)
            let files = ResultFiles(folder: folder, name: name)
            try files.write(results.messages)
            if masks { try files.write(classes: results.classes, instances: results.instanceIDs, of: movie) }
            let seconds = (ContinuousClock.now - started) / .seconds(1)
            print(results.summary(of: name, frameCount: movie.frameCount, seconds: seconds))
        }
    }

    private func analyze(
        _ movie: borrowing TIFFMovie,
        named name: String,
        model: Model
    ) throws -> MovieResults {
        let results = MovieResults(size: movie.size, frameCount: movie.frameCount)
        let session = DetectionSession(
            configuration: try detection.session(with: model, isWholeMovie: !streaming),
            sink: results
        )
        let progress = ProgressLine(name: name, total: movie.frameCount, unit: "frames")
        let scaling = try detection.scaling(of: movie)
        if streaming {
            try session.takeMovie(movie, name: name, scaling: scaling) { progress.show($0) }
        } else {
            try session.takeWholeMovie(movie, name: name, scaling: scaling) { progress.show($0) }
        }
        progress.finish()
        return results
    }

    /// `cell3` for `folder/cell3_video.tif` and `folder/cell3.tif`.
    private static func name(of path: String) -> String {
        let name = URL(filePath: path).deletingPathExtension().lastPathComponent
        return name.hasSuffix("_video") ? String(name.dropLast("_video".count)) : name
    }
}
