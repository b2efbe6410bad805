import Foundation
import Imaging
import TestSupport
import Testing
import UNet

@Suite struct ReferenceUNetTests {
    /// PyTorch's results for 32 frames of 16 x 32 pixels, a network of 3 steps.
    @Test func agreesWithPyTorch() throws {
        let model = try Model(SafetensorsFile(contentsOf: Fixture.tiny.appending(path: "weights.safetensors")))
        let input = try SafetensorsFile(contentsOf: Fixture.tiny.appending(path: "input.safetensors")).values(
            of: "input"
        )
        let expected = try SafetensorsFile(contentsOf: Fixture.tiny.appending(path: "expected.safetensors")).values(
            of: "probabilities"
        )
        let result = ReferenceUNet(model: model).probabilities(of: input, size: FrameSize(height: 16, width: 32))

        try #require(result.values.count == expected.count)
        let largestDifference = zip(result.values, expected).map { abs($0 - $1) }.max() ?? .infinity
        #expect(largestDifference < 5e-5)
    }

    /// A frame in the middle of a larger one that is zero outside gives the same as the padded frame.
    @Test func framesOfAnySizeArePaddedInTheMiddle() {
        let model = Model.random(UNetShape(steps: 2, firstLayerChannels: 2), seed: 1)
        let network = ReferenceUNet(model: model)
        var random = SeededGenerator(seed: 2)
        let small = FrameSize(height: 5, width: 11)
        let frames = (0..<8 * small.pixelCount).map { _ in Float.random(in: 0..<1, using: &random) }

        // 5 rows become 8: one before, two after. 11 columns become 12: none before, one after.
        var enlarged = [Float](repeating: 0, count: 8 * 8 * 12)
        for t in 0..<8 {
            for y in 0..<5 {
                for x in 0..<11 {
                    enlarged[(t * 8 + y + 1) * 12 + x] = frames[(t * 5 + y) * 11 + x]
                }
            }
        }
        let result = network.probabilities(of: frames, size: small)
        let whole = network.probabilities(of: enlarged, size: FrameSize(height: 8, width: 12))
        #expect((result.channels, result.frames, result.height, result.width) == (4, 8, 5, 11))
        for (channel, t) in [(0, 0), (1, 3), (2, 7), (3, 4)] {
            for (y, x) in [(0, 0), (4, 10), (2, 5)] {
                #expect(result[channel, t, y, x] == whole[channel, t, y + 1, x])
            }
        }
    }
}
