import CKernels
import Foundation
import Imaging
import TestSupport
import Testing
import UNet

@Suite("OpenBLAS as an independent check of the kernels")
struct GemmTests {
    /// Every frame of windows that follow each other, by two algorithms.
    private func compare(
        _ model: Model,
        movie: TestMovie,
        window: Int = 256,
        strides: [Int],
        wanted: Range<Int>,
        isWholeAgain: Bool = false
    ) throws -> Float {
        func network(_ algorithm: ConvolutionAlgorithm, threads: Int) throws -> SlidingUNet {
            try SlidingUNet(
                model: model,
                frameSize: movie.size,
                window: window,
                threads: threads,
                algorithm: algorithm
            )
        }
        let gemm = try network(.gemm, threads: 2), other = try network(isWholeAgain ? .gemm : .direct, threads: 1)
        var largest: Float = 0
        var end = 0
        for stride in [window] + strides {
            let new = movie[end..<end + stride]
            end += stride
            let found = try gemm.advance(by: new, wanted: [wanted])
            if isWholeAgain { other.restart() }
            let expected = try other.advance(by: isWholeAgain ? movie[end - window..<end] : new, wanted: [wanted])
            for (a, b) in zip(found[0], expected[0]) { largest = max(largest, largestDifference(a, b)) }
        }
        return largest
    }

    @Test(arguments: [(1, 2), (2, 3), (2, 16), (1, 24), (3, 8)], [(1, 1), (5, 11), (16, 33), (40, 70)])
    func agreesWithDirectKernels(network: (steps: Int, channels: Int), size: (height: Int, width: Int)) throws {
        let shape = UNetShape(steps: network.steps, firstLayerChannels: network.channels)
        let model = Model.random(shape, seed: UInt64(network.channels))
        let movie = TestMovie(frames: 28, size: FrameSize(height: size.height, width: size.width), seed: 3)
        #expect(try compare(model, movie: movie, window: 16, strides: [4, 8], wanted: 4..<12) < 1e-5)
    }

    @Test func agreesOnTheSmallFixture() throws {
        let folder = PackagePaths.fixtures.appending(path: "unet_tiny")
        let model = try Model.load(from: folder.appending(path: "weights.safetensors"))
        let input = try SafetensorsFile(contentsOf: folder.appending(path: "input.safetensors")).values(of: "input")
        let movie = TestMovie(size: FrameSize(height: 16, width: 32), values: input)
        #expect(try compare(model, movie: movie, window: 32, strides: [], wanted: 0..<32) < 1e-5)
    }

    /// Rounding to 32 bits alone moves this network's probabilities by up to 2e-5.
    @Test(.enabled(if: PackagePaths.exists(PaperNetwork.folder)))
    func agreesOnTheLargeFixture() throws {
        let paper = try PaperNetwork(frameCount: 320)
        #expect(try compare(paper.model, movie: paper.movie, strides: [32, 32], wanted: 112..<144) < 5e-5)
    }

    @Test func incrementalIsLikeWholeWindows() throws {
        let model = Model.random(UNetShape(steps: 3, firstLayerChannels: 4), seed: 5)
        let movie = TestMovie(frames: 200, size: FrameSize(height: 9, width: 20), seed: 6)
        let strides = [8, 8, 16, 4, 8, 3, 8, 1, 24, 8]
        let largest = try compare(
            model,
            movie: movie,
            window: 64,
            strides: strides,
            wanted: 28..<36,
            isWholeAgain: true
        )
        #expect(largest < 1e-5)
    }

    /// So many cells and channels that every layer is cut into slabs.
    @Test(arguments: [([80, 80], 64, 24, 70), ([3], 5, 90, 300), ([512], 16, 2, 16)])
    func slabs(sources: [Int], destinations: Int, height: Int, width: Int) throws {
        let test = KernelCase(
            sourceChannels: sources,
            channels: destinations,
            frames: 2,
            size: FrameSize(height: height, width: width),
            kernelExtent: 3,
            seed: 9
        )
        let result = try test.convolution(.kernel(.portable, .gemm))
        let expected = try test.convolution(.kernel(ckernels_isa(), .direct))
        #expect(largestDifference(result.values, expected.values) < 6e-6)
        #expect(result.marginsAreZero)
    }

    @Test func isTheDefaultWithoutVectorKernels() {
        #expect(ConvolutionAlgorithm.auto.resolved(hasVectorKernels: false) == .gemm)
        #expect(ConvolutionAlgorithm.auto.resolved(hasVectorKernels: true) == .auto)
        #expect(ConvolutionAlgorithm.winograd.resolved(hasVectorKernels: false) == .winograd)
    }
}
