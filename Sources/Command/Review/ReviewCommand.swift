import ArgumentParser
import Foundation
import Imaging
import Review
import Session

/// `sparkwatch review`: a page on which a person corrects what was found.
struct ReviewCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "review",
        abstract: "Opens a page to correct what was found: accept, delete, retype, split, merge, redraw, add.",
        discussion: """
            RESULTS is a folder that `analyze` or `annotate` has written. Nothing in it is changed: every action is \
            appended to NAME_review.jsonl, from which the review is rebuilt; several people may review the same results, \
            each under a name. `Write` on the page, or --write, makes of it NAME_class_label.tif, NAME_event_label.tif, \
            NAME_events.csv (measured anew, with a column `reviewed`), NAME_events.jsonl and NAME_cell.json in \
            RESULTS/reviewed-REVIEWER, as score, measure and Training/ read them.
            """
    )

    @Argument(help: "Folder of results, or of labels; folders below are searched too.")
    var results: String

    @Argument(help: "TIFF movies, folders or patterns; default: where the movies were when they were analysed.")
    var movies: [String] = []

    @Option(help: "Who reviews: letters, digits, spaces, dots, dashes; default: the user's name on this computer.")
    var reviewer: String?

    @Option(
        help: ArgumentHelp(
            "Folder with the journals of the live run: what was corrected at its page is taken over; default: RESULTS and the folder above.",
            valueName: "folder"
        ),
        completion: .directory
    )
    var liveRun: String?

    @Flag(help: "Write labels and tables of the review as it is, and end; no page.")
    var write = false

    @OptionGroup(title: "Page options")
    var page: PageAddressOptions

    @OptionGroup(title: "Source options")
    var source: SourceOptions

    func validate() throws {
        guard source.cellMask == nil else {
            throw ValidationError("review finds the cell itself: leave out --cell-mask.")
        }
        try ReviewerName.check(reviewer)
    }

    func run() throws {
        let files = try ReviewFiles.all(in: results, movies: try namedMovies())
        let name = reviewer ?? ReviewerName.ofUser
        let settings = MovieSettings(
            channel: source.channel,
            bitDepth: source.bitDepth,
            darkLevelCounts: source.darkLevelCounts,
            calibration: source.statedCalibration,
            run: liveRun
        )
        if write { return try writeOutputs(of: files, reviewer: name, settings) }
        let review = try ReviewRun(files, reviewer: name, settings: settings, page: page.configuration)
        Interruption.install()
        Notes.write("review of \(files.count) movies by \(name): \(review.address)")
        review.run(notice: Notes.write) { Interruption.isRequested }
    }

    private func writeOutputs(of files: [ReviewFiles], reviewer: String, _ settings: MovieSettings) throws {
        var hasFailed = false
        for file in files {
            do {
                let movie = try OpenMovie(file, reviewer: reviewer, settings: settings)
                for remark in movie.remarks { Notes.write("\(file.name): \(remark)") }
                print(try ReviewOutputs(movie, reviewer: reviewer).write().printable)
            } catch {
                hasFailed = true
                Notes.write("\(file.name): \(error)")
            }
        }
        if hasFailed { throw ExitCode.failure }
    }

    private func namedMovies() throws -> [String: String] {
        guard !movies.isEmpty else { return [:] }
        let selection = try MovieSelection(movies, leavingOut: URL(filePath: results))
        return Dictionary(selection.movies.map { ($0.name, $0.path) }) { first, _ in first }
    }
}
