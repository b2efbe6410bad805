package import Imaging

/// How the counts of a movie are brought to 16 bits, after a look at all of them.
///
/// What the user says counts more than the file; a file that states a bit depth which its counts exceed is not believed.
package struct MovieScaling: Sendable {
    package let scaling: PixelScaling
    /// Bits of the camera as they were taken; nil if nobody states them.
    package let bitDepth: Int?
    /// What looks wrong about the counts.
    package let remarks: [String]

    /// Looks at a movie.
    ///
    /// - Parameters:
    ///   - movie: The movie.
    ///   - option: Bits of the camera as the user states them.
    /// - Throws: ``TIFFError`` for a damaged frame, ``BitDepthError`` if the option does not fit the counts.
    package init(of movie: borrowing TIFFMovie, option: Int?) throws {
        let extremes = try movie.countExtremes()
        let bitsPerPixel = min(8 * movie.pixelType.byteCount, PixelScaling.networkBitDepth)
        var remarks: [String] = []
        if let option {
            guard option <= bitsPerPixel else {
                throw BitDepthError(path: movie.path, bitDepth: option, reason: "it has \(bitsPerPixel)-bit pixels")
            }
            let limit = (1 << option) - 1
            guard extremes.largest <= Float(limit) else {
                throw BitDepthError(
                    path: movie.path,
                    bitDepth: option,
                    reason: "its largest count is \(Double(extremes.largest).shortText), beyond \(limit)"
                )
            }
        }
        var stated = movie.significantBits
        if let bits = stated, option == nil {
            if !(1...bitsPerPixel).contains(bits) {
                stated = nil
                if bits <= 0 || bits > 32 || bitsPerPixel < 16 {
                    remarks.append(
                        "the file states \(bits) significant bits, which its \(bitsPerPixel)-bit pixels cannot have: not used"
                    )
                }
            } else if extremes.largest > Float((1 << bits) - 1) {
                stated = nil
                remarks.append(
                    "the file states \(bits) significant bits, but its largest count is "
                        + "\(Double(extremes.largest).shortText): all \(bitsPerPixel) bits are used; "
                        + "give the camera's bits with --bit-depth"
                )
            }
        }
        let depth = option ?? stated
        bitDepth = depth
        let isWhole = movie.pixelType == .uint8 || movie.pixelType == .uint16
        let fitting = isWhole ? PixelScaling(bitDepth: depth, bitsPerPixel: bitsPerPixel) : nil
        scaling = fitting ?? PixelScaling(floatingPointBitDepth: depth)
        if depth == nil, bitsPerPixel == 16 {
            let isFloatingPoint = movie.pixelType == .float32
            let doubt = CountDoubt(
                smallest: extremes.smallest,
                largest: extremes.largest,
                isFloatingPoint: isFloatingPoint
            )
            if let doubt { remarks.append(doubt.text) }
        }
        self.remarks = remarks
    }
}

/// A bit depth that does not fit a movie.
package struct BitDepthError: Error, CustomStringConvertible {
    let path: String
    let bitDepth: Int
    let reason: String

    package var description: String {
        "--bit-depth is \(bitDepth), but \(reason) (\(path)); give the bits that the camera has, or leave the option out."
    }
}

extension TIFFMovie {
    /// The smallest and the largest count of the movie.
    ///
    /// - Throws: ``TIFFError/damagedFrame(path:frame:reason:)``, ``TIFFError/noValue(path:frame:row:column:value:)``.
    func countExtremes() throws(TIFFError) -> (smallest: Float, largest: Float) {
        let counts = UnsafeMutableBufferPointer<Float>.allocate(capacity: size.pixelCount)
        defer { counts.deallocate() }
        var (smallest, largest) = (Float.infinity, -Float.infinity)
        for frame in 0..<frameCount {
            try read(frame: frame, into: counts)
            var isFinite = true
            for count in counts {
                isFinite = isFinite && abs(count) <= .greatestFiniteMagnitude
                smallest = min(smallest, count)
                largest = max(largest, count)
            }
            guard isFinite || pixelType != .float32 else {
                let pixel = counts.firstIndex { !$0.isFinite } ?? 0
                let (row, column) = pixel.quotientAndRemainder(dividingBy: size.width)
                throw .noValue(path: path, frame: frame, row: row, column: column, value: counts[pixel])
            }
        }
        return (smallest, largest)
    }
}
