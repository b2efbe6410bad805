import Testing
import UNet

@Suite struct HalfPrecisionTests {
    /// All numbers, as hashed in Python: `arange(65536, dtype=uint16).view(float16).astype(float32)` without NaN.
    @Test func everyHalfPrecisionNumberIsReadExactly() {
        var bytes: [UInt8] = []
        for bits in UInt16.min...UInt16.max {
            let value = Float(halfPrecisionBits: bits)
            if value.isNaN { continue }
            withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
            #expect(value.halfPrecisionBits == bits)
        }
        #expect(bytes.count == 4 * 63_490)
        #expect(SHA256.hexDigest(of: bytes) == "680bbc22915f61aa1bbfc7265bc3882a6aa42d299bfd2c571807196e5544de2e")
    }

    /// numpy's and PyTorch's rounding, ties and limits included.
    @Test func roundsToNearestEven() {
        let values: [Float] = [1 / 3, 65504, 65519, 65520, 1e-8, 3e-8, 6.1e-5, 6.09e-5, -2.7, 2049, 2051]
        #expect(
            values.map(\.halfPrecisionBits) == [
                0x3555, 0x7bff, 0x7bff, 0x7c00, 0x0, 0x1, 0x3ff, 0x3fe, 0xc166, 0x6800, 0x6802,
            ]
        )
        #expect(
            values.map(\.bfloat16Bits) == [
                0x3eab, 0x4780, 0x4780, 0x4780, 0x322c, 0x3301, 0x3880, 0x387f, 0xc02d, 0x4500, 0x4500,
            ]
        )
        #expect(Float(halfPrecisionBits: Float.nan.halfPrecisionBits).isNaN)
    }
}
