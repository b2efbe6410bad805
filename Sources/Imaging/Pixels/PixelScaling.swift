/// Brings counts of any bit depth to the 16-bit range that the network knows; files and live frames share it.
///
/// Counts of b bits are multiplied by 2^(16 - b): 8 bits by 256, 12 bits by 16, 16 bits by 1. A power of two is exact in
/// binary floating point, keeps the spacing of the counts, and is what cameras do that deliver 12 bits left-aligned in 16;
/// full scale (255, 4095) then falls short of 65535 by less than one count of the original depth.
package struct PixelScaling: Sendable, Equatable {
    /// Number of bits of the range that the network was trained on.
    package static let networkBitDepth = 16
    /// The largest count of that range.
    package static let fullScaleCounts = Float(UInt16.max)

    /// Counts from the dark level to full scale, the unit of normalised intensity; at least one.
    package static func range(aboveDarkLevel dark: Float) -> Float { max(fullScaleCounts - dark, 1) }

    /// Counts as intensity: 0 at the dark level, 1 at full scale.
    package static func normalised(_ counts: [Float], aboveDarkLevel dark: Float) -> [Float] {
        let range = range(aboveDarkLevel: dark)
        return counts.map { ($0 - dark) / range }
    }

    /// What a count is multiplied by.
    package let factor: Float
    /// Largest count that the bit depth can hold; nil for floating-point pixels, which have no such limit.
    package let largestCount: Int?

    /// The scaling of integer counts; nil if the bit depth does not fit into the pixel.
    /// - Parameters:
    ///   - bitDepth: the significant bits, if known; nil means that every bit of the pixel counts.
    ///   - bitsPerPixel: the bits a pixel is stored in, 8 or 16.
    package init?(bitDepth: Int?, bitsPerPixel: Int) {
        let depth = bitDepth ?? bitsPerPixel
        guard (1...Self.networkBitDepth).contains(bitsPerPixel), (1...bitsPerPixel).contains(depth) else { return nil }
        factor = Float(1 << (Self.networkBitDepth - depth))
        largestCount = (1 << depth) - 1
    }

    /// The scaling of floating-point pixels, which are taken as counts.
    /// - Parameter bitDepth: the bits of the camera that the counts come from; nil, or more than 16, leaves them as they are.
    package init(floatingPointBitDepth bitDepth: Int? = nil) {
        let depth = min(max(bitDepth ?? Self.networkBitDepth, 1), Self.networkBitDepth)
        factor = Float(1 << (Self.networkBitDepth - depth))
        largestCount = nil
    }
}
