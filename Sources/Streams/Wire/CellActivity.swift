package import Detection
import Foundation
package import Imaging

/// What a cell did in a recording: its area, and how often events of every class came.
package struct CellActivity: Codable, Sendable, Equatable {
    /// Where the area comes from.
    package enum Origin: String, Codable, Sendable {
        /// The cell was told from its dark surroundings.
        case found
        /// No outside could be told from the cell: the area is that of the frame.
        case wholeFrame = "whole_frame"
        /// A mask was given.
        case given
    }

    /// Events of a class, with the exact 95 % interval of a Poisson count, see ``PoissonInterval``.
    package struct Frequency: Codable, Sendable, Equatable {
        package var events: Int
        /// Events per 100 µm² of cell and second.
        package var frequency: Double
        package var lower: Double
        package var upper: Double

        enum CodingKeys: String, CodingKey {
            case events
            case frequency = "per_100um2_per_s"
            case lower = "low95"
            case upper = "high95"
        }
    }

    package var areaSquareMicrometres: Double
    package var origin: Origin
    /// Duration of the frames that were searched for events, in s.
    package var observedSeconds: Double
    /// By the name of the class, see ``EventClass/name``.
    package var frequencies: [String: Frequency]

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
        let area = Double(cell.pixelCount) * pixelArea
        let seconds = Double(frameCount) * calibration.frameIntervalMilliseconds / 1000
        let exposure = area / 100 * seconds
        areaSquareMicrometres = area.rounded(decimals: 2) ?? 0
        origin = cell.isGiven ? .given : cell.pixelCount == cell.size.pixelCount ? .wholeFrame : .found
        observedSeconds = seconds.rounded(decimals: 4) ?? 0
        frequencies = EventClass.allCases.reduce(into: [:]) { frequencies, eventClass in
            let count = eventCounts[eventClass] ?? 0, interval = PoissonInterval(count: count)
            frequencies[eventClass.name] = Frequency(
                events: count,
                frequency: (Double(count) / exposure).rounded(decimals: 6) ?? 0,
                lower: (interval.lower / exposure).rounded(decimals: 6) ?? 0,
                upper: (interval.upper / exposure).rounded(decimals: 6) ?? 0
            )
        }
    }

    enum CodingKeys: String, CodingKey {
        case areaSquareMicrometres = "area_um2"
        case origin
        case observedSeconds = "observed_s"
        case frequencies
    }
}

extension CellActivity {
    /// Area and frequencies in a line.
    package var text: String {
        let rates = EventClass.allCases.compactMap { eventClass in
            frequencies[eventClass.name].map { rate in
                String(
                    format: "%@s %.3f (%.3f to %.3f)",
                    eventClass.name,
                    rate.frequency,
                    rate.lower,
                    rate.upper
                )
            }
        }
        let area = String(format: "%.0f µm²", areaSquareMicrometres) + (origin == .wholeFrame ? " (whole frame)" : "")
        return "\(area); \(rates.joined(separator: ", ")) per 100 µm² and s (95 %)"
    }
}
