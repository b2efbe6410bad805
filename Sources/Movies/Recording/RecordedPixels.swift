package import Imaging

/// Brings counts on the 16-bit scale back to what the sender stored, exactly: scaling is by a power of two.
package struct RecordedPixels {
    package let type: PixelType
    private let factor: Float
    /// Reused from frame to frame.
    private var bytes: [UInt8] = []

    /// - Parameter series: says how the sender stores pixels.
    package init(_ series: SeriesDescription) {
        let bits = series.bitsPerPixel ?? 32
        type = bits == 8 ? .uint8 : bits == 16 ? .uint16 : .float32
        let scaling =
            type == .float32
            ? PixelScaling(floatingPointBitDepth: series.bitDepth)
            : PixelScaling(bitDepth: series.bitDepth, bitsPerPixel: bits)
        factor = 1 / (scaling?.factor ?? 1)
    }

    /// Calls `body` with the pixels as the sender stored them, in the byte order of this machine.
    ///
    /// - Parameters:
    ///   - counts: counts on the 16-bit scale.
    ///   - body: receives the stored pixels, valid during the call.
    /// - Returns: the result of `body`.
    package mutating func withStored<Result>(
        _ counts: Span<Float>,
        _ body: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        let byteCount = counts.count * type.byteCount
        if bytes.count != byteCount { bytes = [UInt8](repeating: 0, count: byteCount) }
        let factor = factor
        bytes.withUnsafeMutableBytes { target in
            counts.withUnsafeBufferPointer { counts in
                switch type {
                case .uint8: Self.store(counts, in: target) { UInt8($0 * factor) }
                case .uint16: Self.store(counts, in: target) { UInt16($0 * factor) }
                case .uint32: Self.store(counts, in: target) { UInt32($0 * factor) }
                case .float32: Self.store(counts, in: target) { $0 * factor }
                }
            }
        }
        return try bytes.withUnsafeBytes(body)
    }

    private static func store<Stored>(
        _ counts: UnsafeBufferPointer<Float>,
        in target: UnsafeMutableRawBufferPointer,
        _ convert: (Float) -> Stored
    ) {
        let values = target.bindMemory(to: Stored.self)
        for index in counts.indices { values[index] = convert(counts[index]) }
    }
}
