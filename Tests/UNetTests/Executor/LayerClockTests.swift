import Imaging
import Testing
import UNet

@Suite struct LayerClockTests {
    private let shape = UNetShape(steps: 2, firstLayerChannels: 2)
    private let size = FrameSize(height: 6, width: 9)

    private func advance(_ network: SlidingUNet, by frames: Int) throws {
        let movie = TestMovie(frames: frames, size: size, seed: 3)
        _ = try network.advance(by: movie[0..<frames], wanted: [6..<10])
    }

    /// Every layer once, and together the operations that the plans say.
    @Test(arguments: [ConvolutionAlgorithm.direct, .winograd])
    func knowsWhatEveryLayerDid(algorithm: ConvolutionAlgorithm) throws {
        let network = try SlidingUNet(
            model: .random(shape, seed: 4),
            frameSize: size,
            window: 16,
            threads: 2,
            algorithm: algorithm
        )
        let clock = LayerClock()
        network.layerClock = clock
        var planner = IncrementalPlanner(windowFrameCount: 16, steps: 2)
        for frames in [16, 4, 4, 8] {
            try advance(network, by: frames)
            let plan = planner.next(shift: frames == 16 ? nil : frames, wanted: [6..<10])
            let layers = clock.drain()
            #expect(layers.reduce(0) { $0 + $1.operationCount } == plan.operationCount(shape: shape, size: size))
            #expect(
                Set(layers.map(\.layer)) == [
                    .encoder(level: 0, convolution: 1), .encoder(level: 0, convolution: 2), .pooling(level: 1),
                    .encoder(level: 1, convolution: 1), .encoder(level: 1, convolution: 2), .pooling(level: 2),
                    .encoder(level: 2, convolution: 1), .encoder(level: 2, convolution: 2),
                    .upConvolution(level: 1), .decoder(level: 1, convolution: 1), .decoder(level: 1, convolution: 2),
                    .upConvolution(level: 0), .decoder(level: 0, convolution: 1), .decoder(level: 0, convolution: 2),
                    .classes,
                ]
            )
            #expect(layers.count == 15)
            #expect(layers.allSatisfy { $0.duration > .zero })
            #expect(layers.first { $0.layer == .decoder(level: 0, convolution: 1) }?.method == "\(algorithm)")
        }
    }

    /// Frames of the paper, computers with many cores.
    @Test func everyLayerHasPiecesFor16Threads() throws {
        let size = FrameSize(height: 64, width: 512)
        let network = try SlidingUNet(model: .random(.published, seed: 5), frameSize: size, threads: 16)
        let clock = LayerClock()
        network.layerClock = clock
        _ = try network.advance(by: [Float](repeating: 0.5, count: 256 * size.pixelCount), wanted: [112..<144])
        for layer in clock.drain() { #expect(layer.fewestPieces >= 16, "\(layer.layer)") }
    }

    @Test func isSilentWhenOff() throws {
        let network = try SlidingUNet(model: .random(shape, seed: 4), frameSize: size, window: 16, threads: 1)
        let clock = LayerClock()
        network.layerClock = clock
        network.layerClock = nil
        try advance(network, by: 16)
        #expect(clock.drain().isEmpty)
    }
}
