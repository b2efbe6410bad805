package import Imaging

/// The extents that decide the architecture of a 3D U-Net: everything else follows from them.
///
/// Levels count from 0, full resolution, to ``steps``, the coarsest. Level l has
/// `firstLayerChannels << l` channels and one cell per `1 << l` frames, rows and columns.
/// Source: `quirks.md`, Network.
package struct UNetShape: Hashable, Sendable, CustomStringConvertible {
    /// Number of pooling steps, 1 to ``maximumSteps``.
    package let steps: Int
    /// Channels of level 0.
    package let firstLayerChannels: Int
    /// Channels of the movie.
    package let inputChannels: Int
    /// Channels of the result: one per class.
    package let classCount: Int

    /// The deepest network that is accepted.
    package static let maximumSteps = 8

    /// The network of the paper: 6 steps, 8 first channels, 4 classes, one input channel.
    package static let published = UNetShape(steps: 6, firstLayerChannels: 8)

    /// - Precondition: every extent is positive and `steps` is at most ``maximumSteps``.
    package init(steps: Int, firstLayerChannels: Int, inputChannels: Int = 1, classCount: Int = 4) {
        precondition((1...Self.maximumSteps).contains(steps), "a network has 1 to \(Self.maximumSteps) steps")
        precondition(firstLayerChannels > 0 && inputChannels > 0 && classCount > 0, "a layer has channels")
        self.steps = steps
        self.firstLayerChannels = firstLayerChannels
        self.inputChannels = inputChannels
        self.classCount = classCount
    }

    /// Number of levels, the coarsest included.
    package var levelCount: Int { steps + 1 }

    /// Frames, rows and columns of a window must be multiples of this: the extent of a coarsest cell.
    package var extentMultiple: Int { 1 << steps }

    /// Channels of the feature maps of a level.
    package func channels(atLevel level: Int) -> Int {
        precondition((0...steps).contains(level), "level \(level) of a network with \(steps) steps")
        return firstLayerChannels << level
    }

    /// Channels that enter the encoder block of a level: those of the movie or of the pooled level above.
    package func encoderSourceChannels(atLevel level: Int) -> Int {
        level == 0 ? inputChannels : channels(atLevel: level - 1)
    }

    /// The size that frames have after zero padding to whole cells of the coarsest level.
    ///
    /// Of the added rows and columns the smaller half lies before the frame.
    package func paddedSize(of size: FrameSize) -> FrameSize {
        FrameSize(
            height: (size.height + extentMultiple - 1) / extentMultiple * extentMultiple,
            width: (size.width + extentMultiple - 1) / extentMultiple * extentMultiple
        )
    }

    /// Number of source cells of a level, at each end of a window, that depend on zero padding.
    ///
    /// Every convolution carries it one cell further, every pooling halves it, rounded up.
    static func paddedCellCount(ofLevel level: Int) -> Int {
        (0..<level).reduce(0) { padded, _ in (padded + 3) / 2 }
    }

    /// Number of weights and biases.
    package var parameterCount: Int {
        var count = channels(atLevel: 0) * classCount + classCount
        for level in 0...steps {
            let channels = channels(atLevel: level)
            count += 27 * channels * (encoderSourceChannels(atLevel: level) + channels) + 2 * channels
            if level < steps {
                count += 8 * 2 * channels * channels + channels
                count += 27 * channels * (2 * channels + channels) + 2 * channels
            }
        }
        return count
    }

    package var description: String {
        "\(steps) steps, \(firstLayerChannels) first channels, \(inputChannels) input channels, \(classCount) classes"
    }
}
