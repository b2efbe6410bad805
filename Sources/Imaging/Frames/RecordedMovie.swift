/// A movie that can be read frame by frame, wherever it is kept.
package protocol RecordedMovie: ~Copyable {
    var size: FrameSize { get }
    var frameCount: Int { get }
    /// As far as the movie states it.
    var statedCalibration: StatedCalibration { get }
    /// Bits in which the movie stores a pixel: 8 or 16 unsigned, 32 floating point or unsigned.
    var bitsPerPixel: Int { get }
    /// The channel that the frames are of; nil if the movie does not name it.
    var channelName: String? { get }

    /// - Throws: an error that names the movie if it has fewer than two frames.
    func checkHasFrames() throws

    /// Fills `target` with one frame on the 16-bit scale, `[y][x]`.
    ///
    /// - Precondition: `frame` is in `0..<frameCount`, and `target` has room for one value per pixel.
    /// - Throws: an error that names the movie and the frame if it is damaged.
    func read(frame: Int, scaledBy scaling: PixelScaling, into target: UnsafeMutableBufferPointer<Float>) throws
}

/// What the pixels and frames of a movie mean, as far as somebody said it.
package struct StatedCalibration: Sendable, Equatable {
    package var pixelSizeMicrometres: Double?
    package var frameIntervalMilliseconds: Double?
    /// What was said and cannot be; it is not among the values above.
    package var implausible: [ImplausibleStatement]
    /// What said it, in words.
    package var origins: [Quantity: String]

    package init(
        pixelSizeMicrometres: Double? = nil,
        frameIntervalMilliseconds: Double? = nil,
        implausible: [ImplausibleStatement] = [],
        origins: [Quantity: String] = [:]
    ) {
        self.pixelSizeMicrometres = pixelSizeMicrometres
        self.frameIntervalMilliseconds = frameIntervalMilliseconds
        self.implausible = implausible
        self.origins = origins
    }
}
