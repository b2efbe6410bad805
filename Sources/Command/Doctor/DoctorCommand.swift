import ArgumentParser
import Detection
import Foundation
import Imaging
import Session
import UNet
import Wire

/// `sparkwatch doctor`: whether recordings are fit for analysis.
struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Looks at recordings as a careful colleague would.",
        discussion: """
            Checks bit depth, saturation, dark level, frames without light or repeated, channels that alternate, \
            bleaching, flicker, motion, light level, signal-to-noise ratio, pixel size, frame interval, whether the model \
            knows such recordings, and whether this computer keeps up. Every check has a value, a limit and advice. `live` \
            and `analyze` do the same by themselves.

            Exit codes: 0 all is good or wants a look, 1 something cannot be read, 2 something is bad.
            """
    )

    @Argument(
        help: """
            TIFF movies, folders (with all movies in and below them), patterns such as 'day3/*_video.tif', or where a \
            microscope publishes frames, such as tcp://127.0.0.1:5555.
            """
    )
    var recordings: [String]

    @Option(parsing: .unconditional, help: "Frames to look at, from the first on.")
    var frames = 1024

    @Option(help: "Network weights (safetensors); default: the model installed with Sparkwatch.")
    var model: String?

    @Flag(inversion: .prefixedNo, help: "Measure whether this computer keeps up with such frames.")
    var speed = true

    @Flag(help: "Print JSON: one object a recording, on a line.")
    var json = false

    @OptionGroup
    var stream: StreamOptions

    @OptionGroup
    var source: SourceOptions

    func validate() throws {
        try check(Double(frames), isBetween: 16, and: 1e6, named: "--frames")
    }

    func run() throws {
        let model = try InstalledFiles.loadModel(model)
        let selected = try selection()
        Interruption.install()
        var speeds = try SpeedTrials(model: model)
        var unreadableCount = 0
        var worst = Check.Grade.good
        for recording in selected {
            do {
                var examiner = try examine(recording, model)
                examiner.networkFramesPerFrame = InterpolationPolicy.auto.factor(examiner.calibration)
                examiner.familiar = FamiliarStyles(training: model.metadata.training)
                if speed { examiner.realTimeFactor = try speeds.factor(of: examiner) }
                worst = max(worst, examiner.examination.verdict)
                print(try text(of: examiner, recording))
            } catch {
                unreadableCount += 1
                Notes.write("\(recording.name): \(error)")
            }
        }
        if unreadableCount > 0 {
            if selected.count > 1 {
                Notes.write("\(unreadableCount) of \(selected.count) recordings cannot be examined")
            }
            throw ExitCode.failure
        }
        if worst == .bad { throw ExitCode(2) }
    }

    /// A movie or a stream.
    private struct Recording {
        let name: String
        /// Path or endpoint.
        let place: String
    }

    private func selection() throws -> [Recording] {
        let movies = recordings.filter { !StreamOptions.isStream($0) }
        let selected = movies.isEmpty ? [] : try MovieSelection(movies, leavingOut: nil).movies
        return selected.map { Recording(name: $0.name, place: $0.path) }
            + recordings.filter(StreamOptions.isStream).map { Recording(name: $0, place: $0) }
    }

    private func examine(_ recording: Recording, _ model: Model) throws -> Examiner {
        var line: ProgressLine?
        func show(_ done: Int, _ total: Int) {
            let shown = line ?? ProgressLine(name: recording.name, total: total, unit: "frames")
            line = shown
            shown.show(done)
        }
        defer { line?.finish() }
        guard StreamOptions.isStream(recording.place) else {
            return try MovieExaminer(source: source, model: model, frameLimit: frames)
                .examine(recording.place, progress: show)
        }
        return try StreamExaminer(source: source, stream: stream, model: model, frameLimit: frames)
            .examine(recording.place, progress: show) { Notes.write("\(recording.name): \($0)") }
    }

    private func text(of examiner: Examiner, _ recording: Recording) throws -> String {
        let examination = examiner.examination
        guard json else { return ExaminationText(examination, name: recording.name).text }
        let report = Report(
            recording: recording.place,
            examination: ExaminationMessage(examination, seriesID: recording.name, stream: recording.name),
            style: Dictionary(uniqueKeysWithValues: examiner.measures.style.map { ($0.key.rawValue, $0.value) })
        )
        return String(decoding: try PlainJSON.encode(report), as: UTF8.self)
    }

    private struct Report: Encodable {
        let recording: String
        let examination: ExaminationMessage
        /// What the check of the style rests on.
        let style: [String: Double]
    }
}
