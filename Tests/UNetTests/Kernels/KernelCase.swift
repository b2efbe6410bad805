import CKernels
import Imaging
import UNet

/// Who computes a layer.
enum Engine: CustomStringConvertible {
    case reference
    case kernel(CKernelsISA, CKernelsAlgorithm = .direct)

    var algorithm: CKernelsAlgorithm {
        switch self {
        case .reference: .direct
        case .kernel(_, let algorithm): algorithm
        }
    }

    var description: String {
        switch self {
        case .reference: "reference"
        case .kernel(let isa, let algorithm): "\(isa) \(algorithm)"
        }
    }
}

/// A layer on a small volume: everything is `[channel][frame][y][x]`.
struct KernelCase: CustomStringConvertible {
    var layout = CKernelsLayout.planar
    var destinationLayout: CKernelsLayout?
    var sourceChannels: [Int]
    var channels: Int
    var frames: Int
    var size: FrameSize
    var sources: [[Float]]
    var weights: [Float]
    var bias: [Float]
    /// Of a thread's second-level cache: small, so that jobs are cut finely.
    var cacheByteCount: Int64 = 1 << 18

    var description: String { "\(layout) \(sourceChannels) -> \(channels), \(frames) x \(size)" }

    init(
        layout: CKernelsLayout = .planar,
        destinationLayout: CKernelsLayout? = nil,
        sourceChannels: [Int],
        channels: Int,
        frames: Int,
        size: FrameSize,
        kernelExtent: Int,
        seed: UInt64
    ) {
        var random = SeededValues(seed: seed)
        self.layout = layout
        self.destinationLayout = destinationLayout
        self.sourceChannels = sourceChannels
        self.channels = channels
        self.frames = frames
        self.size = size
        sources = sourceChannels.map { random.next($0 * frames * size.pixelCount) }
        let fanIn = sourceChannels.reduce(0, +) * kernelExtent * kernelExtent * kernelExtent
        weights = random.next(fanIn * channels).map { $0 / Float(fanIn).squareRoot() }
        bias = random.next(channels)
    }

    private func layer(kernelExtent: Int) -> ConvolutionWeights {
        ConvolutionWeights(
            sourceChannels: sourceChannels.reduce(0, +),
            destinationChannels: channels,
            kernelExtent: kernelExtent,
            weights: weights,
            biases: bias
        )
    }

    private func store(_ index: Int) throws -> FrameStore {
        let store = try FrameStore(layout: layout, size: size, channels: sourceChannels[index], capacity: frames)
        store.fill(with: sources[index], frames: frames)
        return store
    }

    /// The result of the 3x3x3 convolution of all frames; frames beyond the ends are padding.
    func convolution(_ engine: Engine) throws -> (values: [Float], marginsAreZero: Bool) {
        let stores = try sourceChannels.indices.map { try store($0) }
        let layout = destinationLayout ?? layout
        let destination = try FrameStore(layout: layout, size: size, channels: channels, capacity: frames)
        let packed = try PackedLayer.convolution(
            layer(kernelExtent: 3),
            name: .encoder(level: 0, convolution: 1),
            layout: layout,
            algorithm: engine.algorithm,
            sourceChannels: sourceChannels
        )
        var scratch = [Float](repeating: .nan, count: packed.scratchFloats)
        // Pointers keep nothing alive.
        defer { withExtendedLifetime((stores, packed)) {} }
        let pointers: [[UnsafePointer<Float>?]] = stores.map { store in
            [nil] + (0..<frames).map { UnsafePointer(store.frame($0)) } + [nil]
        }
        let destinations: [UnsafeMutablePointer<Float>?] = (0..<frames).map { destination.frame($0) }
        pointers[0].withUnsafeBufferPointer { first in
            (pointers.count > 1 ? pointers[1] : []).withUnsafeBufferPointer { second in
                destinations.withUnsafeBufferPointer { results in
                    var job = CKernelsConvolution(
                        source_geometry: stores[0].geometry,
                        geometry: destination.geometry,
                        algorithm: engine.algorithm,
                        product: engine.algorithm == .gemm ? MatrixProduct.openBLAS : nil,
                        threads: 3,
                        cache_bytes: cacheByteCount,
                        weights: packed.weights,
                        bias: packed.bias,
                        source_channels: (
                            Int32(sourceChannels[0]), sourceChannels.count > 1 ? Int32(sourceChannels[1]) : 0
                        ),
                        destination_channels: Int32(channels),
                        frames: Int32(frames),
                        sources: (first.baseAddress, second.baseAddress),
                        destinations: results.baseAddress
                    )
                    switch engine {
                    case .reference: ckernels_convolution_reference(&job, weights)
                    case .kernel(let isa, _):
                        runAllTasks(ckernels_convolution_tasks(&job)) {
                            ckernels_convolution_run(isa, &job, $0, &scratch)
                        }
                    }
                }
            }
        }
        return (destination.values(frames: frames), destination.marginsAreZero())
    }

    /// The result of the 2x2x2 pooling of all frames.
    func pooling(_ engine: Engine) throws -> (values: [Float], marginsAreZero: Bool) {
        let source = try store(0)
        let destination = try FrameStore(
            layout: destinationLayout ?? layout,
            size: FrameSize(height: size.height / 2, width: size.width / 2),
            channels: sourceChannels[0],
            capacity: frames / 2
        )
        defer { withExtendedLifetime(source) {} }
        let sources: [UnsafePointer<Float>?] = (0..<frames).map { UnsafePointer(source.frame($0)) }
        let destinations: [UnsafeMutablePointer<Float>?] = (0..<frames / 2).map { destination.frame($0) }
        sources.withUnsafeBufferPointer { from in
            destinations.withUnsafeBufferPointer { to in
                var job = CKernelsPooling(
                    source_geometry: source.geometry,
                    destination_geometry: destination.geometry,
                    channels: Int32(sourceChannels[0]),
                    frames: Int32(frames / 2),
                    sources: from.baseAddress,
                    destinations: to.baseAddress
                )
                switch engine {
                case .reference: ckernels_pooling_reference(&job)
                case .kernel(let isa, _):
                    runAllTasks(ckernels_pooling_tasks(&job)) { ckernels_pooling_run(isa, &job, $0) }
                }
            }
        }
        return (destination.values(frames: frames / 2), destination.marginsAreZero())
    }

    /// The result of the up-convolution of all frames but the last, which is not wanted.
    func upConvolution(_ engine: Engine, skippingLast: Bool = false) throws -> (values: [Float], marginsAreZero: Bool) {
        let source = try store(0)
        let destination = try FrameStore(
            layout: destinationLayout ?? layout,
            size: FrameSize(height: size.height * 2, width: size.width * 2),
            channels: channels,
            capacity: frames * 2
        )
        let packed = try PackedLayer.upConvolution(
            layer(kernelExtent: 2),
            name: .upConvolution(level: 0),
            sourceLayout: layout
        )
        defer { withExtendedLifetime((source, packed)) {} }
        let sources: [UnsafePointer<Float>?] = (0..<frames).map { UnsafePointer(source.frame($0)) }
        let wanted = skippingLast ? frames * 2 - 1 : frames * 2
        let destinations: [UnsafeMutablePointer<Float>?] = (0..<frames * 2).map {
            $0 < wanted ? destination.frame($0) : nil
        }
        sources.withUnsafeBufferPointer { from in
            destinations.withUnsafeBufferPointer { to in
                var job = CKernelsUpconvolution(
                    source_geometry: source.geometry,
                    destination_geometry: destination.geometry,
                    weights: packed.weights,
                    bias: packed.bias,
                    source_channels: Int32(sourceChannels[0]),
                    destination_channels: Int32(channels),
                    frames: Int32(frames),
                    sources: from.baseAddress,
                    destinations: to.baseAddress
                )
                switch engine {
                case .reference: ckernels_upconvolution_reference(&job, weights)
                case .kernel(let isa, _):
                    runAllTasks(ckernels_upconvolution_tasks(&job)) { ckernels_upconvolution_run(isa, &job, $0) }
                }
            }
        }
        return (destination.values(frames: frames * 2), destination.marginsAreZero())
    }

    /// The probabilities, `[class][frame][y][x]`, of a part of every frame.
    func softmax(_ engine: Engine, top: Int = 0, left: Int = 0, part: FrameSize? = nil) throws -> [Float] {
        let source = try store(0)
        let part = part ?? size
        let packed = try PackedLayer.final(layer(kernelExtent: 1))
        var result = [Float](repeating: .nan, count: 4 * frames * part.pixelCount)
        defer { withExtendedLifetime((source, packed)) {} }
        let sources: [UnsafePointer<Float>?] = (0..<frames).map { UnsafePointer(source.frame($0)) }
        result.withUnsafeMutableBufferPointer { buffer in
            let base = buffer.baseAddress
            let destinations: [UnsafeMutablePointer<Float>?] = (0..<frames).map { frame in
                base.map { $0 + frame * part.pixelCount }
            }
            sources.withUnsafeBufferPointer { from in
                destinations.withUnsafeBufferPointer { to in
                    var job = CKernelsSoftmax(
                        geometry: source.geometry,
                        weights: packed.weights,
                        bias: packed.bias,
                        channels: Int32(sourceChannels[0]),
                        frames: Int32(frames),
                        sources: from.baseAddress,
                        destinations: to.baseAddress,
                        class_stride: frames * part.pixelCount,
                        top: Int32(top),
                        left: Int32(left),
                        height: Int32(part.height),
                        width: Int32(part.width)
                    )
                    switch engine {
                    case .reference: ckernels_softmax_reference(&job)
                    case .kernel(let isa, _):
                        runAllTasks(ckernels_softmax_tasks(&job)) { ckernels_softmax_run(isa, &job, $0) }
                    }
                }
            }
        }
        return result
    }
}
