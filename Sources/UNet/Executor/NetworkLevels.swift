import CKernels
import Imaging

/// Layouts and extents of the buffers of one level.
struct LevelGeometry {
    let level: Int
    let layout: CKernelsLayout
    let algorithm: ConvolutionAlgorithm
    let size: FrameSize
    let channels: Int
    /// Cells of a window.
    let cellCount: Int
    /// Cells of a window of which the encoder's results are kept.
    let keptCells: Range<Int>
    /// Whether all cells of a window take little memory.
    let isSmall: Bool
    /// Cells that are computed between two layers without keeping more of the first than the second still reads.
    let chunk: Int

    /// Memory of one layer's cells within a chunk: so much of the last cache that the next layer finds them there.
    private static var chunkByteCount: Int { Int(ckernels_caches().last_level_bytes) / 4 }
    /// Few cells at a time cost more, since two more are read than are made; many cost memory.
    private static let chunkRange = 4...16
    /// From here on blocks of channels are whole vectors of every instruction set.
    private static let fewestBlockedChannels = 32

    init(
        level: Int,
        shape: UNetShape,
        paddedSize: FrameSize,
        window: Int,
        algorithm: ConvolutionAlgorithm,
        isa: CKernelsISA
    ) {
        let rings = CellRings(windowFrameCount: window, steps: shape.steps)
        self.level = level
        self.algorithm = algorithm
        channels = shape.channels(atLevel: level)
        size = FrameSize(height: paddedSize.height >> level, width: paddedSize.width >> level)
        cellCount = rings.cellCount(atLevel: level)
        keptCells = rings.keptCells(atLevel: level)
        isSmall = rings.isSmall(level: level)
        let fillsBlocks = channels >= Self.fewestBlockedChannels && channels.isMultiple(of: blockChannels)
        let isBlocked = algorithm != .gemm && level > 0 && fillsBlocks
        // Of all levels or of none: frames do not go from planar to narrow, but for the movie.
        let isNarrow = algorithm.usesNarrow(of: isa) && shape.firstLayerChannels.isMultiple(of: narrowChannels)
        layout = isBlocked ? .blocked : isNarrow ? .narrow : .planar
        let frameByteCount = size.pixelCount * channels * MemoryLayout<Float>.stride
        // A cell is pooled before one that takes its place.
        let longestChunk = keptCells.count < cellCount ? keptCells.count - 1 : cellCount
        let fitting = Self.chunkByteCount / frameByteCount
        chunk = min(longestChunk, max(Self.chunkRange.lowerBound, min(fitting, Self.chunkRange.upperBound)))
    }

    func ring(channels: Int, capacity: Int) throws(UNetError) -> CellRing {
        // The movie's channel alone fills no block.
        let layout = layout == .narrow && channels < narrowChannels ? .planar : layout
        return try CellRing(layout: layout, size: size, channels: channels, capacity: capacity)
    }

    func convolution(
        _ layer: ConvolutionWeights,
        name: NetworkLayer,
        sourceChannels: [Int]
    ) throws(UNetError) -> PackedLayer {
        let chosen = algorithm.kernels(
            layout: layout,
            size: size,
            sourceChannels: layer.sourceChannels,
            destinationChannels: layer.destinationChannels
        )
        return try .convolution(layer, name: name, layout: layout, algorithm: chosen, sourceChannels: sourceChannels)
    }
}

/// One level on the way down.
struct EncoderLevel {
    let geometry: LevelGeometry
    /// Kept: what the first convolution reads.
    var source: CellRing
    /// One chunk and its neighbours.
    let between: CellRing
    /// Source of the next level and skip connection.
    var result: CellRing
    let convolution1: PackedLayer
    let convolution2: PackedLayer

    var scratchFloats: Int { max(convolution1.scratchFloats, convolution2.scratchFloats) }

    init(_ block: EncoderBlock, geometry: LevelGeometry) throws(UNetError) {
        self.geometry = geometry
        let sources = block.convolution1.sourceChannels, channels = geometry.channels
        source = try geometry.ring(channels: sources, capacity: geometry.cellCount)
        between = try geometry.ring(channels: channels, capacity: min(geometry.cellCount, geometry.chunk + 2))
        result = try CellRing(
            layout: geometry.layout,
            size: geometry.size,
            channels: channels,
            kept: geometry.keptCells,
            passingCount: geometry.chunk + 4
        )
        convolution1 = try geometry.convolution(
            block.convolution1,
            name: .encoder(level: geometry.level, convolution: 1),
            sourceChannels: [sources]
        )
        convolution2 = try geometry.convolution(
            block.convolution2,
            name: .encoder(level: geometry.level, convolution: 2),
            sourceChannels: [channels]
        )
    }
}

/// One level on the way up.
struct DecoderLevel {
    let geometry: LevelGeometry
    /// One chunk and its neighbours.
    let raised: CellRing
    let between: CellRing
    /// Every cell of a window if ``isComputedWhole``, else one chunk and what the level above reads at once.
    let result: CellRing
    /// Small levels are: their kernels are best with many cells at once.
    let isComputedWhole: Bool
    let upConvolution: PackedLayer
    let convolution1: PackedLayer
    let convolution2: PackedLayer

    var scratchFloats: Int { max(convolution1.scratchFloats, convolution2.scratchFloats) }

    init(
        _ block: DecoderBlock,
        geometry: LevelGeometry,
        deeperLayout: CKernelsLayout,
        finerChunk: Int
    ) throws(UNetError) {
        self.geometry = geometry
        let channels = geometry.channels, cells = geometry.cellCount
        raised = try geometry.ring(channels: channels, capacity: min(cells, geometry.chunk + 4))
        between = try geometry.ring(channels: channels, capacity: min(cells, geometry.chunk + 2))
        let level = geometry.level
        isComputedWhole = geometry.isSmall
        result = try geometry.ring(
            channels: channels,
            capacity: isComputedWhole ? cells : min(cells, geometry.chunk + finerChunk / 2 + 4)
        )
        upConvolution = try .upConvolution(
            block.upConvolution,
            name: .upConvolution(level: level),
            sourceLayout: deeperLayout
        )
        convolution1 = try geometry.convolution(
            block.convolution1,
            name: .decoder(level: level, convolution: 1),
            sourceChannels: [channels, channels]
        )
        convolution2 = try geometry.convolution(
            block.convolution2,
            name: .decoder(level: level, convolution: 2),
            sourceChannels: [channels]
        )
    }
}
