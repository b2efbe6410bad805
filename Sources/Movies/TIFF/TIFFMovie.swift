package import Imaging

/// A grey movie in a TIFF file, opened for reading.
///
/// Reads multi-page TIFF and BigTIFF in both byte orders, in strips or tiles, uncompressed or with any compression
/// that libtiff decodes, and the single-directory form of ImageJ beyond 4 GB. Any frame is read in constant time.
/// Use it on one thread only.
package struct TIFFMovie: ~Copyable {
    private let reader: TIFFDirectoryReader
    private let scratch: Scratch

    /// Bytes of one frame, reused from frame to frame.
    private struct Scratch: ~Copyable {
        let bytes: UnsafeMutableRawBufferPointer

        init(byteCount: Int) { bytes = .allocate(byteCount: byteCount, alignment: 64) }

        deinit { bytes.deallocate() }
    }

    /// Opens a movie and checks that every page is a frame of the same size.
    ///
    /// - Throws: ``TIFFError`` that says what the file is instead.
    /// - Complexity: O(pages), a few microseconds each.
    package init(path: String) throws(TIFFError) {
        reader = try TIFFDirectoryReader(path: path)
        scratch = Scratch(byteCount: reader.size.pixelCount * reader.pixelType.byteCount)
    }

    package var path: String { reader.path }
    package var size: FrameSize { reader.size }
    package var pixelType: PixelType { reader.pixelType }
    package var frameCount: Int { reader.frameCount }
    /// Pixel size and frame interval as far as the file records them.
    package var calibration: RecordedCalibration { reader.metadata.calibration }

    /// Fills `target` with one frame as it is stored, `[y][x]`, in the byte order of this machine.
    ///
    /// - Precondition: `frame` is in `0..<frameCount` and `target` holds exactly one frame of ``pixelType``.
    /// - Throws: ``TIFFError/damagedFrame(path:frame:reason:)``.
    package func read(frame: Int, into target: UnsafeMutableRawBufferPointer) throws(TIFFError) {
        precondition((0..<frameCount).contains(frame), "frame \(frame) of a movie of \(frameCount)")
        precondition(target.count == scratch.bytes.count, "a frame has one value per pixel")
        try reader.read(frame: frame, into: target)
    }

    /// The text of a private tag of a frame's page; nil if the page has none.
    ///
    /// - Precondition: `frame` is in `0..<frameCount`.
    func text(ofPrivateTag tag: Int32, frame: Int) -> String? { reader.text(ofPrivateTag: tag, frame: frame) }

    /// Fills `target` with the counts of one frame, `[y][x]`.
    ///
    /// - Precondition: `frame` is in `0..<frameCount` and `target` has one element per pixel.
    /// - Throws: ``TIFFError/damagedFrame(path:frame:reason:)``.
    package func read(frame: Int, into target: UnsafeMutableBufferPointer<Float>) throws(TIFFError) {
        precondition(target.count == size.pixelCount, "a frame has one value per pixel")
        try read(frame: frame, into: scratch.bytes)
        switch pixelType {
        case .uint8: copy(UInt8.self) { target[$0] = Float($1) }
        case .uint16: copy(UInt16.self) { target[$0] = Float($1) }
        case .uint32: copy(UInt32.self) { target[$0] = Float($1) }
        case .float32: copy(Float.self) { target[$0] = $1 }
        }
    }

    /// Fills `target` with the counts of one frame on the 16-bit scale, `[y][x]`, under the rules of live frames.
    ///
    /// - Precondition: `frame` is in `0..<frameCount` and `target` has one element per pixel.
    /// - Throws: ``TIFFError/damagedFrame(path:frame:reason:)``,
    ///   ``TIFFError/notACount(path:frame:value:largest:)`` for floating-point pixels that are none.
    package func read(
        frame: Int,
        scaledBy scaling: PixelScaling,
        into target: UnsafeMutableBufferPointer<Float>
    ) throws(TIFFError) {
        try read(frame: frame, into: target)
        let largest = PixelScaling.fullScaleCounts / scaling.factor
        if pixelType == .float32, let value = target.first(where: { !$0.isFinite || $0 > largest }) {
            throw .notACount(path: path, frame: frame, value: value, largest: largest)
        }
        if scaling.factor != 1 {
            for pixel in target.indices { target[pixel] *= scaling.factor }
        }
    }

    /// Refuses a file of one frame.
    ///
    /// - Throws: ``TIFFError/notGreyMovie(path:found:remedy:)``.
    package func checkHasFrames() throws(TIFFError) {
        guard frameCount > 1 else {
            throw .notGreyMovie(path: path, found: "one frame", remedy: "give a file that holds all frames as pages")
        }
    }

    /// Fills `target` with the labels of one frame, `[y][x]`: the whole numbers that are stored.
    ///
    /// - Precondition: `frame` is in `0..<frameCount` and `target` has one element per pixel.
    /// - Throws: ``TIFFError/notLabels(path:)`` for floating-point pixels,
    ///   ``TIFFError/damagedFrame(path:frame:reason:)``.
    package func readLabels(frame: Int, into target: UnsafeMutableBufferPointer<UInt32>) throws(TIFFError) {
        precondition(target.count == size.pixelCount, "a frame has one value per pixel")
        guard pixelType != .float32 else { throw .notLabels(path: path) }
        try read(frame: frame, into: scratch.bytes)
        switch pixelType {
        case .uint8: copy(UInt8.self) { target[$0] = UInt32($1) }
        case .uint16: copy(UInt16.self) { target[$0] = UInt32($1) }
        case .uint32: copy(UInt32.self) { target[$0] = $1 }
        case .float32: preconditionFailure("refused above")
        }
    }

    /// All frames of `frames` as counts, `[t][y][x]`.
    ///
    /// - Throws: ``TIFFError/damagedFrame(path:frame:reason:)``.
    package func counts(frames: Range<Int>) throws(TIFFError) -> [Float] {
        var counts = [Float](repeating: 0, count: frames.count * size.pixelCount)
        for (index, frame) in frames.enumerated() {
            try withFrame(index, of: &counts) { target throws(TIFFError) in try read(frame: frame, into: target) }
        }
        return counts
    }

    /// All frames of `frames` as labels, `[t][y][x]`.
    ///
    /// - Throws: ``TIFFError/notLabels(path:)``, ``TIFFError/damagedFrame(path:frame:reason:)``.
    package func labels(frames: Range<Int>) throws(TIFFError) -> [UInt32] {
        var labels = [UInt32](repeating: 0, count: frames.count * size.pixelCount)
        for (index, frame) in frames.enumerated() {
            try withFrame(index, of: &labels) { target throws(TIFFError) in
                try readLabels(frame: frame, into: target)
            }
        }
        return labels
    }

    private func copy<Pixel>(_ type: Pixel.Type, _ store: (Int, Pixel) -> Void) {
        let source = scratch.bytes.assumingMemoryBound(to: type)
        for index in 0..<size.pixelCount { store(index, source[index]) }
    }

    private func withFrame<Value>(
        _ index: Int,
        of values: inout [Value],
        _ body: (UnsafeMutableBufferPointer<Value>) throws(TIFFError) -> Void
    ) throws(TIFFError) {
        let start = index * size.pixelCount
        // `withUnsafeMutableBufferPointer` forgets the type of the error on its way out.
        let result = values.withUnsafeMutableBufferPointer { all -> Result<Void, TIFFError> in
            let target = UnsafeMutableBufferPointer(rebasing: all[start..<start + size.pixelCount])
            return Result { () throws(TIFFError) in try body(target) }
        }
        try result.get()
    }
}

extension TIFFMovie: RecordedMovie {
    package var statedCalibration: StatedCalibration {
        StatedCalibration(
            pixelSizeMicrometres: calibration.pixelSizeMicrometres?.value,
            frameIntervalMilliseconds: calibration.frameIntervalMilliseconds?.value
        )
    }
}
