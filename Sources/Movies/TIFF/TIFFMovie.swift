package import Imaging

/// A grey movie in a TIFF file, opened for reading.
///
/// Reads multi-page TIFF and BigTIFF in both byte orders, in strips or tiles, uncompressed or with any compression
/// that libtiff decodes, and the single-directory form of ImageJ beyond 4 GB. Any frame is read in constant time.
/// Use it on one thread only.
package struct TIFFMovie: ~Copyable {
    private let readers: [TIFFDirectoryReader]
    /// Where each frame lies.
    private let places: [TIFFSeriesFiles.Place]
    private let scratch: Scratch
    /// The name of the channel that the frames are of; nil if the file does not name it.
    package let channelName: String?
    /// Bits of a pixel that the camera fills, as the file states them; nil if it does not.
    package let significantBits: Int?
    /// Pixel size and frame interval as far as the file records them.
    package let calibration: RecordedCalibration
    /// What a person should know of the file.
    package let remarks: [String]

    /// Bytes of one frame, reused from frame to frame.
    private struct Scratch: ~Copyable {
        let bytes: UnsafeMutableRawBufferPointer

        init(byteCount: Int) { bytes = .allocate(byteCount: byteCount, alignment: 64) }

        deinit { bytes.deallocate() }
    }

    /// Opens a movie and checks that every page is a frame of the same size.
    ///
    /// The files of a series that says so are joined. Of several channels one is taken.
    ///
    /// - Parameters:
    ///   - path: The file, or one of the files of a series.
    ///   - channel: Name or number, from 1, of the wanted channel; nil for the first.
    /// - Throws: ``TIFFError`` that says what the file is instead.
    /// - Complexity: O(pages), a few microseconds each.
    package init(path: String, channel: String? = nil) throws(TIFFError) {
        let files = try TIFFSeriesFiles(path: path)
        let first = files.readers[0]
        let metadata = first.metadata
        try metadata.order.checkIsMovie(path: path)
        let selection = try ChannelSelection(
            channel,
            count: metadata.order.channelCount,
            names: metadata.channelNames,
            path: path
        )
        let places = metadata.order.planes(ofChannel: selection.index, among: files.planes.count).map {
            files.planes[$0]
        }
        guard !places.isEmpty else {
            throw .notGreyMovie(path: path, found: "no frame of that channel", remedy: "choose another with --channel")
        }
        readers = files.readers
        self.places = places
        channelName =
            metadata.channelNames.indices.contains(selection.index) && !metadata.channelNames[selection.index].isEmpty
            ? metadata.channelNames[selection.index] : nil
        significantBits = metadata.significantBits
        calibration = metadata.calibration
        remarks = metadata.calibration.remarks + files.remarks + [selection.remark].compactMap(\.self)
        scratch = Scratch(byteCount: first.size.pixelCount * first.pixelType.byteCount)
    }

    package var path: String { readers[0].path }
    /// All files of the series, the one that was opened first.
    package var paths: [String] { readers.map(\.path) }
    package var size: FrameSize { readers[0].size }
    package var pixelType: PixelType { readers[0].pixelType }
    package var frameCount: Int { places.count }

    /// Fills `target` with one frame as it is stored, `[y][x]`, in the byte order of this machine.
    ///
    /// - Precondition: `frame` is in `0..<frameCount` and `target` holds exactly one frame of ``pixelType``.
    /// - Throws: ``TIFFError/damagedFrame(path:frame:reason:)``.
    package func read(frame: Int, into target: UnsafeMutableRawBufferPointer) throws(TIFFError) {
        precondition((0..<frameCount).contains(frame), "frame \(frame) of a movie of \(frameCount)")
        precondition(target.count == scratch.bytes.count, "a frame has one value per pixel")
        let place = places[frame]
        try readers[place.file].read(page: place.page, frame: frame, into: target)
    }

    /// The text of a private tag of a frame's page; nil if the page has none.
    ///
    /// - Precondition: `frame` is in `0..<frameCount`.
    func text(ofPrivateTag tag: Int32, frame: Int) -> String? {
        readers[places[frame].file].text(ofPrivateTag: tag, page: places[frame].page)
    }

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
    /// - Throws: ``TIFFError/damagedFrame(path:frame:reason:)``, ``TIFFError/noValue(path:frame:row:column:value:)`` and
    ///   ``TIFFError/notACount(path:frame:value:largest:)`` for pixels that are no counts.
    package func read(
        frame: Int,
        scaledBy scaling: PixelScaling,
        into target: UnsafeMutableBufferPointer<Float>
    ) throws(TIFFError) {
        try read(frame: frame, into: target)
        let largest = PixelScaling.fullScaleCounts / scaling.factor
        if let pixel = target.firstIndex(where: { !(abs($0) <= largest) }) {
            let value = target[pixel]
            guard value.isFinite else {
                let (row, column) = pixel.quotientAndRemainder(dividingBy: size.width)
                throw .noValue(path: path, frame: frame, row: row, column: column, value: value)
            }
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

    /// All frames of `frames` as counts on the 16-bit scale, `[t][y][x]`.
    ///
    /// - Throws: ``TIFFError`` as ``read(frame:scaledBy:into:)`` does.
    package func counts(frames: Range<Int>, scaledBy scaling: PixelScaling) throws(TIFFError) -> [Float] {
        var counts = [Float](repeating: 0, count: frames.count * size.pixelCount)
        for (index, frame) in frames.enumerated() {
            try withFrame(index, of: &counts) { target throws(TIFFError) in
                try read(frame: frame, scaledBy: scaling, into: target)
            }
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
            frameIntervalMilliseconds: calibration.frameIntervalMilliseconds?.value,
            implausible: calibration.implausible,
            origins: calibration.stated.mapValues(\.origin)
        )
    }

    package var bitsPerPixel: Int { 8 * pixelType.byteCount }
}
