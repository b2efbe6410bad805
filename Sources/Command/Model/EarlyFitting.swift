import Detection
import Foundation
import Imaging
import UNet

/// Fits a side output to one half of some recordings, and calibrates it on the other.
struct EarlyFitting {
    private let model: Model
    private let place: SideOutput.Place
    private let classes: [NetworkClass]
    private let sampler: SideOutputSampler
    /// What came of it, in lines.
    private(set) var summary: [String] = []

    init(model: Model, place: SideOutput.Place, classes: [NetworkClass], threads: Int) throws {
        if let fault = place.fault(in: model.shape, window: model.metadata.window) {
            throw UNetError.unsupportedNetwork(reason: "a side output of \(fault)")
        }
        self.model = model
        self.place = place
        self.classes = classes
        var settings = DetectorSettings(threshold: .fixed(0.5), threads: threads)
        settings.window = model.metadata.window
        settings.stride = model.metadata.stride
        sampler = SideOutputSampler(model: model, place: place, settings: settings)
    }

    /// - Throws: What keeps recordings from being read, `EarlyFittingError` if they tell too little.
    mutating func fit(to source: any RecordingSource) throws -> SideOutput {
        let progress = ProgressLine(name: "Fitting", total: source.count, unit: "recordings", isFewSteps: true)
        defer { progress.finish() }
        // Every second recording, so that both halves hold every kind.
        let fitted = stride(from: 0, to: source.count, by: 2), apart = stride(from: 1, to: source.count, by: 2)
        var fit = SideOutputFit(place: place, shape: model.shape, classes: classes)
        var done = 0
        for index in fitted {
            try look(at: index, of: source) { look, labels in fit.add(look, of: labels) }
            done += 1
            progress.show(done)
        }
        var calibrations: [SideOutputCalibration] = []
        for networkClass in classes {
            guard let unit = fit.unit(for: networkClass) else {
                throw EarlyFittingError.tooFewCells(
                    of: "\(networkClass)",
                    counts: fit.counts(of: networkClass),
                    needed: model.shape.channels(atLevel: place.level)
                )
            }
            calibrations.append(SideOutputCalibration(unit, place: place))
        }
        for index in apart {
            var looks: [SideOutputSampler.Look] = []
            let labels = try look(at: index, of: source) { look, _ in looks.append(look) }
            for calibration in calibrations.indices { calibrations[calibration].add(looks, of: labels) }
            done += 1
            progress.show(done)
        }
        let counts = (fitted: source.count - source.count / 2, apart: source.count / 2)
        let units = try zip(classes, calibrations).map { networkClass, calibration in
            guard let best = calibration.best, best.caughtCount > 0 else {
                throw EarlyFittingError.nothingFound(of: "\(networkClass)")
            }
            summary.append(Self.text(networkClass, best, fit.counts(of: networkClass), recordingCount: counts.apart))
            let precision = calibration.averagePrecision.map { String(format: "%.3f", $0) } ?? "-"
            summary.append("\(networkClass)s: average precision of cells in the other recordings \(precision)")
            return calibration.calibrated(best)
        }
        let training =
            "logistic regression on \(counts.fitted) recordings, threshold from \(counts.apart) others; \(source.description)"
        return SideOutput(place: place, units: units, training: training)
    }

    @discardableResult
    private func look(
        at index: Int,
        of source: any RecordingSource,
        _ body: (SideOutputSampler.Look, RecordingLabels) -> Void
    ) throws -> RecordingLabels {
        let (counts, labels) = try source.recording(index)
        try sampler.look(at: counts, size: labels.size) { body($0, labels) }
        return labels
    }

    private static func text(
        _ networkClass: NetworkClass,
        _ outcome: SideOutputCalibration.Outcome,
        _ cells: (present: Int, all: Int),
        recordingCount: Int
    ) -> String {
        let delay =
            outcome.medianDelayFrames.map { ", \($0) frames after their first labelled frame in the median" } ?? ""
        return """
            \(networkClass)s: fitted to \(cells.present) cells among \(cells.all); in \(recordingCount) other recordings \
            \(outcome.caughtCount) of \(outcome.eventCount) announced\(delay), \(outcome.falseCount) false \
            (threshold \(outcome.threshold), from \(outcome.smallestPixelCount) pixels)
            """
    }
}

/// Why nothing can be fitted.
enum EarlyFittingError: Error, CustomStringConvertible {
    case tooFewCells(of: String, counts: (present: Int, all: Int), needed: Int)
    case nothingFound(of: String)

    var description: String {
        switch self {
        case .tooFewCells(let name, let counts, let needed):
            "the recordings to fit to hold \(counts.present) cells with a \(name) among \(counts.all); give recordings with "
                + "\(needed) and more of both kinds"
        case .nothingFound(let name):
            "no \(name) was found in the recordings to calibrate with; give more recordings with \(name)s"
        }
    }
}
