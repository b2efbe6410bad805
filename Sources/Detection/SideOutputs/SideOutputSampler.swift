package import Imaging
package import UNet

/// What is where in a recording.
package struct RecordingLabels: Sendable {
    package let size: FrameSize
    /// 0 background, 1 spark, 2 wave, 3 puff, 4 undefined, `[t][y][x]`.
    package let values: [UInt8]

    /// - Precondition: whole frames.
    package init(size: FrameSize, values: [UInt8]) {
        precondition(values.count.isMultiple(of: size.pixelCount), "whole frames")
        self.size = size
        self.values = values
    }

    package var frameCount: Int { values.count / size.pixelCount }
}

/// What a side output would read in a recording, look after look, as it does live.
package struct SideOutputSampler {
    /// One look at the newest frames.
    package struct Look: Sendable {
        package let frames: Range<Int>
        package let features: SideFeatures
    }

    private let networks: NetworkShelf
    private let place: SideOutput.Place
    private let settings: DetectorSettings

    /// - Parameters:
    ///   - model: the network.
    ///   - place: where the side output is to read.
    ///   - settings: threads and algorithm count.
    package init(model: Model, place: SideOutput.Place, settings: DetectorSettings) {
        var model = model
        let channels = model.shape.channels(atLevel: place.level)
        let unit = SideOutput.Unit(
            networkClass: .wave,
            weights: [Float](repeating: 0, count: channels),
            bias: 0,
            threshold: 1,
            smallestPixelCount: 1
        )
        model.sideOutput = SideOutput(place: place, units: [unit])
        var settings = settings
        settings.provisional = .waves
        self.place = place
        self.settings = settings
        networks = NetworkShelf(model: model, settings: settings)
    }

    /// Every look at a recording.
    ///
    /// - Parameters:
    ///   - counts: on the 16-bit scale, `[t][y][x]`.
    ///   - size: of the frames.
    ///   - body: gets one look after the other.
    /// - Throws: ``UNetError`` if the network cannot be built for this frame size, or evaluated.
    package func look(at counts: [Float], size: FrameSize, _ body: (Look) -> Void) throws(UNetError) {
        var feed = try NetworkFeed(of: size, from: networks)
        let network = feed.network
        var windows = settings.emptyWindows(of: size)
        var seen = 0
        for frame in 0..<counts.count / size.pixelCount {
            let window = counts.withUnsafeBufferPointer { counts in
                windows.append(
                    UnsafeBufferPointer(rebasing: counts[frame * size.pixelCount..<(frame + 1) * size.pixelCount])
                )
            }
            feed.expect(
                windows.nextWindow.map { window in
                    let kept = window.keptFrames.lowerBound - window.start..<window.keptFrames.upperBound - window.start
                    return (window.newFrames.count, [kept])
                }
            )
            try feed.handOver(&windows)
            let count = frame + 1
            if network.isSideReady, count - seen >= settings.earlyInterval {
                let cells = settings.earlyInterval / place.cellFrameCount
                let features = network.sideFeatures(ofNewest: cells)
                body(Look(frames: count - cells * place.cellFrameCount..<count, features: features))
                seen = count
            }
            // Of the window nothing else is wanted.
            if window != nil { network.start(wanted: []) }
        }
    }
}
