import Foundation
package import Imaging

/// The network in plain loops: slow, whole windows only, and easy to compare with its definition.
///
/// It is what the fast kernels and the incremental executor are tested against. Sums run in double
/// precision; results of layers are rounded to single precision. Source: `quirks.md`, Network.
package struct ReferenceUNet: Sendable {
    private let model: Model

    package init(model: Model) {
        self.model = model
    }

    /// The probabilities of all classes for every voxel of a window.
    ///
    /// - Parameters:
    ///   - frames: normalised intensities `[t][y][x]`; a multiple of `1 << steps` frames.
    ///   - size: of the frames; any, rows and columns are padded with zeros and cropped again.
    /// - Returns: probabilities `[class][t][y][x]`.
    package func probabilities(of frames: [Float], size: FrameSize) -> FeatureMap {
        let frameCount = frames.count / size.pixelCount
        precondition(frameCount * size.pixelCount == frames.count, "whole frames")
        precondition(frameCount > 0 && frameCount.isMultiple(of: model.shape.extentMultiple), "whole windows")

        var map = padded(frames, frameCount: frameCount, size: size)
        var skips: [FeatureMap] = []
        for (level, block) in model.encoder.enumerated() {
            map = encoded(level > 0 ? Self.pooled(map) : map, block)
            skips.append(map)
        }
        for (level, block) in model.decoder.enumerated().reversed() {
            map = Self.concatenated(skips[level], Self.upConvolved(map, block.upConvolution))
            map = Self.rectified(Self.convolved(map, block.convolution1))
            map = Self.rectified(Self.convolved(map, block.convolution2))
        }
        return cropped(Self.softmax(Self.convolved(map, model.finalLayer)), to: size)
    }

    /// What a side output reads, in a recording that ends with the newest frame: fine levels see all of it, the others the
    /// side output's window.
    ///
    /// - Parameters:
    ///   - place: that of the side output.
    ///   - frames: normalised intensities `[t][y][x]`, whole cells of its level, at least as many frames as it needs.
    ///   - size: of the frames.
    /// - Returns: the decoder's result `[channel][t][y][x]`, with the padding around frames.
    package func sideResult(at place: SideOutput.Place, of frames: [Float], size: FrameSize) -> FeatureMap {
        let frameCount = frames.count / size.pixelCount
        precondition(frameCount >= place.neededFrameCount && frameCount.isMultiple(of: place.cellFrameCount))
        var map = padded(frames, frameCount: frameCount, size: size)
        for block in model.encoder[..<place.level] { map = Self.pooled(encoded(map, block)) }
        map = map.suffix(place.windowFrameCount >> place.level)
        var skips: [FeatureMap] = []
        for (index, block) in model.encoder[place.level...place.coarsestLevel].enumerated() {
            map = encoded(index > 0 ? Self.pooled(map) : map, block)
            skips.append(map)
        }
        for (index, block) in model.decoder[place.level..<place.coarsestLevel].enumerated().reversed() {
            map = Self.concatenated(skips[index], Self.upConvolved(map, block.upConvolution))
            map = Self.rectified(Self.convolved(map, block.convolution1))
            map = Self.rectified(Self.convolved(map, block.convolution2))
        }
        return map
    }

    private func encoded(_ map: FeatureMap, _ block: EncoderBlock) -> FeatureMap {
        Self.rectified(Self.convolved(Self.rectified(Self.convolved(map, block.convolution1)), block.convolution2))
    }

    /// Rows and columns before the frame after padding; the smaller half of what is added.
    private func margin(of size: FrameSize) -> (rows: Int, columns: Int) {
        let padded = model.shape.paddedSize(of: size)
        return ((padded.height - size.height) / 2, (padded.width - size.width) / 2)
    }

    private func padded(_ frames: [Float], frameCount: Int, size: FrameSize) -> FeatureMap {
        let paddedSize = model.shape.paddedSize(of: size)
        let margin = margin(of: size)
        var map = FeatureMap(channels: 1, frames: frameCount, height: paddedSize.height, width: paddedSize.width)
        for t in 0..<frameCount {
            for y in 0..<size.height {
                for x in 0..<size.width {
                    map[0, t, y + margin.rows, x + margin.columns] = frames[(t * size.height + y) * size.width + x]
                }
            }
        }
        return map
    }

    private func cropped(_ map: FeatureMap, to size: FrameSize) -> FeatureMap {
        let margin = margin(of: size)
        var result = FeatureMap(channels: map.channels, frames: map.frames, height: size.height, width: size.width)
        for channel in 0..<map.channels {
            for t in 0..<map.frames {
                for y in 0..<size.height {
                    for x in 0..<size.width {
                        result[channel, t, y, x] = map[channel, t, y + margin.rows, x + margin.columns]
                    }
                }
            }
        }
        return result
    }

    /// A convolution with an odd kernel, zeros beyond the borders.
    package static func convolved(_ source: FeatureMap, _ layer: ConvolutionWeights) -> FeatureMap {
        precondition(source.channels == layer.sourceChannels, "as many channels as the layer reads")
        let extent = layer.kernelExtent
        let reach = extent / 2
        let weights = layer.weights
        var result = FeatureMap(
            channels: layer.destinationChannels,
            frames: source.frames,
            height: source.height,
            width: source.width
        )
        for destination in 0..<layer.destinationChannels {
            for t in 0..<source.frames {
                for y in 0..<source.height {
                    for x in 0..<source.width {
                        var sum = Double(layer.biases[destination])
                        for channel in 0..<source.channels {
                            for dt in 0..<extent where (0..<source.frames).contains(t + dt - reach) {
                                for dy in 0..<extent where (0..<source.height).contains(y + dy - reach) {
                                    for dx in 0..<extent where (0..<source.width).contains(x + dx - reach) {
                                        let weight = weights[layer.index(destination, channel, dt, dy, dx)]
                                        let value = source[channel, t + dt - reach, y + dy - reach, x + dx - reach]
                                        sum += Double(weight) * Double(value)
                                    }
                                }
                            }
                        }
                        result[destination, t, y, x] = Float(sum)
                    }
                }
            }
        }
        return result
    }

    /// A transposed convolution with kernel and stride 2: every cell becomes a block of eight.
    package static func upConvolved(_ source: FeatureMap, _ layer: ConvolutionWeights) -> FeatureMap {
        precondition(source.channels == layer.sourceChannels && layer.kernelExtent == 2, "an up-convolution")
        let weights = layer.weights
        var result = FeatureMap(
            channels: layer.destinationChannels,
            frames: 2 * source.frames,
            height: 2 * source.height,
            width: 2 * source.width
        )
        for destination in 0..<layer.destinationChannels {
            for t in 0..<result.frames {
                for y in 0..<result.height {
                    for x in 0..<result.width {
                        var sum = Double(layer.biases[destination])
                        for channel in 0..<source.channels {
                            // Here the source channel is the slowest axis of the weights.
                            let tap = ((channel * layer.destinationChannels + destination) * 2 + t % 2) * 4
                            let weight = weights[tap + y % 2 * 2 + x % 2]
                            sum += Double(weight) * Double(source[channel, t / 2, y / 2, x / 2])
                        }
                        result[destination, t, y, x] = Float(sum)
                    }
                }
            }
        }
        return result
    }

    /// The largest of every block of eight.
    package static func pooled(_ source: FeatureMap) -> FeatureMap {
        var result = FeatureMap(
            channels: source.channels,
            frames: source.frames / 2,
            height: source.height / 2,
            width: source.width / 2
        )
        for channel in 0..<result.channels {
            for t in 0..<result.frames {
                for y in 0..<result.height {
                    for x in 0..<result.width {
                        var largest = -Float.infinity
                        for corner in 0..<8 {
                            let (dt, dy, dx) = (corner / 4, corner / 2 % 2, corner % 2)
                            largest = max(largest, source[channel, 2 * t + dt, 2 * y + dy, 2 * x + dx])
                        }
                        result[channel, t, y, x] = largest
                    }
                }
            }
        }
        return result
    }

    /// Negative values become 0.
    package static func rectified(_ source: FeatureMap) -> FeatureMap {
        var result = source
        for index in result.values.indices {
            result.values[index] = max(result.values[index], 0)
        }
        return result
    }

    /// The channels of one map, then those of another.
    package static func concatenated(_ first: FeatureMap, _ second: FeatureMap) -> FeatureMap {
        var result = FeatureMap(
            channels: first.channels + second.channels,
            frames: first.frames,
            height: first.height,
            width: first.width
        )
        result.values = first.values + second.values
        precondition(result.values.count == result.channels * first.frames * first.height * first.width, "same extents")
        return result
    }

    /// Turns the channels of every voxel into probabilities.
    package static func softmax(_ source: FeatureMap) -> FeatureMap {
        var result = source
        let voxelCount = source.values.count / source.channels
        for voxel in 0..<voxelCount {
            let scores = (0..<source.channels).map { Double(source.values[$0 * voxelCount + voxel]) }
            let largest = scores.reduce(-.infinity, max)
            let powers = scores.map { exp($0 - largest) }
            let sum = powers.reduce(0, +)
            for channel in 0..<source.channels {
                result.values[channel * voxelCount + voxel] = Float(powers[channel] / sum)
            }
        }
        return result
    }
}

extension ConvolutionWeights {
    /// One weight of a convolution; not of an up-convolution, whose axes are in another order.
    fileprivate func index(_ destination: Int, _ source: Int, _ dt: Int, _ dy: Int, _ dx: Int) -> Int {
        let tap = (dt * kernelExtent + dy) * kernelExtent + dx
        let tapCount = kernelExtent * kernelExtent * kernelExtent
        return (destination * sourceChannels + source) * tapCount + tap
    }
}
