/// Why a TIFF movie could not be written or read.
package enum TIFFError: Error, Equatable, CustomStringConvertible {
    /// The file could not be created or opened; `reason` is that of the operating system or of libtiff.
    case cannotOpen(path: String, reason: String)
    /// A frame or the end of the file did not reach the disk.
    case writeFailed(path: String, frame: Int, reason: String)
    /// The file has no bytes.
    case empty(path: String)
    /// The file does not start as a TIFF file does; `found` are its first bytes.
    case notTIFF(path: String, found: String)
    /// The file is a TIFF file, but what it holds is not one grey plane per time.
    case notGreyMovie(path: String, found: String, remedy: String)
    /// Pixels are neither 8, 16 or 32 bit unsigned nor 32 bit floating point.
    case unsupportedPixels(path: String, found: String)
    /// libtiff cannot decode this compression; `scheme` is the number in the file.
    case unsupportedCompression(path: String, scheme: Int)
    /// The extents of a page are beyond what a camera delivers.
    case implausibleSize(path: String, height: Int, width: Int, largestPixelCount: Int)
    /// A page differs from the first one; `expected` and `found` name size and pixel type.
    case pagesDiffer(path: String, page: Int, expected: String, found: String)
    /// The file ends, or cannot be followed, before the movie does; `expectedFrames` where the file says so.
    case truncated(path: String, completeFrames: Int, expectedFrames: Int?, reason: String)
    /// A frame, counted from 0, cannot be decoded.
    case damagedFrame(path: String, frame: Int, reason: String)
    /// A pixel is no count: not a number, infinite, or beyond the 16-bit scale that bit depths are brought to.
    case notACount(path: String, frame: Int, value: Float, largest: Float)
    /// A pixel has no value: not a number, or infinite.
    case noValue(path: String, frame: Int, row: Int, column: Int, value: Float)
    /// A movie does not hold the channel that was asked for.
    case noSuchChannel(path: String, wanted: String, available: [String])
    /// The file is a part of a series whose beginning is in a file that is not there or does not fit.
    case partMissing(path: String, part: String, firstFrame: Int, reason: String)
    /// The pixels would take far more room than any compression makes of them.
    case implausibleExpansion(path: String, fileByteCount: Int, pixelByteCount: Int)
    /// Labels were asked for, but the pixels are floating-point numbers.
    case notLabels(path: String)

    package var description: String {
        switch self {
        case .cannotOpen(let path, let reason):
            "\(path): cannot open: \(reason); check the path and your rights to it"
        case .writeFailed(let path, let frame, let reason):
            "\(path): writing frame \(frame) failed: \(reason); frames before it are kept, "
                + "free some disk space or choose another folder"
        case .empty(let path):
            "\(path): the file is empty; copy it again from where it was recorded"
        case .notTIFF(let path, let found):
            "\(path): not a TIFF file, it starts with \(found); export the movie as TIFF"
        case .notGreyMovie(let path, let found, let remedy):
            "\(path): not a grey movie: \(found); \(remedy)"
        case .unsupportedPixels(let path, let found):
            "\(path): pixels are \(found); convert them to 8 or 16 bit unsigned, or 32 bit floating point"
        case .unsupportedCompression(let path, let scheme):
            "\(path): compression scheme \(scheme) cannot be decoded; save the movie uncompressed or with deflate or LZW"
        case .implausibleSize(let path, let height, let width, let largestPixelCount):
            "\(path): a page of \(height) x \(width) pixels (height x width) is beyond the limit of "
                + "\(largestPixelCount) pixels; the file is damaged, or has to be cropped"
        case .pagesDiffer(let path, let page, let expected, let found):
            "\(path): page \(page) is \(found), the first page is \(expected); save the movie alone, without other images"
        case .truncated(let path, let completeFrames, let expectedFrames, let reason):
            "\(path): only \(completeFrames)\(expectedFrames.map { " of \($0)" } ?? "") frames are complete: \(reason); "
                + "copy the file again from where it was recorded"
        case .damagedFrame(let path, let frame, let reason):
            "\(path): frame \(frame) cannot be decoded: \(reason); copy the file again from where it was recorded"
        case .notACount(let path, let frame, let value, let largest):
            "\(path): frame \(frame) holds the pixel value \(value); counts lie between -\(largest) and \(largest): "
                + "save the counts of the camera, without scaling them"
        case .noValue(let path, let frame, let row, let column, let value):
            "\(path): frame \(frame) holds \(value) at row \(row), column \(column): a pixel without a value, as registration "
                + "leaves at borders; crop these rows and columns away, or take the movie before registration "
                + "(zeros or other numbers in their place would be taken for light)"
        case .noSuchChannel(let path, let wanted, let available):
            "\(path): there is no channel \(wanted); it holds \(available.joined(separator: ", ")): "
                + "choose one of these, or its number, with --channel"
        case .partMissing(let path, let part, let firstFrame, let reason):
            "\(path): begins with frame \(firstFrame) of a series whose earlier frames are in \(part): \(reason); "
                + "put all files of the series into one folder"
        case .implausibleExpansion(let path, let fileByteCount, let pixelByteCount):
            "\(path): \(fileByteCount) bytes would unpack to \(pixelByteCount), more than any compression makes of them; "
                + "the file is damaged, or made to fill the memory"
        case .notLabels(let path):
            "\(path): labels are whole numbers, but the pixels are floating point; save the labels as 8, 16 or 32 bit unsigned"
        }
    }
}
