import ArgumentParser
import Detection
import Foundation
import Imaging
import Movies
import Session
import UNet
import Wire

/// Analyses one movie after another with the same model and options.
struct MovieAnalysis {
    let model: Model
    let options: AnalysisOptions
    let regions: [DrawnRegion]
    let detection: DetectionOptions
    let output: URL

    /// Copies of a whole movie, probabilities, baseline, labels and what finds them hold so much for a voxel, measured.
    static let bytesPerVoxel = 56

    /// Analyses a movie and writes its results.
    ///
    /// - Parameters:
    ///   - selected: The movie and where its results go.
    ///   - progressTitle: What the progress line starts with.
    ///   - remark: Is told at once what a person should know of the movie.
    ///   - joined: Is told the files that hold the movie.
    /// - Returns: What was found, in a line.
    /// - Throws: What keeps the movie from being read or analysed, or the results from being written; no results of
    ///   this movie are left or changed then.
    func run(on selected: SelectedMovie, progressTitle: String, remark: (String) -> Void, joined: ([String]) -> Void)
        throws -> String
    {
        let movie = try detection.source.movie(selected.path)
        let calibration = detection.source.calibration(of: movie, model: model.metadata.calibration)
        let scaled = try detection.source.scaling(of: movie)
        let scaling = scaled.scaling
        let marks = try MovieMarks(besideMovie: movie.path, named: selected.name)
        let factor = options.probabilities == nil ? detection.interpolate.factor(calibration) : 1
        var remarks = movie.remarks + calibration.remarks + scaled.remarks
        remarks += [calibration.interpolationRemark(factor), marks.remark].compactMap(\.self)
        remarks.forEach(remark)
        joined(movie.paths)
        let configuration = try configuration()
        try detection.source.checkSize(of: configuration.settings.drawnCells, against: movie)
        let setup = try RunSetup(
            movie: movie,
            model: model,
            settings: configuration.settings,
            networkFramesPerFrame: factor,
            scaling: scaling,
            calibration: calibration,
            marks: marks,
            regions: regions,
            source: detection.source,
            options: options
        )
        let files = ResultFiles(folder: output.appending(path: selected.subfolder), name: selected.name)
        if options.resume, let record = files.completeRecord(of: setup) {
            return "\(selected.name): \(record.outcome.text)\(calibration.assumptionText), analysed before"
        }
        if !options.overwrite { try ForeignResults.check(for: .analyze, name: files.name, in: files.folder) }
        try files.prepare()
        do {
            let started = ContinuousClock.now
            let results = try AnalysisResults(
                files: files,
                movie: movie,
                marks: marks,
                regions: regions,
                calibration: calibration.calibration,
                options: options
            )
            let progress = ProgressLine(name: progressTitle, total: movie.frameCount, unit: "frames")
            try detect(in: movie, named: selected.name, configuration, scaled, into: results, progress)
            try results.finish()
            progress.finish()
            let seconds = (ContinuousClock.now - started) / .seconds(1)
            if let text = DarkFrames.remark(results.darkFrameCount) {
                remarks.append(text)
                remark(text)
            }
            if let findings = results.examination?.findings, !findings.isEmpty {
                for finding in findings where !isSaid(finding.name) { remark(finding.line) }
            }
            let record = RunRecord(
                setup: setup,
                outcome: results.outcome(seconds: seconds),
                device: configuration.device,
                examination: results.examination.map {
                    ExaminationMessage($0, seriesID: selected.name, stream: selected.name)
                },
                remarks: remarks
            )
            let series = results.tabledSeries
            try files.write(
                series,
                cell: record.outcome.cell,
                sparkPeaks: results.sparkPeaks,
                style: options.csvStyle
            )
            if configuration.settings.provisional != .off { try files.write(journal: results.journal) }
            if setup.outputs.contains(.movement) { try files.write(results.movements, of: series) }
            if options.report {
                try writeReport(
                    on: movie,
                    named: selected.name,
                    results,
                    ReportPlaces(series, mask: results.cells, light: results.restingLight),
                    record,
                    scaling,
                    calibration.calibration,
                    to: files
                )
            }
            try files.complete(record)
            return "\(selected.name): \(record.outcome.text)\(calibration.assumptionText) (\(record.outcome.speedText))"
        } catch {
            files.discard()
            throw error
        }
    }

    private func writeReport(
        on movie: borrowing TIFFMovie,
        named name: String,
        _ results: AnalysisResults,
        _ places: ReportPlaces,
        _ record: RunRecord,
        _ scaling: PixelScaling,
        _ calibration: Calibration,
        to files: ResultFiles
    ) throws {
        let page = ReportPage(
            run: record,
            movie: name,
            size: movie.size,
            frameCount: movie.frameCount,
            calibration: calibration,
            events: results.events,
            footprints: results.footprints,
            places: places,
            movement: ReportMovement(
                results.movements,
                pixelSizeMicrometres: calibration.pixelSizeMicrometres
            ),
            traces: try MovieTraces(
                movie,
                events: results.events,
                courses: results.courses,
                scaling: scaling,
                calibration: calibration,
                darkLevelCounts: detection.source.darkLevelCounts.map { Float($0) }
            )
        )
        try page.write(to: URL(filePath: files.path(.report)))
    }

    /// True for what was said before the analysis began.
    private func isSaid(_ check: Check.Name) -> Bool {
        [.bitDepth, .pixelSize, .frameInterval, .darkFrames].contains(check)
    }

    private func configuration() throws -> DetectionSession.Configuration {
        var configuration = try detection.session(with: model, isWholeMovie: !options.streaming)
        configuration.settings.keepsProbabilities = options.writeProbabilities
        // A movie is there as a whole: all of it is examined.
        configuration.surveyedFrameCount = .max
        return configuration
    }

    private func detect(
        in movie: borrowing TIFFMovie,
        named name: String,
        _ configuration: DetectionSession.Configuration,
        _ scaled: MovieScaling,
        into results: AnalysisResults,
        _ progress: ProgressLine
    ) throws {
        let scaling = scaled.scaling
        let session = DetectionSession(configuration: configuration, sink: results)
        let identity = try MovieIdentity.of(movie)
        if options.streaming {
            try session.takeMovie(
                movie,
                name: name,
                identity: identity,
                scaling: scaling,
                bitDepth: scaled.bitDepth
            ) { frameCount in
                try results.checkWritten()
                progress.show(frameCount)
            }
        } else {
            try MemoryNeed(of: movie, bytesPerVoxel: Self.bytesPerVoxel)
                .check(alternative: "`analyze --streaming`, which needs no more for longer ones")
            let probabilities = try options.probabilities.map { folder in
                try ProbabilityMaps(folder: URL(filePath: folder), name: name)
                    .read(size: movie.size, frameCount: movie.frameCount)
            }
            try session.takeWholeMovie(
                movie,
                name: name,
                identity: identity,
                scaling: scaling,
                bitDepth: scaled.bitDepth,
                probabilities: probabilities
            ) { progress.show($0) }
        }
    }
}
