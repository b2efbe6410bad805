package import CKernels

/// Weights in the order in which the kernels read them, and biases filled up with zeros.
package final class PackedLayer {
    package let name: NetworkLayer
    package let weights: UnsafePointer<Float>
    package let bias: UnsafePointer<Float>
    /// How the layer is computed, if it is a 3x3x3 convolution.
    package let algorithm: CKernelsAlgorithm
    /// Floats of scratch memory that each thread needs.
    package let scratchFloats: Int

    private let memory: UnsafeMutablePointer<Float>
    private let floats: Int

    private init(
        _ layer: ConvolutionWeights,
        name: NetworkLayer,
        weightFloats: Int,
        algorithm: CKernelsAlgorithm = .direct,
        scratchFloats: Int = 0,
        pack: (_ weights: UnsafeBufferPointer<Float>, _ packed: UnsafeMutablePointer<Float>) -> Void
    ) throws(UNetError) {
        self.name = name
        self.algorithm = algorithm
        self.scratchFloats = scratchFloats
        // The biases come first, so that the weights stay aligned.
        let biasFloats = (layer.destinationChannels + blockChannels - 1) / blockChannels * blockChannels
        floats = biasFloats + weightFloats
        guard let memory = ckernels_allocate(floats) else {
            throw .outOfMemory(byteCount: floats * MemoryLayout<Float>.stride)
        }
        self.memory = memory
        for (index, bias) in layer.biases.enumerated() { memory[index] = bias }
        do throws(UNetError) {
            try layer.withWeights { pack($0, memory + biasFloats) }
        } catch {
            ckernels_deallocate(memory, floats)
            throw error
        }
        bias = UnsafePointer(memory)
        weights = UnsafePointer(memory + biasFloats)
    }

    deinit {
        ckernels_deallocate(memory, floats)
    }

    /// A 3x3x3 convolution over one or two sources.
    package static func convolution(
        _ layer: ConvolutionWeights,
        name: NetworkLayer,
        layout: CKernelsLayout,
        algorithm: CKernelsAlgorithm,
        sourceChannels: [Int]
    ) throws(UNetError) -> PackedLayer {
        let sources = [Int32(sourceChannels[0]), Int32(sourceChannels.count > 1 ? sourceChannels[1] : 0)]
        let destinations = Int32(layer.destinationChannels)
        return try PackedLayer(
            layer,
            name: name,
            weightFloats: ckernels_packed_convolution_floats(layout, algorithm, sources, destinations),
            algorithm: algorithm,
            scratchFloats: ckernels_convolution_scratch_floats(layout, algorithm, sources, destinations)
        ) {
            ckernels_pack_convolution(layout, algorithm, sources, destinations, $0.baseAddress, $1)
        }
    }

    /// A 2x2x2 up-convolution.
    package static func upConvolution(
        _ layer: ConvolutionWeights,
        name: NetworkLayer,
        sourceLayout: CKernelsLayout
    ) throws(UNetError) -> PackedLayer {
        let sources = Int32(layer.sourceChannels), destinations = Int32(layer.destinationChannels)
        let count = ckernels_packed_upconvolution_floats(sourceLayout, sources, destinations)
        return try PackedLayer(layer, name: name, weightFloats: count) {
            ckernels_pack_upconvolution(sourceLayout, sources, destinations, $0.baseAddress, $1)
        }
    }

    /// The 1x1x1 convolution to classes, which is read as it is.
    package static func final(_ layer: ConvolutionWeights) throws(UNetError) -> PackedLayer {
        let count = layer.sourceChannels * layer.destinationChannels
        return try PackedLayer(layer, name: .classes, weightFloats: count) { weights, packed in
            for (index, weight) in weights.enumerated() { packed[index] = weight }
        }
    }
}
