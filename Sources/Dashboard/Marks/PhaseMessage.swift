import Detection
import Imaging
import Session
package import Wire

/// A phase as the page takes it.
package struct PhaseMessage: Encodable, Sendable, Equatable {
    package var label: String
    package var seriesID: String?
    package var firstFrame: Int?
    package var observedSeconds: Double
    /// Final events by class.
    package var events: [String: Int]
    /// How often all cells together had events, and each; nil and empty before the cells are known.
    package var cell: CellActivityMessage?
    package var cells: [CellActivityMessage]
    /// The same of the drawn regions.
    package var regions: [RegionActivityMessage]

    init(
        _ phase: PhaseTally.Phase,
        cells: CellMask?,
        regions: [(region: DrawnRegion, pixelCount: Int)],
        calibration: Calibration?
    ) {
        let interval = calibration?.frameIntervalMilliseconds ?? 0
        label = phase.label
        seriesID = phase.seriesID
        firstFrame = phase.firstFrame
        observedSeconds = (Double(phase.observedFrameCount) * interval / 1000).rounded(decimals: 3) ?? 0
        events = phase.eventCounts.values.reduce(into: [:]) { events, counts in
            for (eventClass, count) in counts { events[eventClass.name, default: 0] += count }
        }
        guard let calibration else {
            self.cells = []
            self.regions = []
            return
        }
        let usableShare = phase.unsteadyFrameCount.map { 1 - Double($0) / Double(max(1, phase.observedFrameCount)) }
        let activity = CellActivity(
            cells: cells,
            frameCount: phase.observedFrameCount,
            eventCounts: phase.eventCounts,
            calibration: calibration,
            usableShare: usableShare
        )
        cell = activity.map(CellActivityMessage.init)
        self.cells = CellActivity.each(
            of: cells,
            frameCount: phase.observedFrameCount,
            eventCounts: phase.eventCounts,
            calibration: calibration,
            usableShare: usableShare
        ).map(CellActivityMessage.init)
        let pixelArea = calibration.pixelSizeMicrometres * calibration.pixelSizeMicrometres
        self.regions = regions.map { region, pixelCount in
            RegionActivityMessage(
                RegionActivity(
                    region: region.name,
                    areaSquareMicrometres: Double(pixelCount) * pixelArea,
                    // What was not counted has no frequency.
                    observedSeconds: phase.uncountedRegions.contains(region.name)
                        ? 0 : Double(phase.observedFrameCount) * interval / 1000,
                    eventCounts: phase.regionCounts[region.name] ?? [:]
                )
            )
        }
    }

    package enum CodingKeys: String, CodingKey {
        case label
        case seriesID = "series_id"
        case firstFrame = "frame_start"
        case observedSeconds = "observed_s"
        case events, cell, cells, regions
    }
}
