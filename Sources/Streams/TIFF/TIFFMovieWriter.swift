import CTIFF
public import Detection
import Foundation
public import UNet

/// Writes a grey movie as a multi-page TIFF file, one strip per page, frame by frame.
///
/// Every frame is complete on disk when ``append(_:)-(UnsafeRawBufferPointer)`` returns: a movie that was never
/// finished can be read up to its last frame. Use it on one thread only.
///
///     var writer = try TIFFMovieWriter(path: "movie.tif", size: size, pixelType: .uint16)
///     try writer.append(frame)
///     try writer.finish()
public struct TIFFMovieWriter: ~Copyable {
    /// How a movie is written.
    public struct Options: Sendable {
        public var dialect: TIFFDialect
        public var compression: Compression
        /// Pixel size and frame interval to record; ``TIFFDialect/plain`` keeps the pixel size only.
        public var calibration: Calibration?
        /// Counts shown as black and white by ImageJ.
        public var displayRange: ClosedRange<Double>?
        /// Frames that will be appended, if known: decides whether BigTIFF is needed.
        public var expectedFrameCount: Int?
        /// True and false force the format; nil takes BigTIFF for more than 4 GB and for unknown lengths.
        public var usesBigTIFF: Bool?

        public init(
            dialect: TIFFDialect = .imageJ,
            compression: Compression = .none,
            calibration: Calibration? = nil,
            displayRange: ClosedRange<Double>? = nil,
            expectedFrameCount: Int? = nil,
            usesBigTIFF: Bool? = nil
        ) {
            self.dialect = dialect
            self.compression = compression
            self.calibration = calibration
            self.displayRange = displayRange
            self.expectedFrameCount = expectedFrameCount
            self.usesBigTIFF = usesBigTIFF
        }
    }

    public enum Compression: Sendable {
        case none
        case deflate
    }

    public let path: String
    public let size: FrameSize
    public let pixelType: PixelType
    public let isBigTIFF: Bool
    /// Frames appended so far.
    public private(set) var frameCount = 0

    private let options: Options
    private let describer: TIFFDescription
    private let messages = TIFFMessages()
    private let fileDescriptor: Int32
    private var tiff: OpaquePointer?

    /// Classic TIFF addresses 2^32 bytes; the rest is left for directories and incompressible deflate streams.
    private static let classicPixelByteLimit = 4_000_000_000

    /// Bytes that a page takes beyond its pixels, at most.
    private static let pageOverheadByteCount = 1024

    /// Creates the file, replacing one of the same name.
    ///
    /// - Throws: ``TIFFError/cannotOpen(path:reason:)``.
    public init(
        path: String,
        size: FrameSize,
        pixelType: PixelType,
        options: Options = Options()
    ) throws(TIFFError) {
        self.path = path
        self.size = size
        self.pixelType = pixelType
        self.options = options
        describer = TIFFDescription(
            dialect: options.dialect,
            size: size,
            pixelType: pixelType,
            calibration: options.calibration,
            displayRange: options.displayRange
        )
        let pageByteCount = size.pixelCount * pixelType.byteCount + Self.pageOverheadByteCount
        isBigTIFF =
            options.usesBigTIFF
            ?? options.expectedFrameCount.map { $0 > Self.classicPixelByteLimit / pageByteCount }
            ?? true

        fileDescriptor = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard fileDescriptor >= 0 else {
            throw .cannotOpen(path: path, reason: String(cString: strerror(errno)))
        }
        messages.clear()
        let (descriptor, mode) = (fileDescriptor, isBigTIFF ? "w8" : "w")
        tiff = messages.opening(largestAllocation: 0) { TIFFFdOpenExt(descriptor, path, mode, $0) }
        guard tiff != nil else {
            close(descriptor)
            throw .cannotOpen(path: path, reason: messages.reason)
        }
    }

    deinit {
        guard let tiff else { return }
        TIFFCleanup(tiff)
        close(fileDescriptor)
    }

    /// Appends one frame, row by row in native byte order.
    ///
    /// - Precondition: `frame` holds exactly one frame of the movie's pixel type.
    /// - Throws: ``TIFFError/writeFailed(path:frame:reason:)``, for example when the disk is full. The frames before
    ///   are kept; nothing more can be appended.
    public mutating func append(_ frame: UnsafeRawBufferPointer) throws(TIFFError) {
        precondition(frame.count == size.pixelCount * pixelType.byteCount, "a frame has one value per pixel")
        guard let tiff else {
            throw .writeFailed(path: path, frame: frameCount, reason: "an earlier frame could not be written")
        }
        messages.clear()
        setTags(of: tiff)
        let source = UnsafeMutableRawPointer(mutating: frame.baseAddress)
        let byteCount = tmsize_t(frame.count)
        guard TIFFWriteEncodedStrip(tiff, 0, source, byteCount) == byteCount, TIFFWriteDirectory(tiff) == 1 else {
            let error = TIFFError.writeFailed(path: path, frame: frameCount, reason: messages.reason)
            TIFFCreateDirectory(tiff)
            TIFFCleanup(tiff)
            close(fileDescriptor)
            self.tiff = nil
            throw error
        }
        frameCount += 1
    }

    /// Appends one frame, `[y][x]`, to a movie of ``PixelType/uint8``.
    public mutating func append(_ frame: [UInt8]) throws(TIFFError) {
        try append(pixels: frame, as: .uint8)
    }

    /// Appends one frame, `[y][x]`, to a movie of ``PixelType/uint16``.
    public mutating func append(_ frame: [UInt16]) throws(TIFFError) {
        try append(pixels: frame, as: .uint16)
    }

    /// Appends one frame, `[y][x]`, to a movie of ``PixelType/float32``.
    public mutating func append(_ frame: [Float]) throws(TIFFError) {
        try append(pixels: frame, as: .float32)
    }

    /// Records the final frame count and closes the file.
    ///
    /// - Throws: ``TIFFError/writeFailed(path:frame:reason:)`` if the last bytes did not reach the disk or an earlier
    ///   frame could not be written.
    public consuming func finish() throws(TIFFError) {
        guard let tiff else {
            throw .writeFailed(path: path, frame: frameCount, reason: "an earlier frame could not be written")
        }
        self.tiff = nil
        messages.clear()
        TIFFCleanup(tiff)
        let isDescribed = recordFrameCount()
        let reason = String(cString: strerror(errno))
        guard close(fileDescriptor) == 0, isDescribed else {
            throw .writeFailed(path: path, frame: frameCount, reason: reason)
        }
    }

    private mutating func append<Pixel>(pixels: [Pixel], as type: PixelType) throws(TIFFError) {
        precondition(type == pixelType, "frames of a \(pixelType) movie are \(pixelType)")
        // `withUnsafeBytes` forgets the type of the error on its way out.
        let bytes = pixels.withUnsafeBytes { bytes in Result { () throws(TIFFError) in try append(bytes) } }
        try bytes.get()
    }

    private func setTags(of tiff: OpaquePointer) {
        func set(_ tag: Int32, _ value: Int32) { _ = sparkwatch_tiff_set_u16(tiff, UInt32(tag), UInt16(value)) }
        _ = sparkwatch_tiff_set_u32(tiff, UInt32(TIFFTAG_IMAGEWIDTH), UInt32(size.width))
        _ = sparkwatch_tiff_set_u32(tiff, UInt32(TIFFTAG_IMAGELENGTH), UInt32(size.height))
        _ = sparkwatch_tiff_set_u32(tiff, UInt32(TIFFTAG_ROWSPERSTRIP), UInt32(size.height))
        set(TIFFTAG_BITSPERSAMPLE, Int32(8 * pixelType.byteCount))
        set(TIFFTAG_SAMPLEFORMAT, pixelType == .float32 ? SAMPLEFORMAT_IEEEFP : SAMPLEFORMAT_UINT)
        set(TIFFTAG_SAMPLESPERPIXEL, 1)
        set(TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISBLACK)
        set(TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG)
        set(TIFFTAG_COMPRESSION, options.compression == .deflate ? COMPRESSION_ADOBE_DEFLATE : COMPRESSION_NONE)
        if let pixelSize = options.calibration?.pixelSizeMicrometres {
            let unitsPerCentimetre = options.dialect == .imageJ ? 1.0 : 10_000.0
            set(TIFFTAG_RESOLUTIONUNIT, options.dialect == .imageJ ? RESUNIT_NONE : RESUNIT_CENTIMETER)
            _ = sparkwatch_tiff_set_f64(tiff, UInt32(TIFFTAG_XRESOLUTION), unitsPerCentimetre / pixelSize)
            _ = sparkwatch_tiff_set_f64(tiff, UInt32(TIFFTAG_YRESOLUTION), unitsPerCentimetre / pixelSize)
        }
        if frameCount == 0, let text = describer.text(frameCount: options.expectedFrameCount ?? 1) {
            _ = sparkwatch_tiff_set_string(tiff, UInt32(TIFFTAG_IMAGEDESCRIPTION), text)
        }
    }

    /// Corrects the frame count in the description of the first page, in place: no other byte of the file moves.
    ///
    /// - Returns: False with `errno` set if the file could not be read or written.
    private func recordFrameCount() -> Bool {
        guard frameCount > 0, frameCount != options.expectedFrameCount ?? 1,
            let text = describer.text(frameCount: frameCount)
        else { return true }
        guard let offset = descriptionOffset() else { return false }
        var bytes = Array(text.utf8)
        return pwrite(fileDescriptor, &bytes, bytes.count, off_t(offset)) == bytes.count
    }

    /// The offset of the description's text in a file that this writer made, whose byte order is the machine's.
    private func descriptionOffset() -> UInt64? {
        func integer<Value: FixedWidthInteger>(_ type: Value.Type, at offset: UInt64) -> UInt64? {
            var value = Value.zero
            let count = MemoryLayout<Value>.size
            return pread(fileDescriptor, &value, count, off_t(offset)) == count ? UInt64(value) : nil
        }
        func address(at offset: UInt64) -> UInt64? {
            isBigTIFF ? integer(UInt64.self, at: offset) : integer(UInt32.self, at: offset)
        }
        let (entryByteCount, valueOffset): (UInt64, UInt64) = isBigTIFF ? (20, 12) : (12, 8)
        guard let directory = address(at: isBigTIFF ? 8 : 4),
            let entryCount = isBigTIFF
                ? integer(UInt64.self, at: directory) : integer(UInt16.self, at: directory)
        else { return nil }
        let firstEntry = directory + (isBigTIFF ? 8 : 2)
        for entry in 0..<entryCount {
            let offset = firstEntry + entry * entryByteCount
            if integer(UInt16.self, at: offset) == UInt64(TIFFTAG_IMAGEDESCRIPTION) {
                return address(at: offset + valueOffset)
            }
        }
        return nil
    }
}
