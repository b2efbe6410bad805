package import Detection
package import Imaging

/// What a cell did in a recording: its area, and how often events of every class came.
package struct CellActivity: Sendable, Equatable {
    /// Where the area comes from.
    package enum Origin: String, Codable, Sendable {
        /// The cell was told from its dark surroundings.
        case found
        /// No outside could be told from the cell: the area is that of the frame.
        case wholeFrame = "whole_frame"
        /// A mask was given.
        case given
    }

    package var areaSquareMicrometres: Double
    package var origin: Origin
    /// Duration of the frames that were searched for events, in s.
    package var observedSeconds: Double
    package var eventCounts: [EventClass: Int]

    /// Relates numbers of events to a cell; nil if there is no cell or no time to relate them to.
    ///
    /// - Parameters:
    ///   - cell: Where the cell is.
    ///   - frameCount: Number of frames that were searched.
    ///   - eventCounts: Number of events by class.
    ///   - calibration: Pixel size and frame interval.
    package init?(cell: CellMask?, frameCount: Int, eventCounts: [EventClass: Int], calibration: Calibration) {
        guard let cell, cell.pixelCount > 0, frameCount > 0 else { return nil }
        let pixelArea = calibration.pixelSizeMicrometres * calibration.pixelSizeMicrometres
        areaSquareMicrometres = Double(cell.pixelCount) * pixelArea
        observedSeconds = Double(frameCount) * calibration.frameIntervalMilliseconds / 1000
        origin = cell.isGiven ? .given : cell.pixelCount == cell.size.pixelCount ? .wholeFrame : .found
        self.eventCounts = eventCounts
    }

    /// Events of a class per 100 µm² of cell and second, with the exact 95 % interval of a Poisson count.
    package func frequency(of eventClass: EventClass) -> (value: Double, lower: Double, upper: Double) {
        let exposure = areaSquareMicrometres / 100 * observedSeconds
        let count = eventCounts[eventClass] ?? 0, interval = PoissonInterval(count: count)
        return (Double(count) / exposure, interval.lower / exposure, interval.upper / exposure)
    }
}
