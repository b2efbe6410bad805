import Detection
import Foundation
import Imaging
import Journal
import Movies
import Session
import Wire

/// Collects what a session finds in one movie and writes the masks on the way.
final class AnalysisResults: SeriesSink {
    var events: [EventMessage] { series?.events ?? [] }
    /// What the tables show; nil before the series has started.
    private var series: TabledSeries?
    /// Everything on events, provisional and final, in the order of the recording.
    private(set) var journal: [any WireMessage] = []
    /// Intensity peaks of sparks, in the order of the events.
    private(set) var sparkPeaks: [VoxelPosition] = []

    /// Where the events lie, in their order; for the report only.
    private(set) var footprints: [EventFootprint] = []
    /// Courses as they were measured and fitted, in the order of the events; for the report only.
    private(set) var courses: [EventTrace?] = []

    private var formatter: EventFormatter?
    private let moviePath: String
    private let marks: MovieMarks
    private let regions: [DrawnRegion]
    private let size: FrameSize
    private let frameCount: Int
    private let calibration: Calibration
    private(set) var cells: CellMask?
    /// F0 of the cells in the course of the movie; for the report only.
    private(set) var restingLight: [RestingLight] = []
    private var eventCounts: CellActivity.EventCounts = [:]
    /// Of every frame; empty if it was not looked for.
    private(set) var movements: [FrameMovement] = []
    private let isForReport: Bool
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
        marks: MovieMarks,
        regions: [DrawnRegion],
        calibration: Calibration,
        options: AnalysisOptions
    ) throws {
        moviePath = movie.path
        self.marks = marks
        self.regions = regions
        size = movie.size
        frameCount = movie.frameCount
        self.calibration = calibration
        isForReport = options.report
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

    func seriesStarted(_ start: SeriesStart) {
        formatter = EventFormatter(context: start.context)
        var series = TabledSeries(movie: moviePath, context: start.context, frameCount: frameCount)
        marks.divide(&series)
        series.draw(regions, in: size, pixelSizeMicrometres: calibration.pixelSizeMicrometres)
        self.series = series
    }

    func announced(_ update: ProvisionalUpdate) {
        guard let (found, retracted) = formatter?.messages(of: update) else { return }
        journal += found as [any WireMessage] + retracted
    }

    func examined(_ examination: Examination) { self.examination = examination }

    func decided(_ batch: DetectionBatch, _ final: [FinalEvent]) {
        guard let formatter else { preconditionFailure("a series starts before anything is decided") }
        let messages = final.map { formatter.message(of: $0) }
        series?.events += messages
        journal += messages
        if isForReport { courses += final.map(\.event.trace) }
        eventCounts.count(batch.events)
        threshold = batch.threshold
        cells = batch.cells ?? cells
        darkFrameCount += batch.darkFrameCount
        movements += batch.movements
        if isForReport { restingLight += batch.restingLight }
        for (identity, instance) in zip(batch.identities, batch.instances) {
            masks?.add(instance.voxels, of: instance.eventClass, number: identity.number, origin: batch.segmentOrigin)
            if isForReport { footprints.append(EventFootprint(instance)) }
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

    /// What the tables show.
    ///
    /// - Precondition: the series has started.
    var tabledSeries: TabledSeries {
        guard var series else { preconditionFailure("a series starts before anything is decided") }
        series.cells = CellActivity.each(
            of: cells,
            frameCount: frameCount,
            eventCounts: eventCounts,
            calibration: calibration,
            usableShare: MovementSummary(movements).usableShare
        ).map(CellActivityMessage.init)
        series.note(movements, fromFrame: 0)
        return series
    }

    /// What the movie came to, after so many seconds.
    func outcome(seconds: Double) -> RunRecord.Outcome {
        let counts = EventClass.allCases.map { eventClass in
            (eventClass.name, events.count { $0.eventClass == eventClass })
        }
        return RunRecord.Outcome(
            frameCount: frameCount,
            framesWithoutLight: darkFrameCount,
            events: Dictionary(uniqueKeysWithValues: counts),
            threshold: threshold.map(Double.init),
            cell: CellActivity(
                cells: cells,
                frameCount: frameCount,
                eventCounts: eventCounts,
                calibration: calibration,
                usableShare: MovementSummary(movements).usableShare
            ).map(CellActivityMessage.init),
            cells: tabledSeries.cells,
            movement: RunRecord.Movement(MovementSummary(movements), calibration: calibration),
            seconds: (seconds * 1000).rounded() / 1000
        )
    }
}
