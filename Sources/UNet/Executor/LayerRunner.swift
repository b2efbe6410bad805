import CKernels
import Imaging

/// Runs single layers on ranges of cells with all workers.
final class LayerRunner {
    private let pool: WorkerPool
    private let isa: CKernelsISA
    /// Pointers to the frames of one job: room for every cell of a window and its two neighbours.
    private let firstSources: UnsafeMutablePointer<UnsafePointer<Float>?>
    private let secondSources: UnsafeMutablePointer<UnsafePointer<Float>?>
    private let destinations: UnsafeMutablePointer<UnsafeMutablePointer<Float>?>
    /// Memory in which every thread keeps what it computes on the way to a result.
    private let scratch: UnsafeMutablePointer<Float>
    private let scratchFloats: Int
    /// The second-level cache of a thread.
    private let cacheByteCount = ckernels_caches().second_level_bytes
    /// Told what every job took, if somebody measures.
    var clock: LayerClock?

    /// - Parameters:
    ///   - window: frames of a window.
    ///   - workers: that compute.
    ///   - isa: instruction set of the kernels.
    ///   - scratchFloats: the most scratch memory that a layer needs per thread.
    /// - Throws: ``UNetError`` if memory is not to be had.
    init(window: Int, workers: WorkerPool, isa: CKernelsISA, scratchFloats: Int) throws(UNetError) {
        pool = workers
        self.isa = isa
        self.scratchFloats = max(1, scratchFloats)
        guard let scratch = ckernels_allocate(self.scratchFloats * workers.threads) else {
            throw .outOfMemory(byteCount: self.scratchFloats * workers.threads * MemoryLayout<Float>.stride)
        }
        self.scratch = scratch
        firstSources = .allocate(capacity: window + 2)
        secondSources = .allocate(capacity: window + 2)
        destinations = .allocate(capacity: window + 2)
    }

    deinit {
        ckernels_deallocate(scratch, scratchFloats * pool.threads)
        firstSources.deallocate()
        secondSources.deallocate()
        destinations.deallocate()
    }

    /// 3x3x3 convolution, bias and ReLU over one source, or over two that follow each other in the channels.
    ///
    /// `cellCount` is the number of cells of the window; those beyond it are padding.
    func convolve(
        _ layer: PackedLayer,
        from first: CellRing,
        and second: CellRing? = nil,
        to destination: CellRing,
        cells: Range<Int>,
        of cellCount: Int
    ) {
        guard !cells.isEmpty else { return }
        for index in 0..<cells.count + 2 {
            let cell = cells.lowerBound - 1 + index
            let isInside = cell >= 0 && cell < cellCount
            firstSources[index] = isInside ? UnsafePointer(first.frame(cell)) : nil
            secondSources[index] = isInside ? second.map { UnsafePointer($0.frame(cell)) } : nil
        }
        for cell in cells { destinations[cell - cells.lowerBound] = destination.frame(cell) }
        var job = CKernelsConvolution(
            source_geometry: first.store.geometry,
            geometry: destination.store.geometry,
            algorithm: layer.algorithm,
            product: layer.algorithm == .gemm ? MatrixProduct.openBLAS : nil,
            threads: Int32(pool.threads),
            cache_bytes: cacheByteCount,
            weights: layer.weights,
            bias: layer.bias,
            source_channels: (Int32(first.store.channels), Int32(second?.store.channels ?? 0)),
            destination_channels: Int32(destination.store.channels),
            frames: Int32(cells.count),
            sources: (UnsafePointer(firstSources), UnsafePointer(secondSources)),
            destinations: UnsafePointer(destinations)
        )
        let sourceChannels = first.store.channels + (second?.store.channels ?? 0)
        let pieces = ckernels_convolution_tasks(&job)
        measured(
            layer.name,
            layer.algorithm.name,
            pieces,
            destination,
            cells,
            multiplyAddsPerValue: 27 * sourceChannels
        ) {
            ckernels_convolve(pool.handle, isa, &job, scratch, scratchFloats)
        }
    }

    /// 2x2x2 pooling; `cells` are those of the coarser level.
    func pool(from source: CellRing, to destination: CellRing, cells: Range<Int>, level: Int) {
        guard !cells.isEmpty else { return }
        for cell in 2 * cells.lowerBound..<2 * cells.upperBound {
            firstSources[cell - 2 * cells.lowerBound] = UnsafePointer(source.frame(cell))
        }
        for cell in cells { destinations[cell - cells.lowerBound] = destination.frame(cell) }
        var job = CKernelsPooling(
            source_geometry: source.store.geometry,
            destination_geometry: destination.store.geometry,
            channels: Int32(source.store.channels),
            frames: Int32(cells.count),
            sources: UnsafePointer(firstSources),
            destinations: UnsafePointer(destinations)
        )
        measured(.pooling(level: level), "", ckernels_pooling_tasks(&job), destination, cells, multiplyAddsPerValue: 0)
        {
            ckernels_pool(pool.handle, isa, &job)
        }
    }

    /// 2x2x2 up-convolution; `cells` are those of the finer level.
    func upConvolve(_ layer: PackedLayer, from source: CellRing, to destination: CellRing, cells: Range<Int>) {
        guard !cells.isEmpty else { return }
        let sourceCells = cells.lowerBound / 2..<(cells.upperBound + 1) / 2
        for cell in sourceCells {
            let index = cell - sourceCells.lowerBound
            firstSources[index] = UnsafePointer(source.frame(cell))
            for half in 0..<2 {
                let fine = 2 * cell + half
                destinations[2 * index + half] = cells.contains(fine) ? destination.frame(fine) : nil
            }
        }
        var job = CKernelsUpconvolution(
            source_geometry: source.store.geometry,
            destination_geometry: destination.store.geometry,
            weights: layer.weights,
            bias: layer.bias,
            source_channels: Int32(source.store.channels),
            destination_channels: Int32(destination.store.channels),
            frames: Int32(sourceCells.count),
            sources: UnsafePointer(firstSources),
            destinations: UnsafePointer(destinations)
        )
        let pieces = ckernels_upconvolution_tasks(&job)
        measured(layer.name, "direct", pieces, destination, cells, multiplyAddsPerValue: source.store.channels) {
            ckernels_upconvolve(pool.handle, isa, &job)
        }
    }

    /// Probabilities of the classes for the part of the frames that is not padding.
    ///
    /// Those of the first class in the first cell go to `destination`, those of the next class `classStride` floats
    /// further.
    func classify(
        _ layer: PackedLayer,
        from source: CellRing,
        cells: Range<Int>,
        part: FramePart,
        to destination: UnsafeMutablePointer<Float>,
        classStride: Int
    ) {
        guard !cells.isEmpty else { return }
        for cell in cells {
            let index = cell - cells.lowerBound
            firstSources[index] = UnsafePointer(source.frame(cell))
            destinations[index] = destination + index * part.size.pixelCount
        }
        var job = CKernelsSoftmax(
            geometry: source.store.geometry,
            weights: layer.weights,
            bias: layer.bias,
            channels: Int32(source.store.channels),
            frames: Int32(cells.count),
            sources: UnsafePointer(firstSources),
            destinations: UnsafePointer(destinations),
            class_stride: classStride,
            top: Int32(part.top),
            left: Int32(part.left),
            height: Int32(part.size.height),
            width: Int32(part.size.width)
        )
        // One value of a class per channel of a value of the source.
        let pieces = ckernels_softmax_tasks(&job)
        measured(layer.name, "", pieces, source, cells, multiplyAddsPerValue: Int(CKernelsClasses)) {
            ckernels_classify(pool.handle, isa, &job)
        }
    }

    /// Runs a job that writes (or, for the classes, reads) all values of some cells.
    private func measured(
        _ layer: NetworkLayer,
        _ method: String,
        _ pieceCount: Int32,
        _ ring: CellRing,
        _ cells: Range<Int>,
        multiplyAddsPerValue: Int,
        _ run: () -> Void
    ) {
        guard let clock else { return run() }
        let started = ContinuousClock.now
        run()
        let duration = ContinuousClock.now - started
        let geometry = ring.store.geometry
        let values = cells.count * ring.store.channels * Int(geometry.height) * Int(geometry.width)
        clock.add(
            layer,
            method: method,
            pieceCount: Int(pieceCount),
            duration: duration,
            operationCount: 2 * multiplyAddsPerValue * values
        )
    }
}

/// Where a frame lies within the zeros that fill it up to whole cells of the coarsest level.
struct FramePart {
    let size: FrameSize
    let top: Int
    let left: Int

    init(of size: FrameSize, in padded: FrameSize) {
        self.size = size
        top = (padded.height - size.height) / 2
        left = (padded.width - size.width) / 2
    }
}
