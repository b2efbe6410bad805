import ArgumentParser
import Foundation
import Imaging
import Journal
import Movies
import Wire

/// `sparkwatch certify`: what a live run is worth, against its recording and against reviewers.
struct CertifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "certify",
        abstract: "Compares a live run with the analysis of its recording, and both with reviewed events.",
        discussion: """
            RUN is the --output folder of `sparkwatch live`, with its journals. Every recording (--record) that belongs \
            to a series of them is analysed with --streaming, as live did it, into RUN/certified, where `sparkwatch \
            review RUN/certified` can correct it; what reviewers have written there is compared, too. Writes \
            NAME_certificate.json and NAME_certificate.html, a page to print: what agreed, what was lost beside gaps, \
            precision, recall and F1 with 95 % intervals, latency, model and version.
            """
    )

    @Argument(help: ArgumentHelp("Folder with the journals of a live run.", valueName: "run"))
    var runFolder: String

    @Argument(help: "Recordings, folders or patterns; default: those in and below RUN.")
    var recordings: [String] = []

    @OptionGroup(title: "Detection options")
    var detection: DetectionOptions

    func run() throws {
        let folder = URL(filePath: runFolder)
        let output = folder.appending(path: "certified")
        let series = try journalledSeries(in: folder)
        let selection = try MovieSelection(recordings.isEmpty ? [runFolder] : recordings, leavingOut: output)
        let model = try InstalledFiles.loadModel(detection.model)
        let options = try AnalysisOptions.parse(["--streaming", "--resume"])
        let analysis = MovieAnalysis(
            model: model,
            options: options,
            regions: [],
            detection: detection,
            output: output
        )
        var isCertified = false
        for selected in selection.movies {
            let recording = SelectedMovie(path: selected.path)
            guard let (frames, id) = try recordedFrames(of: recording) else { continue }
            guard let own = series.first(where: { $0.start.seriesID == id }) ?? (series.count == 1 ? series.first : nil)
            else {
                Notes.write("\(recording.name): no journal in \(runFolder) knows its series \(id ?? "without a name")")
                continue
            }
            let line = try analysis.run(on: recording, progressTitle: recording.name) { remark in
                Notes.write("\(recording.name): \(remark)")
            } joined: { _ in
            }
            print(line.printable)
            let certificate = RunCertificate(
                own,
                recording: URL(filePath: recording.path).lastPathComponent,
                frames: frames,
                analysis: try CertifiedFiles.analysedEvents(of: recording.name, in: output),
                reviews: try CertifiedFiles.reviews(of: recording.name, in: output)
            )
            print(try CertifiedFiles.write(certificate, name: recording.name, to: output).printable)
            isCertified = true
        }
        guard isCertified else {
            throw ValidationError(
                "no recording of \(runFolder) belongs to its journals; record with `live --record FOLDER`, and name FOLDER behind RUN."
            )
        }
    }

    private func journalledSeries(in folder: URL) throws -> [JournalSummary.Series] {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".jsonl") }
        let series = try names.sorted().flatMap { name in
            JournalSummary(try JournalReader(path: folder.appending(path: name).path)).series
        }
        guard !series.isEmpty else {
            throw ValidationError("\(folder.path) holds no journal (.jsonl) of a live run; name its --output folder.")
        }
        return series
    }

    /// Acquisition indices of a recording's frames and the name of its series; nil for a movie that `live` did not record.
    private func recordedFrames(of recording: SelectedMovie) throws -> (frames: [Int], seriesID: String?)? {
        let movie = try detection.source.movie(recording.path)
        guard let series = movie.recordedSeries else { return nil }
        return ((0..<movie.frameCount).map { movie.recordedFrame($0)?.frame ?? $0 }, series.seriesID)
    }
}
