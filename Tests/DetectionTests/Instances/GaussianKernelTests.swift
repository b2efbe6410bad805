import Detection
import Testing

@Suite("Smoothing kernel")
struct GaussianKernelTests {
    /// Bit patterns of `scipy.ndimage`'s kernel for sigma 3, truncated at 4 sigma, from the centre outwards.
    private static let scipyWeights: [Double] = [
        0x1.105a329f98197p-3, 0x1.01a25f86eb137p-3, 0x1.b42a57d56c0bep-4, 0x1.4a614d1afd337p-4,
        0x1.bfde9c12bec92p-5, 0x1.0fa58939b528fp-5, 0x1.26defcaeb0202p-6, 0x1.1e6bccad344bap-7,
        0x1.f1e9915139406p-9, 0x1.8345966f69518p-10, 0x1.0d8a5ad43c165p-11, 0x1.4fbe39149e277p-13,
        0x1.763a210dfb306p-15,
    ]

    @Test func weightsAreThoseOfSciPy() {
        #expect(GaussianKernel.weights == Self.scipyWeights)
    }

    /// `numpy.pad(range(4), 10, mode="symmetric")`.
    @Test func bordersAreMirroredAsOftenAsNeeded() {
        let mirrored = (-10..<14).map { GaussianKernel.mirrored($0, count: 4) }
        #expect(mirrored == [1, 0, 0, 1, 2, 3, 3, 2, 1, 0, 0, 1, 2, 3, 3, 2, 1, 0, 0, 1, 2, 3, 3, 2])
        #expect((-3..<4).map { GaussianKernel.mirrored($0, count: 1) } == [0, 0, 0, 0, 0, 0, 0])
    }
}
