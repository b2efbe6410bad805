import ArgumentParser
import Detection
import Foundation
import Imaging
import Journal
import Movies
import Session
import Wire

/// Measures one movie after another with the same options.
struct MovieMeasurement {
    /// Folder of the masks; nil for that of each movie.
    let labels: URL?
    let output: URL
    let csvStyle: EventTableStyle
    /// Whether results of `analyze` and of reviews are replaced.
    let overwrites: Bool
    let source: SourceOptions
    let cells: DrawnCells?
    /// Which number of the class masks means which class.
    let order: ClassOrder

    /// Counts, intensity and event numbers; measured.
    private static let bytesPerVoxel = 18

    /// Measures the events of a movie and writes them.
    ///
    /// - Returns: What was measured, in a line.
    /// - Throws: What keeps movie or masks from being read, or results from being written.
    func run(on selected: SelectedMovie) throws -> String {
        let name = selected.name
        let movie = try source.movie(selected.path)
        try MemoryNeed(of: movie, bytesPerVoxel: Self.bytesPerVoxel).check()
        try source.checkSize(of: cells, against: movie)
        let folder = output.appending(path: selected.subfolder)
        if !overwrites { try ForeignResults.check(for: .measure, name: name, in: folder) }
        let paths = try labelFiles(of: selected)
        let choice = try calibration(of: movie)
        let scaled = try source.scaling(of: movie)
        let marks = try MovieMarks(besideMovie: movie.path, named: name)
        let remarks = movie.remarks + choice.remarks + scaled.remarks + [marks.remark].compactMap(\.self)
        for remark in remarks { Notes.write("\(name): \(remark)") }
        let frames = 0..<movie.frameCount
        let labels = (
            classes: order.own(try mask(paths.classes, of: movie)), instances: try mask(paths.instances, of: movie)
        )
        try check(labels, from: paths, size: movie.size)
        let shapes = ClassShapes(classes: labels.classes, instances: labels.instances, size: movie.size)
        if let doubt = shapes.doubt(choice.calibration) {
            Notes.write(order.remark(doubt, on: paths.classes, option: ClassOrderOptions.name))
        }
        let labelled = LabelledMovie(
            size: movie.size,
            counts: try movie.counts(frames: frames, scaledBy: scaled.scaling),
            classes: labels.classes.map { UInt8(clamping: $0) },
            instances: labels.instances.map { Int($0) },
            darkLevelCounts: source.darkLevelCounts.map { Float($0) * scaled.scaling.factor },
            cellLabels: cells?.labels,
            calibration: choice.calibration
        )
        if let remark = DarkFrames.remark(labelled.darkFrameCount) { Notes.write("\(name): \(remark)") }
        let context = SeriesContext(
            seriesID: name,
            identity: try MovieIdentity.of(movie),
            stream: name,
            calibration: choice.calibration
        )
        var series = TabledSeries(movie: movie.path, context: context, frameCount: movie.frameCount)
        marks.divide(&series)
        series.events = labelled.events.map { EventFormatter(context: context).message(of: $0) }
        var counts: CellActivity.EventCounts = [:]
        counts.count(labelled.events)
        series.cells = CellActivity.each(
            of: labelled.cells,
            frameCount: movie.frameCount,
            eventCounts: counts,
            calibration: choice.calibration
        ).map(CellActivityMessage.init)
        let whole = CellActivity(
            cells: labelled.cells,
            frameCount: movie.frameCount,
            eventCounts: counts,
            calibration: choice.calibration
        ).map(CellActivityMessage.init)
        if overwrites { ForeignResults.removeAnalysis(of: name, in: folder) }
        try write(series, whole, to: folder, named: name)
        let activity = whole.map { whole in
            "; \(series.cells.count > 1 ? "\(series.cells.count) cells" : "cell") of \(whole.text)"
        }
        return "\(name): \(series.events.count) events\(activity ?? "")\(choice.assumptionText)"
    }

    private func write(
        _ series: TabledSeries,
        _ activity: CellActivityMessage?,
        to folder: URL,
        named name: String
    ) throws {
        try OutputFolder.make(folder)
        func url(_ ending: String) -> URL { folder.appending(path: "\(name)_\(ending)") }
        try EventTable.table(of: [series], style: csvStyle).write(toPath: url("events.csv").path)
        try CellTable.table(of: [series]).write(toPath: url("cells.csv").path)
        try SiteTable.table(of: [series]).write(toPath: url("sites.csv").path)
        let lines = try series.events.map { try PlainJSON.encode($0) + Data("\n".utf8) }
        try lines.reduce(into: Data()) { $0 += $1 }.write(to: url("events.jsonl"))
        if let activity { try PlainJSON.encode(activity).write(to: url("cell.json")) }
    }

    /// - Throws: `LabelError` for labels that cannot be.
    private func check(_ labels: (classes: [UInt32], instances: [UInt32]), from paths: LabelPaths, size: FrameSize)
        throws
    {
        var check = LabelCheck(paths, size: size)
        for (frame, start) in stride(from: 0, to: labels.classes.count, by: size.pixelCount).enumerated() {
            let pixels = start..<start + size.pixelCount
            try check.take(
                classes: Array(labels.classes[pixels]),
                instances: Array(labels.instances[pixels]),
                frame: frame
            )
        }
    }

    private func labelFiles(of selected: SelectedMovie) throws -> LabelPaths {
        let folder =
            self.labels?.appending(path: selected.subfolder) ?? URL(filePath: selected.path).deletingLastPathComponent()
        let candidates = [("class_label", "event_label"), ("class", "instances")].map { classes, instances in
            LabelPaths(
                classes: folder.appending(path: "\(selected.name)_\(classes).tif").path,
                instances: folder.appending(path: "\(selected.name)_\(instances).tif").path
            )
        }
        let manager = FileManager.default
        let found = candidates.first {
            manager.fileExists(atPath: $0.classes) && manager.fileExists(atPath: $0.instances)
        }
        guard let found else {
            throw ValidationError(
                """
                \(folder.path) holds neither \(selected.name)_class_label.tif and \(selected.name)_event_label.tif nor \
                \(selected.name)_class.tif and \(selected.name)_instances.tif; name the folder of the masks with --labels.
                """
            )
        }
        return found
    }

    /// The labels of a mask, `[t][y][x]`.
    private func mask(_ path: String, of movie: borrowing TIFFMovie) throws -> [UInt32] {
        let mask = try TIFFMovie(path: path)
        guard mask.size == movie.size, mask.frameCount == movie.frameCount else {
            throw ValidationError(
                """
                \(mask.path) has \(mask.frameCount) frames of \(mask.size), but \(movie.path) \(movie.frameCount) of \
                \(movie.size); give masks of the same movie.
                """
            )
        }
        return try mask.labels(frames: 0..<mask.frameCount)
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
}
