package import Detection
package import Imaging

/// What a cell did in a recording, or all cells together: area, and how often events of every class came.
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

    /// Number of events by class, of every cell by its number; under 0 those that lie in none.
    package typealias EventCounts = [Int: [EventClass: Int]]

    /// Number of the cell; nil for all cells together.
    package var number: Int?
    package var areaSquareMicrometres: Double
    package var origin: Origin
    /// Where the light outside of the cell comes from.
    package var blankOrigin: BlankLevel.Origin
    /// Duration of the frames that were searched for events, in s.
    package var observedSeconds: Double
    package var eventCounts: [EventClass: Int]
    /// Share of that time in which what was found cannot be movement, see `EventFlag.motion`; nil if movement was not looked for.
    package var usableShare: Double?

    /// Relates numbers of events to all cells together; nil if there is no cell or no time to relate them to.
    ///
    /// - Parameters:
    ///   - cells: Where the cells are.
    ///   - frameCount: Number of frames that were searched.
    ///   - eventCounts: Number of events.
    ///   - calibration: Pixel size and frame interval.
    ///   - usableShare: Share of them in which what was found cannot be movement; nil if that was not looked for.
    package init?(
        cells: CellMask?,
        frameCount: Int,
        eventCounts: EventCounts,
        calibration: Calibration,
        usableShare: Double? = nil
    ) {
        guard let cells, cells.pixelCount > 0, frameCount > 0 else { return nil }
        let pixelArea = calibration.pixelSizeMicrometres * calibration.pixelSizeMicrometres
        areaSquareMicrometres = Double(cells.pixelCount) * pixelArea
        observedSeconds = Double(frameCount) * calibration.frameIntervalMilliseconds / 1000
        origin = cells.isGiven ? .given : cells.pixelCount == cells.size.pixelCount ? .wholeFrame : .found
        blankOrigin = cells.blank.origin
        self.usableShare = usableShare
        self.eventCounts = eventCounts.values.reduce(into: [:]) { $0.merge($1, uniquingKeysWith: +) }
    }

    /// The same of every cell, in the order of their numbers; empty if there is none.
    package static func each(
        of cells: CellMask?,
        frameCount: Int,
        eventCounts: EventCounts,
        calibration: Calibration,
        usableShare: Double? = nil
    ) -> [CellActivity] {
        let whole = CellActivity(
            cells: cells,
            frameCount: frameCount,
            eventCounts: eventCounts,
            calibration: calibration,
            usableShare: usableShare
        )
        guard let cells, let whole else { return [] }
        return cells.cells.map { cell in
            var own = whole
            own.number = cell.number
            own.areaSquareMicrometres *= Double(cell.pixelCount) / Double(cells.pixelCount)
            own.blankOrigin = cell.blank.origin
            own.eventCounts = eventCounts[cell.number] ?? [:]
            return own
        }
    }

    /// How often events of a class came.
    package func frequency(of eventClass: EventClass) -> EventFrequency {
        EventFrequency(
            count: eventCounts[eventClass] ?? 0,
            areaSquareMicrometres: areaSquareMicrometres,
            observedSeconds: observedSeconds
        )
    }
}

extension CellActivity.EventCounts {
    /// Counts events that became final.
    package mutating func count(_ events: [CalciumEvent]) {
        for event in events { self[event.cell ?? 0, default: [:]][event.eventClass, default: 0] += 1 }
    }
}

/// Events per 100 µm² of cell and second, with the exact 95 % interval of a Poisson count.
package struct EventFrequency: Sendable, Equatable {
    package let value: Double
    package let lower: Double
    package let upper: Double

    /// - Precondition: area and time are positive.
    package init(count: Int, areaSquareMicrometres: Double, observedSeconds: Double) {
        let exposure = areaSquareMicrometres / 100 * observedSeconds
        let interval = PoissonInterval(count: count)
        value = Double(count) / exposure
        lower = interval.lower / exposure
        upper = interval.upper / exposure
    }
}
