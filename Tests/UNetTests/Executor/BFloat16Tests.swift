import CKernels
import Imaging
import TestSupport
import Testing
import UNet

@Suite("Factors rounded to bfloat16")
struct BFloat16Tests {
    private let movie = TestMovie(frames: 160, size: FrameSize(height: 9, width: 20), seed: 6)

    private func network(_ algorithm: ConvolutionAlgorithm, isa: CKernelsISA) throws -> SlidingUNet {
        try SlidingUNet(
            model: .random(UNetShape(steps: 3, firstLayerChannels: 4), seed: 5),
            frameSize: movie.size,
            window: 64,
            threads: 2,
            algorithm: algorithm,
            isa: isa
        )
    }

    /// Near the exact result, but not that; and of every window the very result that reuse gives.
    @Test(.needsBFloat16, arguments: availableISAs.filter(ckernels_has_bfloat16))
    func incrementalEqualsWholeWindows(isa: CKernelsISA) throws {
        let sliding = try network(.bfloat16, isa: isa)
        let whole = try network(.bfloat16, isa: isa)
        let exact = try network(.direct, isa: isa)
        var end = 0
        for stride in [64, 8, 8, 4, 16, 8, 3, 8, 8] {
            let new = movie[end..<end + stride]
            end += stride
            let found = try sliding.advance(by: new, wanted: [28..<36])
            whole.restart()
            #expect(try whole.advance(by: movie[end - 64..<end], wanted: [28..<36]) == found)
            let expected = try exact.advance(by: new, wanted: [28..<36])
            let difference = zip(found[0], expected[0]).map { largestDifference($0, $1) }.max() ?? 0
            #expect(difference > 1e-6 && difference < 2e-2)
        }
    }

    @Test(arguments: availableISAs.filter { !ckernels_has_bfloat16($0) })
    func isRefusedElsewhere(isa: CKernelsISA) throws {
        let error = #expect(throws: UNetError.self) { try network(.bfloat16, isa: isa) }
        #expect(error?.description.contains("AVX512_BF16") == true)
        #expect(error?.description.contains("take the algorithm auto") == true)
    }
}
