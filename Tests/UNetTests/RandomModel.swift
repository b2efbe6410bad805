import TestSupport
import UNet

extension Model {
    /// A network with random weights, scaled so that features neither vanish nor grow with depth.
    static func random(_ shape: UNetShape, seed: UInt64, metadata: ModelMetadata = ModelMetadata()) -> Model {
        var random = SeededGenerator(seed: seed)
        func layer(from source: Int, to destination: Int, extent: Int) -> ConvolutionWeights {
            let tapCount = extent * extent * extent
            let sourceCount = extent == 2 ? source : source * tapCount
            let bound = (6 / Float(sourceCount)).squareRoot()
            return ConvolutionWeights(
                sourceChannels: source,
                destinationChannels: destination,
                kernelExtent: extent,
                weights: (0..<source * destination * tapCount).map { _ in
                    Float.random(in: -bound...bound, using: &random)
                },
                biases: (0..<destination).map { _ in Float.random(in: -0.1...0.1, using: &random) }
            )
        }
        let encoder = (0...shape.steps).map { level in
            let channels = shape.channels(atLevel: level)
            return EncoderBlock(
                convolution1: layer(from: shape.encoderSourceChannels(atLevel: level), to: channels, extent: 3),
                convolution2: layer(from: channels, to: channels, extent: 3)
            )
        }
        let decoder = (0..<shape.steps).map { level in
            let channels = shape.channels(atLevel: level)
            return DecoderBlock(
                upConvolution: layer(from: 2 * channels, to: channels, extent: 2),
                convolution1: layer(from: 2 * channels, to: channels, extent: 3),
                convolution2: layer(from: channels, to: channels, extent: 3)
            )
        }
        return Model(
            shape: shape,
            metadata: metadata,
            encoder: encoder,
            decoder: decoder,
            finalLayer: layer(from: shape.channels(atLevel: 0), to: shape.classCount, extent: 1)
        )
    }
}
