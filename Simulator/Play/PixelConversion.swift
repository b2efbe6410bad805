import Wire

/// Converts stored pixels to the type that is sent, little endian.
///
/// Between 8 and 16 bit counts are shifted, as `PixelScaling` does. Floating-point values are counts of 16 bit.
struct PixelConversion {
    let source: PixelFormat.NumberType
    let target: PixelFormat.NumberType

    /// Converts the pixels of one frame.
    ///
    /// - Parameter bytes: Pixels of the source type in the byte order of the machine.
    /// - Returns: Pixels of the target type, little endian.
    func convert(_ bytes: [UInt8]) -> [UInt8] {
        switch (source, target) {
        case (.uint8, .uint8): bytes
        case (.uint8, .uint16): Self.map(bytes, UInt8.self) { (UInt16($0) << 8).littleEndian }
        case (.uint8, .float32): Self.map(bytes, UInt8.self) { (Float($0) * 256).bitPattern.littleEndian }
        case (.uint16, .uint8): Self.map(bytes, UInt16.self) { UInt8($0 >> 8) }
        case (.uint16, .uint16): Self.map(bytes, UInt16.self) { $0.littleEndian }
        case (.uint16, .float32): Self.map(bytes, UInt16.self) { Float($0).bitPattern.littleEndian }
        case (.float32, .uint8): Self.map(bytes, Float.self) { UInt8(Self.clamped($0 / 256, to: 255)) }
        case (.float32, .uint16): Self.map(bytes, Float.self) { UInt16(Self.clamped($0, to: 65_535)).littleEndian }
        case (.float32, .float32): Self.map(bytes, Float.self) { $0.bitPattern.littleEndian }
        }
    }

    private static func clamped(_ value: Float, to largest: Float) -> Float {
        value.isNaN ? 0 : min(max(value.rounded(), 0), largest)
    }

    private static func map<Stored: BitwiseCopyable, Sent: BitwiseCopyable>(
        _ bytes: [UInt8],
        _ type: Stored.Type,
        _ transform: (Stored) -> Sent
    ) -> [UInt8] {
        let pixels = bytes.withUnsafeBytes { buffer in
            (0..<buffer.count / MemoryLayout<Stored>.size).map {
                transform(buffer.loadUnaligned(fromByteOffset: $0 * MemoryLayout<Stored>.size, as: type))
            }
        }
        return pixels.withUnsafeBytes { Array($0) }
    }
}
