import Imaging
import UNet

/// Looks at the newest frames through the model's side output, every few frames.
struct EarlyTier {
    private let output: SideOutput
    private let interval: Int
    private let size: FrameSize
    /// Frames of the camera in a cell.
    private let cellFrameCount: Int
    /// Frames of the segment that were looked at; nil before the first look.
    private(set) var frameCount: Int?

    /// - Parameters:
    ///   - output: The model's.
    ///   - interval: Frames of the network from one look to the next.
    ///   - factor: Frames of the network for each of the camera, which all others are; divides those of a cell.
    ///   - size: Of the frames.
    init(_ output: SideOutput, interval: Int, interpolating factor: Int = 1, size: FrameSize) {
        self.output = output
        self.interval = interval / factor
        self.size = size
        cellFrameCount = output.place.cellFrameCount / factor
    }

    /// The classes that it tells.
    var classes: Set<EventClass> { Set(output.units.compactMap { EventClass($0.networkClass) }) }

    /// How finely it sees.
    var resolution: FrontResolution { FrontResolution(pixels: output.place.cellFrameCount, frames: cellFrameCount) }

    /// Pixels that an event must cover to be announced, by class.
    var smallestPixelCounts: [EventClass: Int] {
        var counts: [EventClass: Int] = [:]
        for unit in output.units {
            if let eventClass = EventClass(unit.networkClass) { counts[eventClass] = unit.smallestPixelCount }
        }
        return counts
    }

    mutating func restart() { frameCount = nil }

    /// Whether it is time to look.
    ///
    /// - Parameters:
    ///   - count: frames of the segment that are there.
    ///   - newFrameCount: those of them behind the last window.
    /// - Returns: true after the interval, once these are whole cells.
    func isDue(at count: Int, newFrameCount: Int) -> Bool {
        newFrameCount.isMultiple(of: cellFrameCount) && count - (frameCount ?? 0) >= interval
    }

    /// The same for a network that has them all: false as long as it is busy, or has too few frames.
    func isDue(at count: Int, _ network: SlidingUNet) -> Bool {
        network.isSideReady && count - (frameCount ?? 0) >= interval
    }

    /// Looks at the frames since the last look.
    ///
    /// Where more came than half of the side output's window, those before are taken as empty.
    ///
    /// - Parameters:
    ///   - count: frames of the segment.
    ///   - network: that has them all.
    /// - Returns: what is there in them, and the first of them.
    mutating func look(at count: Int, _ network: SlidingUNet) -> (mask: ClassMask, first: Int) {
        let place = output.place, cell = cellFrameCount
        let new = count - (frameCount ?? max(0, count - interval))
        let wanted = min((new + cell - 1) / cell, place.windowFrameCount / place.cellFrameCount / 2)
        return look(at: count, network.sideFeatures(ofNewest: wanted))
    }

    /// The same with what was read of the newest frames.
    mutating func look(at count: Int, _ features: SideFeatures) -> (mask: ClassMask, first: Int) {
        let cell = cellFrameCount, wanted = features.cellCount
        let first = frameCount ?? max(0, count - wanted * cell)
        frameCount = count
        var classes = [UInt8](repeating: EventClass.background, count: (count - first) * size.pixelCount)
        var confidence = [Float](repeating: 1, count: classes.count)
        let cells = output.cellMask(of: features)
        // Mostly there is nothing.
        if cells.classes.contains(where: { $0 != EventClass.background }) {
            let columns = (0..<size.width).map { features.cell(ofRow: 0, column: $0) }
            for frame in max(first, count - wanted * cell)..<count {
                let layer = (frame - (count - wanted * cell)) / cell * features.cells.pixelCount
                for row in 0..<size.height {
                    let source = layer + features.cell(ofRow: row, column: 0)
                    let place = ((frame - first) * size.height + row) * size.width
                    for column in 0..<size.width {
                        classes[place + column] = cells.classes[source + columns[column]]
                        confidence[place + column] = cells.confidence[source + columns[column]]
                    }
                }
            }
        }
        return (ClassMask(classes: classes, confidence: confidence), first)
    }

}

extension SideOutput {
    /// The most probable class of every cell above its threshold, `[t][y][x]`.
    func cellMask(of features: SideFeatures) -> ClassMask {
        let count = features.cellCount * features.cells.pixelCount
        var classes = [UInt8](repeating: EventClass.background, count: count)
        var confidence = [Float](repeating: 1, count: count)
        for unit in units {
            let probabilities = self.probabilities(of: unit, in: features)
            for cell in 0..<count {
                let isOther = classes[cell] == EventClass.background
                if probabilities[cell] > unit.threshold, isOther || probabilities[cell] > confidence[cell] {
                    classes[cell] = UInt8(unit.networkClass.rawValue)
                    confidence[cell] = probabilities[cell]
                } else if isOther {
                    confidence[cell] = min(confidence[cell], 1 - probabilities[cell])
                }
            }
        }
        return ClassMask(classes: classes, confidence: confidence)
    }
}
