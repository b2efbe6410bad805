import CKernels
import Imaging
import Testing
import UNet

@Suite struct ConvolutionAlgorithmTests {
    /// Frames of 64 x 512 in the published network: Winograd from level 0 to 4, but for the movie's single channel.
    @Test func autoTakesWinogradWhereTilesAreFull() {
        for level in 0...6 {
            let size = FrameSize(height: 64 >> level, width: 512 >> level)
            let chosen = ConvolutionAlgorithm.auto.kernels(
                layout: level < 2 ? .planar : .blocked,
                size: size,
                sourceChannels: 8 << level,
                destinationChannels: 8 << level
            )
            #expect(chosen == (level < 5 ? .winograd : .direct), "level \(level)")
        }
        let movie = FrameSize(height: 64, width: 512)
        #expect(kernels(.auto, .planar, movie, from: 1, to: 8) == .direct)
    }

    @Test func othersAreTakenAtTheirWord() {
        let cell = FrameSize(height: 1, width: 1), movie = FrameSize(height: 64, width: 512)
        #expect(kernels(.winograd, .blocked, cell, from: 512, to: 512) == .winograd)
        #expect(kernels(.direct, .planar, movie, from: 8, to: 8) == .direct)
    }

    @Test func narrowIsWinogradButFromTheMovie() {
        let movie = FrameSize(height: 64, width: 512)
        #expect(kernels(.auto, .narrow, movie, from: 1, to: 8) == .direct)
        #expect(kernels(.winograd, .narrow, movie, from: 1, to: 8) == .direct)
        #expect(kernels(.auto, .narrow, FrameSize(height: 1, width: 1), from: 8, to: 8) == .winograd)
    }

    @Test func bfloat16IsForFewChannels() {
        let movie = FrameSize(height: 64, width: 512)
        #expect(kernels(.bfloat16, .planar, movie, from: 16, to: 8) == .bfloat16)
        #expect(kernels(.bfloat16, .planar, movie, from: 1, to: 8) == .direct)
        #expect(kernels(.bfloat16, .planar, movie, from: 16, to: 16) == .winograd)
        #expect(kernels(.bfloat16, .blocked, movie, from: 64, to: 64) == .winograd)
    }

    private func kernels(
        _ algorithm: ConvolutionAlgorithm,
        _ layout: CKernelsLayout,
        _ size: FrameSize,
        from sources: Int,
        to destinations: Int
    ) -> CKernelsAlgorithm {
        algorithm.kernels(layout: layout, size: size, sourceChannels: sources, destinationChannels: destinations)
    }
}
