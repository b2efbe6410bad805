package import Foundation

/// A trained 3D U-Net: its weights, layer by layer, and what its file says about it.
package struct Model: Sendable {
    package let shape: UNetShape
    package let metadata: ModelMetadata
    /// SHA-256 of the file, 64 lower-case hexadecimal digits; nil for a model that comes from no file.
    package let sha256: String?
    /// How the file stores the weights, without repetition; empty for a model that comes from no file.
    package let elementTypes: [TensorDescription.ElementType]

    /// One block per level, `encoder[level]`, from 0 to ``UNetShape/steps``.
    package let encoder: [EncoderBlock]
    /// One block per level but the coarsest, `decoder[level]`; the network runs them from the last to the first.
    package let decoder: [DecoderBlock]
    /// Turns the channels of level 0 into one per class, voxel by voxel; no ReLU.
    package let finalLayer: ConvolutionWeights
    /// Tells early where events begin; nil if there is none.
    package var sideOutput: SideOutput?

    /// A model made of given layers.
    ///
    /// - Precondition: there is a block for every level, with the channels of `shape`.
    package init(
        shape: UNetShape,
        metadata: ModelMetadata = ModelMetadata(),
        encoder: [EncoderBlock],
        decoder: [DecoderBlock],
        finalLayer: ConvolutionWeights
    ) {
        precondition(encoder.count == shape.levelCount && decoder.count == shape.steps, "one block per level")
        self.shape = shape
        self.metadata = metadata
        self.encoder = encoder
        self.decoder = decoder
        self.finalLayer = finalLayer
        sha256 = nil
        elementTypes = []
    }

    /// Reads weights from a safetensors file, and the side output from the file beside it that is made for these weights, if
    /// they hold none.
    ///
    /// - Throws: ``UNetError`` if a file cannot be read, contradicts itself or holds another network or side output.
    package static func load(from url: URL) throws(UNetError) -> Model {
        var model = try Model(SafetensorsFile(contentsOf: url))
        let beside = SideOutput.file(beside: url)
        if model.sideOutput == nil, FileManager.default.fileExists(atPath: beside.path) {
            model.sideOutput = try SideOutput(contentsOf: beside, for: model)
        }
        return model
    }

    /// Takes the weights of an opened file.
    ///
    /// The tensors are those of the published network's state dictionary (`quirks.md`, Network), with or
    /// without the prefix `module.`; steps and channels follow from them.
    ///
    /// - Throws: ``UNetError`` if a tensor is missing, superfluous, of another shape or not finite, or if the
    ///   metadata contradict the tensors.
    package init(_ file: SafetensorsFile) throws(UNetError) {
        var reader = TensorReader(file)
        let shape = try reader.networkShape()
        metadata = try ModelMetadata(file.metadata, shape: shape)

        var encoder: [EncoderBlock] = []
        var decoder: [DecoderBlock] = []
        for level in 0..<shape.levelCount {
            let channels = shape.channels(atLevel: level)
            let path = "down_path.\(level)"
            encoder.append(
                EncoderBlock(
                    convolution1: try reader.convolution(
                        "\(path).layers.0",
                        from: shape.encoderSourceChannels(atLevel: level),
                        to: channels
                    ),
                    convolution2: try reader.convolution("\(path).layers.3", from: channels, to: channels)
                )
            )
        }
        for level in 0..<shape.steps {
            let channels = shape.channels(atLevel: level)
            let position = 2 * (shape.steps - 1 - level)
            let path = "up_path.\(position + 1)"
            decoder.append(
                DecoderBlock(
                    upConvolution: try reader.upConvolution("up_path.\(position)", from: 2 * channels, to: channels),
                    convolution1: try reader.convolution("\(path).layers.0", from: 2 * channels, to: channels),
                    convolution2: try reader.convolution("\(path).layers.3", from: channels, to: channels)
                )
            )
        }
        finalLayer = try reader.convolution(
            "final_layer",
            from: shape.channels(atLevel: 0),
            to: shape.classCount,
            kernelExtent: 1
        )
        sideOutput = try SideOutput(&reader, file.metadata, shape: shape, window: metadata.window)
        try reader.checkThatNothingIsLeft()

        self.shape = shape
        self.encoder = encoder
        self.decoder = decoder
        sha256 = file.sha256()
        elementTypes = TensorDescription.ElementType.allCases.filter { type in
            file.tensors.contains { $0.elementType == type }
        }
    }
}
