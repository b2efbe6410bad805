import CKernels
import Imaging

/// Memory for what a side output computes for one evaluation only.
struct SideLevels {
    /// A level from the side output's on: one short window.
    struct CoarseLevel {
        /// Nil of the side output's own level, which reads that of the network, but for its newest cells.
        let source: CellRing?
        let encoded: CellRing
        /// Nil of the coarsest level.
        let decoder: (raised: CellRing, between: CellRing, result: CellRing)?
    }

    let place: SideOutput.Place
    /// Sources of the levels 1 to the side output's, of which the cells near the newest frame lie here; by level - 1.
    let newestSources: [FrameStore]
    /// Where the results of the levels above the side output's pass by.
    let passingResults: [FrameStore]
    /// By level - that of the side output.
    let coarse: [CoarseLevel]

    init(_ place: SideOutput.Place, geometries: [LevelGeometry]) throws(UNetError) {
        self.place = place
        var sources: [FrameStore] = [], results: [FrameStore] = [], coarse: [CoarseLevel] = []
        for geometry in geometries[...place.coarsestLevel] {
            let sourceChannels = geometry.level == 0 ? 1 : geometries[geometry.level - 1].channels
            // Two cells more for every convolution that reads beyond.
            let cells = place.neededFrameCount >> geometry.level + 4
            if (1...place.level).contains(geometry.level) {
                sources.append(try geometry.ring(channels: sourceChannels, capacity: cells).store)
            }
            if geometry.level < place.level {
                results.append(try geometry.ring(channels: geometry.channels, capacity: geometry.chunk + 4).store)
            } else {
                let isLast = geometry.level == place.coarsestLevel
                coarse.append(try CoarseLevel(place, geometry, sourceChannels: sourceChannels, isLast: isLast))
            }
        }
        newestSources = sources
        passingResults = results
        self.coarse = coarse
    }

    var byteCount: Int { stores.reduce(0) { $0 + $1.byteCount } }

    func populate() {
        for store in stores { store.populate() }
    }

    private var stores: [FrameStore] {
        newestSources + passingResults
            + coarse.flatMap { level in
                [level.source, level.encoded].compactMap { $0?.store }
                    + (level.decoder.map { [$0.raised.store, $0.between.store, $0.result.store] } ?? [])
            }
    }
}

extension SideLevels.CoarseLevel {
    init(_ place: SideOutput.Place, _ geometry: LevelGeometry, sourceChannels: Int, isLast: Bool) throws(UNetError) {
        let cells = place.windowFrameCount >> geometry.level
        func ring(_ channels: Int) throws(UNetError) -> CellRing {
            try geometry.ring(channels: channels, capacity: cells)
        }
        let channels = geometry.channels
        source = geometry.level == place.level ? nil : try ring(sourceChannels)
        encoded = try ring(channels)
        decoder = isLast ? nil : (try ring(channels), try ring(channels), try ring(channels))
    }
}

/// Side outputs: the newest cells of the fine levels, then a short window of the coarse ones.
extension PlanExecutor {
    /// Computes what a side output reads.
    ///
    /// - Parameters:
    ///   - plan: of the frames that were taken in; no window is under way.
    ///   - features: receives the newest cells.
    func run(_ plan: SidePlan, into features: inout SideFeatures) {
        guard let side else { preconditionFailure("built with a side output") }
        moveRings(to: plan.firstFrame)
        encodeFine(plan, side)
        encodeCoarse(plan, side)
        decode(plan, side)
        guard let decoded = side.coarse[0].decoder?.result else { return }
        features.read(decoded, cells: plan.newest)
    }

    private func encodeFine(_ plan: SidePlan, _ side: SideLevels) {
        for (level, cells) in plan.fine.enumerated() {
            var current = encoder[level]
            if level > 0 {
                let store = side.newestSources[level - 1]
                current.source = current.source.replaced(from: cells.source.lowerBound, by: store)
            }
            current.result = current.result.replaced(
                from: cells.convolution2.lowerBound,
                by: side.passingResults[level]
            )
            let pooled = level + 1 < plan.fine.count ? plan.fine[level + 1].source : plan.source
            encode(
                current,
                results: [cells.convolution2],
                between: [cells.convolution1],
                pooled: [pooled],
                into: encoder[level + 1].source.replaced(from: pooled.lowerBound, by: side.newestSources[level]),
                cellCount: cells.end
            )
        }
    }

    private func encodeCoarse(_ plan: SidePlan, _ side: SideLevels) {
        for (index, rings) in side.coarse.enumerated() {
            let level = plan.place.level + index, cellCount = plan.cellCount(atLevel: level)
            var current = encoder[level]
            current.source =
                rings.source
                ?? current.source.replaced(from: plan.source.lowerBound, by: side.newestSources[level - 1])
                .counted(from: plan.windowStart)
            current.result = rings.encoded
            let next = index + 1 < side.coarse.count ? side.coarse[index + 1].source : nil
            encode(
                current,
                results: [0..<cellCount],
                between: [0..<cellCount],
                pooled: next == nil ? [] : [0..<cellCount / 2],
                into: next,
                cellCount: cellCount
            )
        }
    }

    private func decode(_ plan: SidePlan, _ side: SideLevels) {
        var deeper = side.coarse[side.coarse.count - 1].encoded
        for (index, cells) in plan.decoder.enumerated().reversed() {
            let level = plan.place.level + index, layers = decoder[level]
            guard let rings = side.coarse[index].decoder else { continue }
            let cellCount = plan.cellCount(atLevel: level)
            runner.upConvolve(layers.upConvolution, from: deeper, to: rings.raised, cells: cells.upConvolution)
            runner.convolve(
                layers.convolution1,
                from: side.coarse[index].encoded,
                and: rings.raised,
                to: rings.between,
                cells: cells.convolution1,
                of: cellCount
            )
            runner.convolve(
                layers.convolution2,
                from: rings.between,
                to: rings.result,
                cells: cells.convolution2,
                of: cellCount
            )
            deeper = rings.result
        }
    }
}
