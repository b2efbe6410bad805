import CKernels
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
                sourceChannels: 8 << level
            )
            #expect(chosen == (level < 5 ? .winograd : .direct), "level \(level)")
        }
        let movie = FrameSize(height: 64, width: 512)
        #expect(ConvolutionAlgorithm.auto.kernels(layout: .planar, size: movie, sourceChannels: 1) == .direct)
    }

    @Test func othersAreTakenAtTheirWord() {
        let cell = FrameSize(height: 1, width: 1), movie = FrameSize(height: 64, width: 512)
        #expect(ConvolutionAlgorithm.winograd.kernels(layout: .blocked, size: cell, sourceChannels: 512) == .winograd)
        #expect(ConvolutionAlgorithm.direct.kernels(layout: .planar, size: movie, sourceChannels: 8) == .direct)
    }
}
