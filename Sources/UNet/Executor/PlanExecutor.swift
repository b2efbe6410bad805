import CKernels
import Imaging

/// Follows plans: owns the memory of all layers and computes in it what a plan says.
final class PlanExecutor {
    let part: FramePart
    private(set) var encoder: [EncoderLevel] = []
    private(set) var decoder: [DecoderLevel] = []
    let finalLayer: PackedLayer
    let runner: LayerRunner
    /// How far the decoder of the window under way has come, per level.
    var cursors: [DecoderCursors]
    var clock: LayerClock? {
        get { runner.clock }
        set { runner.clock = newValue }
    }

    private let rings: CellRings
    /// Nil without a side output.
    let side: SideLevels?

    init(
        model: Model,
        frameSize: FrameSize,
        window: Int,
        workers: WorkerPool,
        isa: CKernelsISA,
        algorithm: ConvolutionAlgorithm,
        side place: SideOutput.Place?
    ) throws(UNetError) {
        let paddedSize = model.shape.paddedSize(of: frameSize)
        part = FramePart(of: frameSize, in: paddedSize)
        rings = CellRings(windowFrameCount: window, steps: model.shape.steps)
        finalLayer = try .final(model.finalLayer)
        cursors = Array(repeating: DecoderCursors(), count: model.shape.steps)
        for (level, block) in model.encoder.enumerated() {
            let geometry = LevelGeometry(
                level: level,
                shape: model.shape,
                paddedSize: paddedSize,
                window: window,
                algorithm: algorithm,
                isa: isa
            )
            encoder.append(try EncoderLevel(block, geometry: geometry))
        }
        for (level, block) in model.decoder.enumerated() {
            decoder.append(
                try DecoderLevel(
                    block,
                    geometry: encoder[level].geometry,
                    deeperLayout: encoder[level + 1].geometry.layout,
                    finerChunk: level > 0 ? encoder[level - 1].geometry.chunk : 0
                )
            )
        }
        if let place {
            side = try SideLevels(place, geometries: encoder.map(\.geometry))
        } else {
            side = nil
        }
        let scratchFloats = encoder.map(\.scratchFloats) + decoder.map(\.scratchFloats)
        runner = try LayerRunner(window: window, workers: workers, isa: isa, scratchFloats: scratchFloats.max() ?? 0)
    }

    /// Memory that is reserved for the frames of all layers.
    var frameByteCount: Int { cellRings.reduce(0) { $0 + $1.byteCount } + (side?.byteCount ?? 0) }

    /// Takes that memory, so that the first window does not wait for it.
    func populate() {
        for ring in cellRings { ring.store.populate() }
        side?.populate()
    }

    private var cellRings: [CellRing] {
        encoder.flatMap { [$0.source, $0.between, $0.result] } + decoder.flatMap { [$0.raised, $0.between, $0.result] }
    }

    /// Copies frames into the zeros around them.
    ///
    /// - Parameters:
    ///   - frames: `[t][y][x]`.
    ///   - indices: theirs, counted from the first frame after the last restart.
    func takeIn(_ frames: UnsafePointer<Float>, indices: Range<Int>) {
        let store = encoder[0].source.store
        let offset = store.offset(channel: 0, y: part.top, x: part.left)
        var row = frames
        for index in indices {
            var destination = store.frame(index % store.capacity) + offset
            for _ in 0..<part.size.height {
                destination.update(from: row, count: part.size.width)
                destination += store.geometry.row_stride
                row += part.size.width
            }
        }
    }

    /// Computes the encoder of a window, and makes the decoder ready for it.
    ///
    /// - Parameter plan: the plan of the window, the next one after that of the last call; its frames were taken in.
    func start(_ plan: IncrementalPlan) {
        moveRings(to: plan.firstFrame)
        for level in encoder.indices { encode(level, plan.encoder, cellCount: encoder[level].geometry.cellCount) }
        for level in decoder.indices { cursors[level] = DecoderCursors(plan.decoder[level]) }
    }

    /// Computes what can be computed before a window is complete.
    func run(_ plan: ArrivalPlan) {
        moveRings(to: plan.firstFrame)
        // Nothing that is computed ahead touches the end of a window.
        for level in encoder.indices { encode(level, plan.encoder, cellCount: .max) }
    }

    func moveRings(to firstFrame: Int) {
        func origin(_ level: Int, _ ring: CellRing) -> Int {
            rings.slot(ofCell: 0, atLevel: level, firstFrame: firstFrame, capacity: ring.store.capacity)
        }
        for level in encoder.indices {
            encoder[level].source.origin = origin(level, encoder[level].source)
            encoder[level].result.origin = origin(level, encoder[level].result)
        }
    }

    private func encode(_ level: Int, _ plans: [EncoderLevelPlan], cellCount: Int) {
        let isLast = level + 1 == encoder.count
        encode(
            encoder[level],
            results: plans[level].convolution2.computed,
            between: plans[level].convolution1.computed,
            pooled: isLast ? [] : plans[level + 1].source.computed,
            into: isLast ? nil : encoder[level + 1].source,
            cellCount: cellCount
        )
    }

    /// Computes a level on the way down and pools it for the next; cells from `cellCount` on are padding.
    func encode(
        _ current: EncoderLevel,
        results: [Range<Int>],
        between: [Range<Int>],
        pooled: [Range<Int>],
        into next: CellRing?,
        cellCount: Int
    ) {
        var results = CellCursor(results)
        var between = CellCursor(between)
        var pooled = CellCursor(pooled)
        func pool(before end: Int) {
            guard let next else { return }
            while let coarse = pooled.advance(before: end) {
                runner.pool(from: current.result, to: next, cells: coarse, level: current.geometry.level + 1)
            }
        }
        while let cells = results.advance(before: .max, atMost: current.geometry.chunk) {
            // Those that were there already may lose their place to the chunk.
            pool(before: cells.lowerBound / 2)
            convolve(current, cells, between: &between, cellCount: cellCount)
            pool(before: cells.upperBound / 2)
        }
        pool(before: .max)
    }

    /// The two convolutions of a level on the way down, for at most a chunk of cells.
    func convolve(_ current: EncoderLevel, _ cells: Range<Int>, between: inout CellCursor, cellCount: Int) {
        while let neighbours = between.advance(before: cells.upperBound + 1, atMost: current.geometry.chunk + 2) {
            runner.convolve(
                current.convolution1,
                from: current.source,
                to: current.between,
                cells: neighbours,
                of: cellCount
            )
        }
        runner.convolve(current.convolution2, from: current.between, to: current.result, cells: cells, of: cellCount)
    }
}
