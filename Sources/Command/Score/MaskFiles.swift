import Foundation
import Imaging
import Movies
import Scoring

/// The four masks of one movie: annotated and predicted classes and instances.
struct MaskFiles {
    let name: String
    let annotatedClasses: String
    let annotatedInstances: String
    let predictedClasses: String
    let predictedInstances: String

    private static let classLabelSuffix = "_class_label.tif"

    /// Names of all movies that are annotated in a folder, in alphabetical order.
    ///
    /// - Throws: ``ScoreError/noAnnotations(folder:)``, or that the folder cannot be read.
    static func names(in labels: URL) throws -> [String] {
        let files = try FileManager.default.contentsOfDirectory(atPath: labels.path)
        let names = files.filter { $0.hasSuffix(classLabelSuffix) }.map { String($0.dropLast(classLabelSuffix.count)) }
        guard !names.isEmpty else { throw ScoreError.noAnnotations(folder: labels.path) }
        return names.sorted()
    }

    /// - Throws: ``ScoreError/missing(files:)``.
    init(name: String, labels: URL, predictions: URL) throws(ScoreError) {
        self.name = name
        annotatedClasses = labels.appending(path: name + Self.classLabelSuffix).path
        annotatedInstances = labels.appending(path: name + "_event_label.tif").path
        predictedClasses = predictions.appending(path: name + "_class.tif").path
        predictedInstances = predictions.appending(path: name + "_instances.tif").path
        let missing = [annotatedInstances, predictedClasses, predictedInstances].filter {
            !FileManager.default.fileExists(atPath: $0)
        }
        guard missing.isEmpty else { throw .missing(files: missing) }
    }

    /// Compares the masks.
    ///
    /// - Parameters:
    ///   - trim: Frames to leave out at the start and at the end.
    ///   - orders: Which number means which class, in the annotation and in the prediction.
    ///   - remark: Is told what looks wrong.
    /// - Returns: What they agree on.
    /// - Throws: ``ScoreError``, `LabelError`, `TIFFError`, `ScoringError`.
    func comparison(
        trimming trim: Int,
        orders: (annotation: ClassOrder, prediction: ClassOrder),
        remark: (String) -> Void
    ) throws -> MovieComparison {
        let classes = try TIFFMovie(path: annotatedClasses)
        let instances = try TIFFMovie(path: annotatedInstances)
        let otherClasses = try TIFFMovie(path: predictedClasses)
        let otherInstances = try TIFFMovie(path: predictedInstances)
        try checkExtents(of: instances, against: classes)
        try checkExtents(of: otherClasses, against: classes)
        try checkExtents(of: otherInstances, against: classes)
        guard 2 * trim < classes.frameCount else {
            throw ScoreError.nothingLeft(file: annotatedClasses, frameCount: classes.frameCount, trim: trim)
        }
        var comparison = MovieComparison()
        var check = LabelCheck(.init(classes: annotatedClasses, instances: annotatedInstances), size: classes.size)
        var otherCheck = LabelCheck(.init(classes: predictedClasses, instances: predictedInstances), size: classes.size)
        var shapes = (annotated: ClassShapes(size: classes.size), predicted: ClassShapes(size: classes.size))
        for frame in trim..<classes.frameCount - trim {
            let annotation = try Self.labels(classes, instances, frame: frame, orders.annotation, &check)
            let prediction = try Self.labels(otherClasses, otherInstances, frame: frame, orders.prediction, &otherCheck)
            try comparison.add(annotation: annotation, prediction: prediction)
            shapes.annotated.add(classes: annotation.classes[...], instances: annotation.instances[...])
            shapes.predicted.add(classes: prediction.classes[...], instances: prediction.instances[...])
        }
        let calibration = classes.calibration.ifKnown
        for (found, mask, order, option) in [
            (shapes.annotated, classes.path, orders.annotation, ClassOrderOptions.name),
            (shapes.predicted, otherClasses.path, orders.prediction, ClassOrderOptions.predictionName),
        ] {
            if let doubt = found.doubt(calibration) { remark(order.remark(doubt, on: mask, option: option)) }
        }
        return comparison
    }

    /// The labels of a frame.
    ///
    /// - Throws: `LabelError` for labels that cannot be, `TIFFError`.
    private static func labels(
        _ classes: borrowing TIFFMovie,
        _ instances: borrowing TIFFMovie,
        frame: Int,
        _ order: ClassOrder,
        _ check: inout LabelCheck
    ) throws -> LabelFrame {
        let labels = LabelFrame(
            classes: order.own(try classes.labels(frames: frame..<frame + 1)),
            instances: try instances.labels(frames: frame..<frame + 1)
        )
        try check.take(classes: labels.classes, instances: labels.instances, frame: frame)
        return labels
    }

    private func checkExtents(
        of movie: borrowing TIFFMovie,
        against reference: borrowing TIFFMovie
    ) throws(ScoreError) {
        guard movie.size == reference.size, movie.frameCount == reference.frameCount else {
            throw .differentExtents(
                file: movie.path,
                found: "\(movie.frameCount) frames of \(movie.size)",
                reference: reference.path,
                expected: "\(reference.frameCount) frames of \(reference.size)"
            )
        }
    }
}

/// Why a folder of predictions cannot be scored.
enum ScoreError: Error, CustomStringConvertible {
    case noAnnotations(folder: String)
    case missing(files: [String])
    case differentExtents(file: String, found: String, reference: String, expected: String)
    case nothingToCompare(folder: String)
    case nothingLeft(file: String, frameCount: Int, trim: Int)

    var description: String {
        switch self {
        case .noAnnotations(let folder):
            "\(folder): no file is named NAME_class_label.tif; name the folder of the annotations"
        case .missing(let files):
            "missing \(files.joined(separator: ", ")); write the masks with sparkwatch analyze, or remove the annotation"
        case .differentExtents(let file, let found, let reference, let expected):
            "\(file) has \(found), but \(reference) has \(expected); compare masks of the same movie"
        case .nothingToCompare(let folder):
            "\(folder): no movie there can be compared; see the lines above"
        case .nothingLeft(let file, let frameCount, let trim):
            "\(file): --trim \(trim) leaves nothing of \(frameCount) frames; take less than \((frameCount + 1) / 2)"
        }
    }
}
