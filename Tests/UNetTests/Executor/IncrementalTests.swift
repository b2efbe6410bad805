import CKernels
import Imaging
import TestSupport
import Testing
import UNet

@Suite("Incremental results equal those of whole windows, bit for bit")
struct IncrementalTests {
    /// Slides one network over a movie and computes every window anew with another.
    private func compare(
        _ model: Model,
        movie: TestMovie,
        window: Int,
        strides: some Sequence<Int>,
        wanted: (Int) -> [Range<Int>],
        restartEvery: Int = .max,
        algorithm: ConvolutionAlgorithm,
        isa: CKernelsISA? = nil
    ) throws {
        let (sliding, whole) = (
            try SlidingUNet(
                model: model,
                frameSize: movie.size,
                window: window,
                threads: 2,
                algorithm: algorithm,
                isa: isa
            ),
            try SlidingUNet(
                model: model,
                frameSize: movie.size,
                window: window,
                threads: 1,
                algorithm: algorithm,
                isa: isa
            )
        )
        let frameCount = movie.values.count / movie.size.pixelCount
        var end = 0
        for (index, stride) in strides.enumerated() {
            if index % restartEvery == 0 {
                sliding.restart()
                end += end == 0 ? window : stride + window
            } else {
                end += stride
            }
            guard end <= frameCount else { break }
            let ranges = wanted(index)
            let new = movie[end - (index % restartEvery == 0 ? window : stride)..<end]
            let result = try sliding.advance(by: new, wanted: ranges)
            whole.restart()
            let expected = try whole.advance(by: movie[end - window..<end], wanted: [0..<window])
            for (range, values) in zip(ranges, result) {
                for (channel, probabilities) in zip(expected[0], values) {
                    let frame = movie.size.pixelCount
                    let part = channel[range.lowerBound * frame..<range.upperBound * frame]
                    #expect(probabilities.elementsEqual(part), "window \(index), frames \(range) of it")
                }
            }
        }
    }

    @Test(arguments: availableISAs, [ConvolutionAlgorithm.direct, .winograd])
    func smallNetworkOverManyWindows(isa: CKernelsISA, algorithm: ConvolutionAlgorithm) throws {
        let model = Model.random(UNetShape(steps: 3, firstLayerChannels: 4), seed: 5)
        let movie = TestMovie(frames: 700, size: FrameSize(height: 9, width: 20), seed: 6)
        var random = SeededGenerator(seed: UInt64(isa.rawValue))
        let usual = [8, 8, 8, 8, 8, 16, 16, 4, 8, 12, 8, 8, 3, 8, 1, 5, 8, 8, 8, 32, 8, 8, 8, 24, 8, 8]
        let strides = usual + (0..<40).map { _ in Int.random(in: 1...40, using: &random) }
        try compare(
            model,
            movie: movie,
            window: 64,
            strides: strides,
            wanted: { $0 % 5 == 4 ? [28..<36, 50..<62] : $0 % 7 == 6 ? [0..<64] : [28..<36] },
            restartEvery: 23,
            algorithm: algorithm,
            isa: isa
        )
    }

    @Test(arguments: availableISAs, [ConvolutionAlgorithm.direct, .winograd])
    func blockedAndNarrowLevels(isa: CKernelsISA, algorithm: ConvolutionAlgorithm) throws {
        let model = Model.random(UNetShape(steps: 2, firstLayerChannels: 16), seed: 8)
        let movie = TestMovie(frames: 120, size: FrameSize(height: 12, width: 28), seed: 9)
        try compare(
            model,
            movie: movie,
            window: 32,
            strides: [4, 4, 4, 8, 2, 4, 4, 12, 1, 4, 4, 4],
            wanted: { _ in [14..<18] },
            algorithm: algorithm,
            isa: isa
        )
    }

    /// More than 1000 frames, with strides that change and a second series.
    @Test(
        arguments: Set([CKernelsISA.avx2, ckernels_isa()]).intersection(availableISAs),
        [ConvolutionAlgorithm.direct] + (autoIsExact ? [.auto] : [])
    )
    func publishedNetwork(isa: CKernelsISA, algorithm: ConvolutionAlgorithm) throws {
        let model = Model.random(.published, seed: 10)
        let movie = TestMovie(frames: 1100, size: FrameSize(height: 40, width: 70), seed: 11)
        try compare(
            model,
            movie: movie,
            window: 256,
            strides: [32, 32, 32, 64, 16, 32, 32, 48, 32, 32, 64, 32, 32, 32, 16, 32, 48, 64],
            wanted: { $0 % 4 == 3 ? [112..<144, 218..<250] : [112..<144] },
            restartEvery: 12,
            algorithm: algorithm,
            isa: isa
        )
    }

    @Test func memoryOfResultsIsUsedAgainUnlessSomebodyHoldsThem() throws {
        let model = Model.random(UNetShape(steps: 1, firstLayerChannels: 2), seed: 12)
        let movie = TestMovie(frames: 12, size: FrameSize(height: 4, width: 4), seed: 13)
        let network = try SlidingUNet(model: model, frameSize: movie.size, window: 8, threads: 1)
        func advance(_ frames: Range<Int>) throws -> Probabilities {
            try Array(movie[frames]).withUnsafeBufferPointer { try network.advance(by: $0, wanted: [2..<6]) }
        }
        func address(_ value: borrowing Probabilities) -> Int {
            value.withChannel(.background) { Int(bitPattern: $0.baseAddress) }
        }
        let first = address(try advance(0..<8))
        let held = try advance(8..<9)
        #expect(address(held) == first)
        let before = held.channel(.wave)
        #expect(address(try advance(9..<10)) != first)
        #expect(held.channel(.wave) == before)
    }
}
