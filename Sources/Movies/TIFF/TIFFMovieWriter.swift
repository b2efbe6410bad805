package import Imaging

/// Writes a grey movie as a TIFF file, one strip per frame, frame by frame.
///
/// A movie that was never finished, because the program ended or the disk filled up, can be read up to its last
/// frame. Use it on one thread only.
///
///     var writer = try TIFFMovieWriter(path: "movie.tif", size: size, pixelType: .uint16)
///     try writer.append(frame)
///     try writer.finish()
package struct TIFFMovieWriter: ~Copyable {
    /// How a movie is written.
    package struct Options: Sendable {
        package var dialect: TIFFDialect
        package var compression: Compression
        /// Pixel size and frame interval to record; ``TIFFDialect/plain`` keeps the pixel size only.
        package var calibration: Calibration?
        /// Counts shown as black and white by ImageJ.
        package var displayRange: ClosedRange<Double>?
        /// Frames that will be appended, about, if known: decides whether BigTIFF is needed.
        package var expectedFrameCount: Int?
        /// True and false force the format; nil takes BigTIFF for more than 4 GB and for unknown lengths.
        package var usesBigTIFF: Bool?

        package init(
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

    package enum Compression: Sendable {
        case none
        case deflate
    }

    package let path: String
    package let size: FrameSize
    package let pixelType: PixelType
    package let isBigTIFF: Bool
    /// Frames appended so far.
    package private(set) var frameCount = 0

    private let file: any TIFFPageStore

    /// Classic TIFF addresses 2^32 bytes; the rest is left for directories and incompressible deflate streams.
    private static let classicPixelByteLimit = 4_000_000_000

    /// Bytes that a page takes beyond its pixels, at most.
    private static let pageOverheadByteCount = 1024

    /// Creates the file, replacing one of the same name.
    ///
    /// - Precondition: ``TIFFDialect/omeAndImageJ`` is deflated.
    /// - Throws: ``TIFFError/cannotOpen(path:reason:)``.
    package init(
        path: String,
        size: FrameSize,
        pixelType: PixelType,
        options: Options = Options()
    ) throws(TIFFError) {
        precondition(
            options.dialect != .omeAndImageJ || options.compression == .deflate,
            "ImageJ takes uncompressed frames to follow each other without directories between them"
        )
        self.path = path
        self.size = size
        self.pixelType = pixelType
        let pageByteCount = size.pixelCount * pixelType.byteCount + Self.pageOverheadByteCount
        isBigTIFF =
            options.usesBigTIFF
            ?? options.expectedFrameCount.map { $0 > Self.classicPixelByteLimit / pageByteCount }
            ?? true
        let layout = TIFFLayout(
            path: path,
            description: TIFFDescription(
                dialect: options.dialect,
                size: size,
                pixelType: pixelType,
                calibration: options.calibration,
                displayRange: options.displayRange
            ),
            compression: options.compression,
            isBigTIFF: isBigTIFF
        )
        file =
            options.dialect == .imageJ && options.compression == .none
            ? try ImageJPageStore(layout) : try LibTIFFPageStore(layout)
    }

    /// Appends one frame, row by row in native byte order.
    ///
    /// - Precondition: `frame` holds exactly one frame of the movie's pixel type.
    /// - Throws: ``TIFFError/writeFailed(path:frame:reason:)``, for example when the disk is full. The frames before
    ///   are kept; append no more.
    package mutating func append(_ frame: UnsafeRawBufferPointer) throws(TIFFError) {
        precondition(frame.count == size.pixelCount * pixelType.byteCount, "a frame has one value per pixel")
        try file.append(frame)
        frameCount += 1
    }

    /// Appends one frame, `[y][x]`, to a movie of ``PixelType/uint8``.
    package mutating func append(_ frame: [UInt8]) throws(TIFFError) {
        try append(pixels: frame, as: .uint8)
    }

    /// Appends one frame, `[y][x]`, to a movie of ``PixelType/uint16``.
    package mutating func append(_ frame: [UInt16]) throws(TIFFError) {
        try append(pixels: frame, as: .uint16)
    }

    /// Appends one frame, `[y][x]`, to a movie of ``PixelType/uint32``.
    package mutating func append(_ frame: [UInt32]) throws(TIFFError) {
        try append(pixels: frame, as: .uint32)
    }

    /// Appends one frame, `[y][x]`, to a movie of ``PixelType/float32``.
    package mutating func append(_ frame: [Float]) throws(TIFFError) {
        try append(pixels: frame, as: .float32)
    }

    /// Records the final frame count and closes the file.
    ///
    /// - Throws: ``TIFFError/writeFailed(path:frame:reason:)`` if the last bytes did not reach the disk or an earlier
    ///   frame could not be written.
    package consuming func finish() throws(TIFFError) {
        try file.finish()
    }

    private mutating func append<Pixel>(pixels: [Pixel], as type: PixelType) throws(TIFFError) {
        precondition(type == pixelType, "frames of a \(pixelType) movie are \(pixelType)")
        // `withUnsafeBytes` forgets the type of the error on its way out.
        let bytes = pixels.withUnsafeBytes { bytes in Result { () throws(TIFFError) in try append(bytes) } }
        try bytes.get()
    }
}
