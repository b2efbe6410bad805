import CKernels
import Imaging
import Testing
import UNet

/// What the tests of kernels and network leave out here.
///
/// All of them run with every instruction set that may be used.
@Suite("Instruction sets beyond the portable one")
struct InstructionSetTests {
    @Test(.needs(.avx2)) func avx2() throws { try convolve(.avx2) }
    @Test(.needs(.avx512)) func avx512() throws { try convolve(.avx512) }

    /// Nothing is offered that the reference does not confirm, in both layouts.
    private func convolve(_ isa: CKernelsISA) throws {
        for (layout, channels) in [(CKernelsLayout.planar, 8), (.blocked, 16)] {
            let test = KernelCase(
                layout: layout,
                sourceChannels: [channels, channels],
                channels: channels,
                frames: 3,
                size: FrameSize(height: 7, width: 37),
                kernelExtent: 3,
                seed: 12
            )
            let expected = try test.convolution(.reference)
            for algorithm in [CKernelsAlgorithm.direct, .winograd] {
                let result = try test.convolution(.kernel(isa, algorithm))
                #expect(largestDifference(result.values, expected.values) < 3e-5, "\(test) \(algorithm)")
                #expect(result.marginsAreZero)
            }
        }
    }
}
