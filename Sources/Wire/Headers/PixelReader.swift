import Imaging

/// Turns the pixels of a message into counts on the 16-bit scale, row by row.
package enum PixelReader {
    /// Reads the pixels of a message that was understood as a frame.
    /// - Parameters:
    ///   - message: the message that `header` and `parts` were decoded from.
    ///   - header: its header.
    ///   - parts: the parts that hold the pixels.
    ///   - destination: receives one count per pixel, `[y][x]`, at its start; undefined after a refusal.
    /// - Throws: a ``FrameRefusal`` if a pixel is no finite number or larger than the bit depth allows.
    /// - Precondition: `destination` has room for one value per pixel.
    package static func read(
        _ message: borrowing some MessageParts & ~Copyable,
        header: FrameHeader,
        parts: Range<Int>,
        into destination: inout MutableSpan<Float>
    ) throws(FrameRefusal) {
        precondition(destination.count >= header.size.pixelCount, "room for one value per pixel")
        guard let scaling = header.scaling else { preconditionFailure("decoding refuses such a header") }
        var firstPixel = 0
        for part in parts {
            let bytes = message.bytes(ofPart: part)
            let segment = Segment(
                firstPixel: firstPixel,
                pixelCount: bytes.byteCount / header.format.type.byteCount,
                header: header,
                factor: scaling.factor
            )
            precondition(firstPixel + segment.pixelCount <= header.size.pixelCount, "more pixels than the header says")
            let largest = destination.withUnsafeMutableBufferPointer { destination in
                bytes.withUnsafeBytes { segment.read($0, into: destination) }
            }
            guard largest.isFinite else { throw FrameRefusal(.pixelNotFinite, "a pixel is not a finite number") }
            if let limit = scaling.largestCount, largest > Float(limit) {
                throw FrameRefusal(
                    .pixelExceedsBitDepth,
                    "a pixel is \(Int(saturating: largest)), more than bit_depth \(header.bitDepth ?? 0) allows (\(limit))"
                )
            }
            guard largest * scaling.factor <= PixelScaling.fullScaleCounts else {
                throw FrameRefusal(
                    .pixelExceedsBitDepth,
                    "a pixel is \(largest) counts in magnitude, beyond the 16-bit scale (\(Int(PixelScaling.fullScaleCounts)))"
                )
            }
            firstPixel += segment.pixelCount
        }
    }
}

/// Consecutive pixels of a frame, as stored in one part.
private struct Segment {
    let firstPixel: Int
    let pixelCount: Int
    let header: FrameHeader
    let factor: Float

    /// Converts the segment.
    /// - Returns: the largest magnitude of a stored value; not finite if a scaled one is not.
    func read(_ source: UnsafeRawBufferPointer, into destination: UnsafeMutableBufferPointer<Float>) -> Float {
        switch (header.format.type, header.format.byteOrder) {
        case (.uint8, _):
            convert(source, as: UInt8.self, into: destination) { Float($0) }
        case (.uint16, .little):
            convert(source, as: UInt16.self, into: destination) { Float(UInt16(littleEndian: $0)) }
        case (.uint16, .big):
            convert(source, as: UInt16.self, into: destination) { Float(UInt16(bigEndian: $0)) }
        case (.float32, .little):
            convert(source, as: UInt32.self, into: destination) { Float(bitPattern: UInt32(littleEndian: $0)) }
        case (.float32, .big):
            convert(source, as: UInt32.self, into: destination) { Float(bitPattern: UInt32(bigEndian: $0)) }
        }
    }

    @inline(__always)
    private func convert<Stored: BitwiseCopyable>(
        _ source: UnsafeRawBufferPointer,
        as type: Stored.Type,
        into destination: UnsafeMutableBufferPointer<Float>,
        _ value: (Stored) -> Float
    ) -> Float {
        let (height, width) = (header.size.height, header.size.width)
        var largest: Float = 0
        var smallest: Float = 0
        var isFinite = true
        for pixel in 0..<pixelCount {
            let stored = value(source.loadUnaligned(fromByteOffset: pixel * MemoryLayout<Stored>.size, as: type))
            let scaled = stored * factor
            largest = max(largest, stored)
            smallest = min(smallest, stored)
            isFinite = isFinite && scaled.isFinite
            let position = firstPixel + pixel
            switch header.format.pixelOrder {
            case .rows: destination[position] = scaled
            case .columns: destination[position % height * width + position / height] = scaled
            }
        }
        return isFinite ? max(largest, -smallest) : .nan
    }
}
