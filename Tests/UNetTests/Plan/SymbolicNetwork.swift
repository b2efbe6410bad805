import UNet

/// The network with every number replaced by a hash of what it was computed from, time axis only.
///
/// Two cells are equal exactly if the same frames and the same zero padding went into them in the same way.
enum SymbolicNetwork {
    typealias Cell = UInt64

    /// What a convolution reads beyond the ends of the window.
    static let padding: Cell = 0x5041_4444_494E_4721

    enum Layer: Cell {
        case pooling = 1
        case encoder1, encoder2, upConvolution, decoder1, decoder2, final
    }

    /// A cell that depends on its layer, its level and the order of what it reads.
    static func cell(_ layer: Layer, _ level: Int, _ sources: Cell...) -> Cell {
        var hash = layer.rawValue << 8 | Cell(level)
        for source in sources {
            hash = (hash ^ source) &* 0x9E37_79B9_7F4A_7C15
            hash ^= hash >> 29
            hash = hash &* 0xBF58_476D_1CE4_E5B9
            hash ^= hash >> 32
        }
        return hash
    }

    /// All cells of one encoder level of a window.
    struct EncoderLevel {
        var source: [Cell]
        var convolution2: [Cell]
    }

    /// The whole window, computed at once.
    static func whole(_ frames: [Cell], steps: Int) -> (encoder: [EncoderLevel], result: [Cell]) {
        var encoder: [EncoderLevel] = []
        var source = frames
        for level in 0...steps {
            let convolution1 = convolved(source, .encoder1, level)
            let convolution2 = convolved(convolution1, .encoder2, level)
            encoder.append(EncoderLevel(source: source, convolution2: convolution2))
            source = (0..<convolution2.count / 2).map {
                cell(.pooling, level + 1, convolution2[2 * $0], convolution2[2 * $0 + 1])
            }
        }
        var below = encoder[steps].convolution2
        for level in (0..<steps).reversed() {
            let concatenated = encoder[level].convolution2.enumerated().map { index, skip in
                skip ^ cell(.upConvolution, level, below[index / 2], Cell(index % 2))
            }
            below = convolved(convolved(concatenated, .decoder1, level), .decoder2, level)
        }
        return (encoder, below.map { cell(.final, 0, $0) })
    }

    private static func convolved(_ source: [Cell], _ layer: Layer, _ level: Int) -> [Cell] {
        let padded = [padding] + source + [padding]
        return source.indices.map { cell(layer, level, padded[$0], padded[$0 + 1], padded[$0 + 2]) }
    }
}

/// Executes plans over rings, as the real network does, and objects to everything that a plan must not do.
struct SymbolicExecutor {
    typealias Cell = SymbolicNetwork.Cell

    /// A plan that reads what it did not announce or what nobody stored.
    struct Fault: Error, CustomStringConvertible {
        let description: String
    }

    /// Cells of one layer for one window; only those the plan calls needed may be read.
    private struct Row {
        let name: String
        let plan: LayerPlan
        var cells: [Cell?]
        var unread: Set<Int>

        init(_ name: String, _ plan: LayerPlan, count: Int) {
            self.name = name
            self.plan = plan
            cells = Array(repeating: nil, count: count)
            unread = Set(plan.needed.joined())
        }

        /// Reads a cell, or zero padding outside the window.
        mutating func read(_ index: Int) throws -> Cell {
            guard cells.indices.contains(index) else { return SymbolicNetwork.padding }
            guard plan.needed.contains(where: { $0.contains(index) }) else {
                throw Fault(description: "\(name): cell \(index) is read but not needed")
            }
            guard let cell = cells[index] else { throw Fault(description: "\(name): cell \(index) is empty") }
            unread.remove(index)
            return cell
        }
    }

    /// What the slots of the rings hold, per encoder level.
    private(set) var sources: [[Cell?]]
    private(set) var results: [[Cell?]]
    private let rings: CellRings

    init(windowFrameCount: Int, steps: Int) {
        rings = CellRings(windowFrameCount: windowFrameCount, steps: steps)
        sources = (0...steps).map { Array(repeating: nil, count: windowFrameCount >> $0) }
        results = (0...steps).map { [rings] in Array(repeating: nil, count: rings.keptCells(atLevel: $0).count) }
    }

    /// Where the rings hold a source, and a result, of a window.
    func sourceSlot(_ cell: Int, level: Int, firstFrame: Int) -> Int {
        rings.slot(ofCell: cell, atLevel: level, firstFrame: firstFrame, capacity: sources[level].count)
    }

    func resultSlot(_ cell: Int, level: Int, firstFrame: Int) -> Int {
        rings.slot(ofCell: cell, atLevel: level, firstFrame: firstFrame, capacity: results[level].count)
    }

    /// Runs the plan of frames that arrive, in the longest chunks allowed; `frame` gives the frames by number.
    mutating func run(_ plan: ArrivalPlan, frame: (Int) -> Cell) throws {
        for (level, levelPlan) in plan.encoder.enumerated() {
            let source = { [self] in sourceSlot($0, level: level, firstFrame: plan.firstFrame) }
            let result = { [self] in resultSlot($0, level: level, firstFrame: plan.firstFrame) }
            if level == 0 {
                for cell in levelPlan.source.computed.joined() {
                    sources[0][source(cell)] = frame(plan.firstFrame + cell)
                }
            }
            let end = (levelPlan.source.needed.last?.upperBound ?? 0) + 1
            var read = Row("source \(level)", levelPlan.source, count: end)
            for cell in levelPlan.source.needed.joined() { read.cells[cell] = sources[level][source(cell)] }
            var between = Row("encoder1 \(level)", levelPlan.convolution1, count: end)
            try Self.convolve(&read, into: &between, .encoder1, level)
            var written = Row("encoder2 \(level)", levelPlan.convolution2, count: end)
            try Self.convolve(&between, into: &written, .encoder2, level)
            try Self.checkAllRead(read, except: levelPlan.source.computed)
            try Self.checkAllRead(between)
            var toPool = (level < plan.encoder.count - 1 ? plan.encoder[level + 1].source.computed : []).flatMap(\.self)
            for range in levelPlan.convolution2.computed {
                let longest = max(1, results[level].count - 1)
                for first in stride(from: range.lowerBound, to: range.upperBound, by: longest) {
                    let chunk = first..<min(first + longest, range.upperBound)
                    try pool(&toPool, before: first / 2, toLevel: level + 1, firstFrame: plan.firstFrame)
                    for cell in chunk { results[level][result(cell)] = written.cells[cell] }
                    try pool(&toPool, before: chunk.upperBound / 2, toLevel: level + 1, firstFrame: plan.firstFrame)
                }
            }
            try pool(&toPool, before: .max, toLevel: level + 1, firstFrame: plan.firstFrame)
        }
    }

    /// Pools the first of some cells of a level, and takes them off the list.
    private mutating func pool(_ cells: inout [Int], before end: Int, toLevel level: Int, firstFrame: Int) throws {
        while let cell = cells.first, cell < end {
            cells.removeFirst()
            let halves = try (2 * cell...2 * cell + 1).map { half in
                guard let value = results[level - 1][resultSlot(half, level: level - 1, firstFrame: firstFrame)] else {
                    throw Fault(description: "result \(level - 1): cell \(half) is empty")
                }
                return value
            }
            sources[level][sourceSlot(cell, level: level, firstFrame: firstFrame)] =
                SymbolicNetwork.cell(.pooling, level, halves[0], halves[1])
        }
    }

    /// Runs the plan of a window.
    ///
    /// - Returns: the result for every wanted frame, nil for the others.
    mutating func run(_ plan: IncrementalPlan, frames: [Cell]) throws -> [Cell?] {
        var encoder: [Row] = []
        var encoderSources: [Row] = []
        for (level, levelPlan) in plan.encoder.enumerated() {
            let count = rings.cellCount(atLevel: level)
            let kept = rings.keptCells(atLevel: level)
            var source = Row("source \(level)", levelPlan.source, count: count)
            for cell in levelPlan.source.computed.joined() {
                sources[level][sourceSlot(cell, level: level, firstFrame: plan.firstFrame)] =
                    level == 0
                    ? frames[cell]
                    : SymbolicNetwork.cell(
                        .pooling,
                        level,
                        try encoder[level - 1].read(2 * cell),
                        try encoder[level - 1].read(2 * cell + 1)
                    )
            }
            for cell in levelPlan.source.needed.joined() {
                source.cells[cell] = sources[level][sourceSlot(cell, level: level, firstFrame: plan.firstFrame)]
            }
            var between = Row("encoder1 \(level)", levelPlan.convolution1, count: count)
            try Self.convolve(&source, into: &between, .encoder1, level)
            var result = Row("encoder2 \(level)", levelPlan.convolution2, count: count)
            try Self.convolve(&between, into: &result, .encoder2, level)
            for cell in levelPlan.convolution2.computed.joined() where kept.contains(cell) {
                results[level][resultSlot(cell, level: level, firstFrame: plan.firstFrame)] = result.cells[cell]
            }
            for cell in levelPlan.convolution2.reused.joined() where kept.contains(cell) {
                result.cells[cell] = results[level][resultSlot(cell, level: level, firstFrame: plan.firstFrame)]
            }
            try Self.checkAllRead(between)
            encoder.append(result)
            encoderSources.append(source)
        }
        let steps = plan.steps
        var below = encoder[steps]
        for level in (0..<steps).reversed() {
            let levelPlan = plan.decoder[level]
            let count = rings.cellCount(atLevel: level)
            var skip = Row("skip \(level)", levelPlan.skip, count: count)
            var skipBetween = Row("skip encoder1 \(level)", levelPlan.skipConvolution1, count: count)
            try Self.convolve(&encoderSources[level], into: &skipBetween, .encoder1, level)
            try Self.convolve(&skipBetween, into: &skip, .encoder2, level)
            try Self.checkAllRead(skipBetween)
            for cell in levelPlan.skip.reused.joined() { skip.cells[cell] = try encoder[level].read(cell) }
            var concatenated = Row("up \(level)", levelPlan.upConvolution, count: count)
            for cell in levelPlan.upConvolution.computed.joined() {
                let up = SymbolicNetwork.cell(.upConvolution, level, try below.read(cell / 2), Cell(cell % 2))
                concatenated.cells[cell] = try skip.read(cell) ^ up
            }
            try Self.checkAllRead(skip)
            try Self.checkAllRead(below)
            var between = Row("decoder1 \(level)", levelPlan.convolution1, count: count)
            try Self.convolve(&concatenated, into: &between, .decoder1, level)
            try Self.checkAllRead(concatenated)
            var result = Row("decoder2 \(level)", levelPlan.convolution2, count: count)
            try Self.convolve(&between, into: &result, .decoder2, level)
            try Self.checkAllRead(between)
            try Self.checkAllRead(encoder[level])
            below = result
        }
        for level in 1...steps {
            try Self.checkAllRead(encoderSources[level], except: plan.encoder[level].source.reused)
        }
        var result = [Cell?](repeating: nil, count: plan.windowFrameCount)
        for frame in plan.finalLayer.computed.joined() {
            result[frame] = SymbolicNetwork.cell(.final, 0, try below.read(frame))
        }
        try Self.checkAllRead(below)
        return result
    }

    private static func convolve(
        _ source: inout Row,
        into destination: inout Row,
        _ layer: SymbolicNetwork.Layer,
        _ level: Int
    ) throws {
        for cell in destination.plan.computed.joined() {
            let sources = (try source.read(cell - 1), try source.read(cell), try source.read(cell + 1))
            destination.cells[cell] = SymbolicNetwork.cell(layer, level, sources.0, sources.1, sources.2)
        }
    }

    /// Objects to cells that were announced as needed and that nothing read.
    private static func checkAllRead(_ row: Row, except: [Range<Int>] = []) throws {
        if let cell = row.unread.subtracting(except.joined()).min() {
            throw Fault(description: "\(row.name): cell \(cell) is needed but never read")
        }
    }
}
