import ArgumentParser
import Foundation
import Imaging
import Scoring

/// `sparkwatch score`: how well predictions agree with annotations, and raters with each other.
struct ScoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "score",
        abstract: "Compares predicted with annotated events, or raters with each other.",
        discussion: "`sparkwatch score LABELS PREDICTIONS` is short for `sparkwatch score events LABELS PREDICTIONS`.",
        subcommands: [ScoreEventsCommand.self, ScoreRatersCommand.self],
        defaultSubcommand: ScoreEventsCommand.self
    )
}

/// `sparkwatch score events`: Tables 1 to 3 of the paper for predictions against annotations.
struct ScoreEventsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events",
        abstract: "Compares predicted with annotated events.",
        discussion: """
            For every NAME_class_label.tif and NAME_event_label.tif in LABELS, reads NAME_class.tif and \
            NAME_instances.tif in PREDICTIONS, as analyze writes them. Classes: 0 background, 1 spark, 2 wave, 3 puff, \
            4 undefined. Prints Table 1 (overlap of voxels), Table 2 (matched events) and Table 3 (precision, recall, F1; a \
            class that neither side has is left out of its average).

            A movie that cannot be compared is reported and left out. Exit code: 0 if every movie was compared, 1 if any \
            was not.
            """
    )

    @Argument(help: "Folder of annotations.")
    var labels: String

    @Argument(help: "Folder of predictions.")
    var predictions: String

    @Option(parsing: .unconditional, help: "Leave out this many frames at the start and at the end of every movie.")
    var trim = 0

    @OptionGroup
    var order: ClassOrderOptions

    @Option(
        help: ArgumentHelp("The same for the masks in PREDICTIONS.", valueName: "names"),
        transform: { try ClassOrder($0) }
    )
    var predictionClassOrder = ClassOrder.own

    @Option(help: "Also write the tables to this JSON file.")
    var json: String?

    func validate() throws {
        guard trim >= 0 else { throw ValidationError("--trim is a number of frames, 0 or more, not \(trim)") }
    }

    func run() throws {
        let names = try MaskFiles.names(in: URL(filePath: labels))
        let progress = ProgressLine(name: "score", total: names.count, unit: "movies")
        var movies: [MovieComparison] = []
        var left: [String] = []
        var remarks: [String] = []
        for (index, name) in names.enumerated() {
            do {
                let files = try MaskFiles(
                    name: name,
                    labels: URL(filePath: labels),
                    predictions: URL(filePath: predictions)
                )
                let comparison = try files.comparison(
                    trimming: trim,
                    orders: (annotation: order.classOrder, prediction: predictionClassOrder)
                ) { remarks.append($0) }
                movies.append(comparison)
            } catch {
                left.append(name)
                Notes.write("\(name): \(error)")
            }
            progress.show(index + 1)
        }
        progress.finish()
        for remark in remarks { Notes.write(remark) }
        guard !movies.isEmpty else { throw ScoreError.nothingToCompare(folder: predictions) }
        let evaluation = Evaluation(movies)
        print(ScoreTables(evaluation).text)
        if let json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
            try encoder.encode(evaluation).write(to: URL(filePath: json), options: .atomic)
        }
        guard left.isEmpty else {
            Notes.write("\(left.count) of \(names.count) movies were left out: \(left.joined(separator: ", "))")
            throw ExitCode.failure
        }
    }
}
