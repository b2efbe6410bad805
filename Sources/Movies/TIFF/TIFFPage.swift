import CTIFF
import Imaging

/// What one directory of a TIFF file says about its pixels.
struct TIFFPage {
    let height: Int
    let width: Int
    let bitsPerSample: Int
    let sampleFormat: Int
    let samplesPerPixel: Int
    let photometric: Int
    let compression: Int
    /// A thumbnail or a level of a pyramid.
    let isReducedImage: Bool

    /// Pages with more pixels are refused before anything is allocated: 8192 x 8192.
    static let largestPixelCount = 1 << 26
    static let largestExtent = 1 << 16

    /// Reads the tags of the directory that `tiff` stands at.
    init(current tiff: OpaquePointer) {
        func short(_ tag: Int32) -> Int {
            var value: UInt16 = 0
            return sparkwatch_tiff_get_u16(tiff, UInt32(tag), &value) == 1 ? Int(value) : 0
        }
        func long(_ tag: Int32) -> Int {
            var value: UInt32 = 0
            return sparkwatch_tiff_get_u32(tiff, UInt32(tag), &value) == 1 ? Int(value) : 0
        }
        height = long(TIFFTAG_IMAGELENGTH)
        width = long(TIFFTAG_IMAGEWIDTH)
        bitsPerSample = short(TIFFTAG_BITSPERSAMPLE)
        sampleFormat = short(TIFFTAG_SAMPLEFORMAT)
        samplesPerPixel = short(TIFFTAG_SAMPLESPERPIXEL)
        photometric = short(TIFFTAG_PHOTOMETRIC)
        compression = short(TIFFTAG_COMPRESSION)
        isReducedImage = long(TIFFTAG_SUBFILETYPE) & Int(FILETYPE_REDUCEDIMAGE) != 0
    }

    /// Size and pixel type in words.
    var summary: String { "\(height) x \(width) pixels (height x width) of \(pixelSummary)" }

    /// Whether a frame of the other page has the same bytes.
    func hasSameFrames(as other: TIFFPage) -> Bool {
        height == other.height && width == other.width && bitsPerSample == other.bitsPerSample
            && sampleFormat == other.sampleFormat && samplesPerPixel == other.samplesPerPixel
            && photometric == other.photometric
    }

    /// Size and type of the frames, if the page is a plausible grey image that can be decoded.
    ///
    /// - Throws: ``TIFFError`` that says what the page is instead.
    func greyFrames(path: String) throws(TIFFError) -> (size: FrameSize, pixelType: PixelType) {
        let convert = "convert it to grey, for example in ImageJ with Image > Type"
        switch photometric {
        case Int(PHOTOMETRIC_MINISBLACK), Int(PHOTOMETRIC_MINISWHITE): break
        case Int(PHOTOMETRIC_PALETTE):
            throw .notGreyMovie(path: path, found: "pixels are indices into a colour table", remedy: convert)
        default:
            throw .notGreyMovie(
                path: path,
                found: "pixels are in colour (photometric interpretation \(photometric))",
                remedy: convert
            )
        }
        guard samplesPerPixel == 1 else {
            throw .notGreyMovie(
                path: path,
                found: "every pixel has \(samplesPerPixel) samples",
                remedy: "save one channel alone"
            )
        }
        guard let pixelType else { throw .unsupportedPixels(path: path, found: pixelSummary) }
        guard (1...Self.largestExtent).contains(height), (1...Self.largestExtent).contains(width),
            height * width <= Self.largestPixelCount
        else {
            throw .implausibleSize(
                path: path,
                height: height,
                width: width,
                largestPixelCount: Self.largestPixelCount
            )
        }
        guard TIFFIsCODECConfigured(UInt16(compression)) == 1 else {
            throw .unsupportedCompression(path: path, scheme: compression)
        }
        return (FrameSize(height: height, width: width), pixelType)
    }

    private var pixelType: PixelType? {
        switch (bitsPerSample, Int32(sampleFormat)) {
        case (8, SAMPLEFORMAT_UINT), (8, SAMPLEFORMAT_VOID): .uint8
        case (16, SAMPLEFORMAT_UINT), (16, SAMPLEFORMAT_VOID): .uint16
        case (32, SAMPLEFORMAT_UINT), (32, SAMPLEFORMAT_VOID): .uint32
        case (32, SAMPLEFORMAT_IEEEFP): .float32
        default: nil
        }
    }

    private var pixelSummary: String {
        let format =
            switch Int32(sampleFormat) {
            case SAMPLEFORMAT_UINT, SAMPLEFORMAT_VOID: "unsigned"
            case SAMPLEFORMAT_INT: "signed"
            case SAMPLEFORMAT_IEEEFP: "floating point"
            default: "of sample format \(sampleFormat)"
            }
        return "\(bitsPerSample) bit \(format)"
    }
}
