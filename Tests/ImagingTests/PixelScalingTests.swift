import Imaging
import Testing

@Suite("Pixel scaling")
struct PixelScalingTests {
    @Test(
        "Counts of fewer bits are shifted up to 16",
        arguments: [(8, 8, 256), (12, 16, 16), (14, 16, 4), (16, 16, 1), (7, 8, 512), (1, 8, 32768)]
    )
    func factors(bitDepth: Int, bitsPerPixel: Int, factor: Int) throws {
        let scaling = try #require(PixelScaling(bitDepth: bitDepth, bitsPerPixel: bitsPerPixel))
        #expect(scaling.factor == Float(factor))
        #expect(scaling.largestCount == (1 << bitDepth) - 1)
        // Full scale stays within the 16-bit range and misses its end by less than one original count.
        let fullScale = scaling.factor * Float((1 << bitDepth) - 1)
        #expect(fullScale <= 65535)
        #expect(fullScale + scaling.factor > 65535)
    }

    @Test("Without a bit depth every bit of the pixel counts")
    func defaults() throws {
        #expect(try #require(PixelScaling(bitDepth: nil, bitsPerPixel: 8)).factor == 256)
        #expect(try #require(PixelScaling(bitDepth: nil, bitsPerPixel: 16)).factor == 1)
    }

    @Test("A bit depth that does not fit into the pixel is refused", arguments: [(9, 8), (17, 16), (0, 8), (-1, 16)])
    func impossible(bitDepth: Int, bitsPerPixel: Int) {
        #expect(PixelScaling(bitDepth: bitDepth, bitsPerPixel: bitsPerPixel) == nil)
    }

    @Test("Floating-point pixels are counts of the stated depth, 16 bits if nothing or more is stated")
    func floatingPoint() {
        #expect(PixelScaling().factor == 1)
        #expect(PixelScaling(floatingPointBitDepth: 12).factor == 16)
        #expect(PixelScaling(floatingPointBitDepth: 32).factor == 1)
        #expect(PixelScaling().largestCount == nil)
    }
}
