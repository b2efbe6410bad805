package import Imaging

/// Remembers where and when events were, to tell how long a site had rested.
///
/// Memory is fixed: of very many events the oldest are forgotten.
package struct SiteHistory {
    private static let capacity = 8192
    private static let reachMicrometres = 2.0

    private struct Entry {
        let onset: Double
        let row: Double
        let column: Double
    }

    private let reachPixels: Double
    private let frameIntervalMilliseconds: Double
    private var entries: [Entry] = []
    private var oldest = 0

    package init(calibration: Calibration) {
        reachPixels = Self.reachMicrometres / calibration.pixelSizeMicrometres
        frameIntervalMilliseconds = calibration.frameIntervalMilliseconds
    }

    /// Notes the time from the onset of the last event within 2 µm to that of this one, and remembers this one.
    package mutating func noteDelay(of event: inout CalciumEvent) {
        if let delay = delay(of: event) {
            event.parameters[.delay] = delay
            event.unavailable[.delay] = nil
        }
    }

    private mutating func delay(of event: CalciumEvent) -> Double? {
        let onset = event.parameters[.onset] ?? Double(event.startFrame) * frameIntervalMilliseconds
        let near = entries.lazy.filter { [reachPixels] entry in
            let (dy, dx) = (entry.row - event.centroidRow, entry.column - event.centroidColumn)
            return entry.onset < onset && dy * dy + dx * dx <= reachPixels * reachPixels
        }
        let last = near.map(\.onset).max()
        let entry = Entry(onset: onset, row: event.centroidRow, column: event.centroidColumn)
        if entries.count < Self.capacity {
            entries.append(entry)
        } else {
            entries[oldest] = entry
            oldest = (oldest + 1) % Self.capacity
        }
        return last.map { onset - $0 }
    }
}
