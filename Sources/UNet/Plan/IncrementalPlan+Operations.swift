package import Imaging

extension IncrementalPlan {
    /// Floating-point operations of the convolutions, up-convolutions and the final layer, two per
    /// multiply-add; taps that read zero padding count like others.
    ///
    /// - Parameters:
    ///   - shape: that of the network.
    ///   - size: that of the frames, before padding.
    /// - Returns: 49.0e9 for a stride of the published network in steady state and frames of 64 x 512, 278e9
    ///   for a whole window of it.
    /// - Precondition: `shape` has as many steps as the plan.
    package func operationCount(shape: UNetShape, size: FrameSize) -> Int {
        precondition(shape.steps == steps, "a plan for \(steps) steps, a network with \(shape.steps)")
        let pixelCount = shape.paddedSize(of: size).pixelCount
        var multiplyAdds = pixelCount * shape.channels(atLevel: 0) * shape.classCount * finalLayer.computedCellCount
        for (level, plan) in encoder.enumerated() {
            let channels = shape.channels(atLevel: level)
            let perChannelPair =
                shape.encoderSourceChannels(atLevel: level) * plan.convolution1.computedCellCount
                + channels * plan.convolution2.computedCellCount
            multiplyAdds += 27 * channels * perChannelPair * (pixelCount >> (2 * level))
        }
        for (level, plan) in decoder.enumerated() {
            let channels = shape.channels(atLevel: level)
            let again =
                shape.encoderSourceChannels(atLevel: level) * plan.skipConvolution1.computedCellCount
                + channels * plan.skip.computedCellCount
            multiplyAdds += 27 * channels * again * (pixelCount >> (2 * level))
            // Kernel and stride are both 2, so that every cell of the result reads one cell with one tap.
            let perChannelPair =
                2 * channels * plan.upConvolution.computedCellCount
                + 27 * 2 * channels * plan.convolution1.computedCellCount
                + 27 * channels * plan.convolution2.computedCellCount
            multiplyAdds += channels * perChannelPair * (pixelCount >> (2 * level))
        }
        return 2 * multiplyAdds
    }
}
