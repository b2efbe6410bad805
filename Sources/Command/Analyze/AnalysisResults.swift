import Detection
import Foundation
import Imaging
import Movies
import Session
import Wire

/// Collects what a session finds in one movie and writes the masks on the way.
final class AnalysisResults: SeriesSink {
    private(set) var events: [EventMessage] = []
    /// Everything on events, provisional and final, in the order of the recording.
    private(set) var journal: [any WireMessage] = []
    /// Intensity peaks of sparks, in the order of the events.
    private(set) var sparkPeaks: [VoxelPosition] = []

    /// Where the events lie, in their order; for the report only.
    private(set) var footprints: [EventFootprint] = []

    private var formatter: EventFormatter?
    private let frameCount: Int
    private let calibration: Calibration
    private var cell: CellMask?
    /// Of every frame; empty if it was not looked for.
    private(set) var movements: [FrameMovement] = []
    private let keepsFootprints: Bool
    private var threshold: Float?
    /// Frames without light.
    private(set) var darkFrameCount = 0
    /// How the movie is recorded.
    private(set) var examination: Examination?
    private var masks: EventMaskWriter?
    private var probabilities: ProbabilityMapWriter?
    private var failure: (any Error)?

    /// - Throws: `TIFFError` if the masks cannot be created.
    init(
        files: ResultFiles,
        movie: borrowing TIFFMovie,
        calibration: Calibration,
        options: AnalysisOptions
    ) throws {
        frameCount = movie.frameCount
        self.calibration = calibration
        keepsFootprints = options.report
        if options.masks {
            masks = try EventMaskWriter(
                classPath: files.partialPath(.classes),
                instancePath: files.partialPath(.instances),
                size: movie.size,
                frameCount: movie.frameCount,
                calibration: calibration
            )
        }
        if options.writeProbabilities {
            probabilities = try ProbabilityMapWriter(
                files.partialMaps,
                size: movie.size,
                frameCount: movie.frameCount,
                calibration: calibration
            )
        }
    }

    func seriesStarted(_ start: SeriesStart) { formatter = EventFormatter(context: start.context) }

    func announced(_ update: ProvisionalUpdate) {
        guard let (found, retracted) = formatter?.messages(of: update) else { return }
        journal += found as [any WireMessage] + retracted
    }

    func examined(_ examination: Examination) { self.examination = examination }

    func decided(_ batch: DetectionBatch, _ final: [FinalEvent]) {
        guard let formatter else { preconditionFailure("a series starts before anything is decided") }
        let messages = final.map { formatter.message(of: $0) }
        events += messages
        journal += messages
        threshold = batch.threshold
        cell = batch.cell ?? cell
        darkFrameCount += batch.darkFrameCount
        movements += batch.movements
        for (identity, instance) in zip(batch.identities, batch.instances) {
            masks?.add(instance.voxels, of: instance.eventClass, number: identity.number, origin: batch.segmentOrigin)
            if keepsFootprints { footprints.append(EventFootprint(instance)) }
            sparkPeaks += instance.peaks.map { peak in
                VoxelPosition(frame: peak.frame + batch.segmentOrigin, y: peak.y, x: peak.x)
            }
        }
        guard failure == nil else { return }
        do {
            try masks?.settle(before: batch.settledFrame)
            if let maps = batch.probabilities { try probabilities?.append(maps) }
        } catch {
            failure = error
        }
    }

    /// - Throws: What kept the masks from being written so far.
    func checkWritten() throws {
        if let failure { throw failure }
    }

    /// Completes the masks.
    ///
    /// - Throws: What kept them from being written.
    func finish() throws {
        try checkWritten()
        if let masks = masks.take() { try masks.finish() }
        if let probabilities = probabilities.take() { try probabilities.finish() }
    }

    func outcome(seconds: Double) -> RunRecord.Outcome {
        let counts = EventClass.allCases.map { eventClass in
            (eventClass, events.count { $0.eventClass == eventClass })
        }
        return RunRecord.Outcome(
            frameCount: frameCount,
            framesWithoutLight: darkFrameCount,
            events: Dictionary(uniqueKeysWithValues: counts.map { ($0.name, $1) }),
            threshold: threshold.map(Double.init),
            cell: CellActivity(
                cell: cell,
                frameCount: frameCount,
                eventCounts: Dictionary(uniqueKeysWithValues: counts),
                calibration: calibration
            ).map(CellActivityMessage.init),
            movement: RunRecord.Movement(MovementSummary(movements), calibration: calibration),
            seconds: (seconds * 1000).rounded() / 1000
        )
    }
}
