/// Weights and biases of one convolution or transposed convolution, in PyTorch's order.
package struct ConvolutionWeights: Sendable {
    package let sourceChannels: Int
    package let destinationChannels: Int
    /// Extent of the kernel along each axis: 3 for convolutions, 2 for up-convolutions, 1 for the final layer.
    package let kernelExtent: Int
    /// `[destination][source][t][y][x]` for convolutions, `[source][destination][t][y][x]` for up-convolutions.
    ///
    /// - Complexity: O(weights) if they come from a file: they are read anew every time.
    package var weights: [Float] {
        switch source {
        case .memory(let weights): weights
        case .file(let file, let tensor): file.values(of: tensor)
        }
    }
    /// One per destination channel.
    package let biases: [Float]

    /// Where the weights are.
    enum Source: Sendable {
        case memory([Float])
        /// In a file that was checked: a network in use needs them in another order, and then not here as well.
        case file(SafetensorsFile, TensorDescription)

        var count: Int {
            switch self {
            case .memory(let weights): weights.count
            case .file(_, let tensor): tensor.elementCount
            }
        }
    }

    private let source: Source

    /// - Precondition: the counts of `weights` and `biases` follow from the other arguments.
    package init(
        sourceChannels: Int,
        destinationChannels: Int,
        kernelExtent: Int,
        weights: [Float],
        biases: [Float]
    ) {
        self.init(
            sourceChannels: sourceChannels,
            destinationChannels: destinationChannels,
            kernelExtent: kernelExtent,
            source: .memory(weights),
            biases: biases
        )
    }

    /// Calls `body` with ``weights``, which takes no memory beyond the call.
    ///
    /// - Throws: ``UNetError/outOfMemory(byteCount:)``.
    func withWeights(_ body: (UnsafeBufferPointer<Float>) -> Void) throws(UNetError) {
        switch source {
        case .memory(let weights): weights.withUnsafeBufferPointer(body)
        case .file(let file, let tensor): try file.withValues(of: tensor, body)
        }
    }

    init(
        sourceChannels: Int,
        destinationChannels: Int,
        kernelExtent: Int,
        source: Source,
        biases: [Float]
    ) {
        let tapCount = kernelExtent * kernelExtent * kernelExtent
        precondition(source.count == sourceChannels * destinationChannels * tapCount, "one weight per tap")
        precondition(biases.count == destinationChannels, "one bias per destination channel")
        self.sourceChannels = sourceChannels
        self.destinationChannels = destinationChannels
        self.kernelExtent = kernelExtent
        self.source = source
        self.biases = biases
    }
}

/// The two convolutions of one level on the way down, each followed by a ReLU.
package struct EncoderBlock: Sendable {
    package let convolution1: ConvolutionWeights
    package let convolution2: ConvolutionWeights

    package init(convolution1: ConvolutionWeights, convolution2: ConvolutionWeights) {
        self.convolution1 = convolution1
        self.convolution2 = convolution2
    }
}

/// One level on the way up: an up-convolution without ReLU, then two convolutions, each followed by a ReLU.
package struct DecoderBlock: Sendable {
    /// From the level below, with kernel and stride 2.
    package let upConvolution: ConvolutionWeights
    /// Reads the encoder's channels of this level first, then those of the up-convolution.
    package let convolution1: ConvolutionWeights
    package let convolution2: ConvolutionWeights

    package init(
        upConvolution: ConvolutionWeights,
        convolution1: ConvolutionWeights,
        convolution2: ConvolutionWeights
    ) {
        self.upConvolution = upConvolution
        self.convolution1 = convolution1
        self.convolution2 = convolution2
    }
}
