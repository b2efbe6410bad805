import CTIFF
import Foundation
import Imaging

/// The owner of a TIFF file opened for reading and of its table of pages.
///
/// The chain of directories is walked once; pages are then reached through their offsets, in constant time.
/// Use it on one thread only.
final class TIFFDirectoryReader {
    /// How a plane is found in the file.
    enum Storage {
        /// A directory for each plane, by its offset in the file.
        case pages([UInt64])
        /// Uncompressed planes one behind the other, described by the only directory.
        case contiguous(offset: Int, frameCount: Int)

        var pageCount: Int {
            switch self {
            case .pages(let offsets): offsets.count
            case .contiguous(_, let frameCount): frameCount
            }
        }
    }

    let path: String
    let size: FrameSize
    let pixelType: PixelType
    let storage: Storage
    /// What the first page says in words.
    let metadata: TIFFMetadata

    let firstPage: TIFFPage
    private let handle: Handle

    /// The file, libtiff's view of it and what libtiff has to say about it.
    private final class Handle {
        let file: PositionedFile
        let byteCount: Int
        let messages: TIFFMessages
        let tiff: OpaquePointer

        init(file: consuming PositionedFile, byteCount: Int, messages: TIFFMessages, tiff: OpaquePointer) {
            self.file = file
            self.byteCount = byteCount
            self.messages = messages
            self.tiff = tiff
        }

        deinit { TIFFCleanup(tiff) }
    }

    /// No single allocation of libtiff may be larger; it has to hold one strip, tile or table of offsets.
    private static let largestAllocation = 1 << 29

    init(path: String) throws(TIFFError) {
        let handle = try Self.open(path)
        let firstPage = TIFFPage(current: handle.tiff)
        let (size, pixelType) = try firstPage.greyFrames(path: path)
        var metadata = TIFFMetadata(current: handle.tiff, path: path, width: size.width)
        let (offsets, times) = try Self.pages(
            handle,
            path: path,
            firstPage: firstPage,
            withTimes: metadata.hasPageTimes
        )
        metadata.take(pageTimes: times)
        let stack = offsets.count == 1 ? MetaMorphStack(handle.file) : nil
        if let stack { metadata.take(stack) }
        let storage = try Self.storage(
            handle,
            path: path,
            offsets: offsets,
            firstPage: firstPage,
            frameByteCount: size.pixelCount * pixelType.byteCount,
            describedFrameCount: metadata.imageJImageCount ?? stack?.planeCount
        )
        try Self.checkExpansion(
            of: storage,
            frameByteCount: size.pixelCount * pixelType.byteCount,
            path: path,
            fileByteCount: handle.byteCount
        )
        self.path = path
        self.size = size
        self.pixelType = pixelType
        self.storage = storage
        self.metadata = metadata
        self.firstPage = firstPage
        self.handle = handle
    }

    /// Opens a file that is still being written, of which no more than the first page need be there.
    ///
    /// - Throws: ``TIFFError`` if the page is no grey frame.
    init(growing path: String) throws(TIFFError) {
        let handle = try Self.open(path)
        let firstPage = TIFFPage(current: handle.tiff)
        let (size, pixelType) = try firstPage.greyFrames(path: path)
        self.path = path
        self.size = size
        self.pixelType = pixelType
        storage = .pages([TIFFCurrentDirOffset(handle.tiff)])
        metadata = TIFFMetadata(current: handle.tiff, path: path, width: size.width)
        self.firstPage = firstPage
        self.handle = handle
    }

    var pageCount: Int { storage.pageCount }

    /// Fills `target` with one page, row by row, in the byte order of this machine; errors name it as `frame`.
    func read(page index: Int, frame: Int, into target: UnsafeMutableRawBufferPointer) throws(TIFFError) {
        switch storage {
        case .pages(let offsets): try read(pageAt: offsets[index], frame: frame, into: target)
        case .contiguous(let offset, _): try read(planeAt: offset + index * target.count, frame: frame, into: target)
        }
    }

    /// Fills `target` with the page whose directory is at an offset.
    func read(pageAt offset: UInt64, frame: Int, into target: UnsafeMutableRawBufferPointer) throws(TIFFError) {
        handle.messages.clear()
        guard TIFFSetSubDirectory(handle.tiff, offset) == 1 else { throw damaged(frame, handle.messages.reason) }
        let page = TIFFPage(current: handle.tiff)
        guard page.hasSameFrames(as: firstPage) else {
            throw damaged(frame, "it is \(page.summary), the first page is \(firstPage.summary)")
        }
        try TIFFIsTiled(handle.tiff) == 0 ? readStrips(of: frame, into: target) : readTiles(of: frame, into: target)
    }

    /// Fills `target` with the uncompressed pixels at an offset.
    func read(planeAt offset: Int, frame: Int, into target: UnsafeMutableRawBufferPointer) throws(TIFFError) {
        guard handle.file.read(into: target, at: offset) else {
            throw damaged(frame, "the file became shorter while it was open")
        }
        if TIFFIsByteSwapped(handle.tiff) != 0 { swapBytes(of: target) }
    }

    /// The text of a private tag of a page; nil if the page has none.
    func text(ofPrivateTag tag: Int32, page: Int) -> String? {
        guard case .pages(let offsets) = storage else { return nil }
        return text(ofPrivateTag: tag, pageAt: offsets[page])
    }

    /// The same of the page whose directory is at an offset.
    func text(ofPrivateTag tag: Int32, pageAt offset: UInt64) -> String? {
        guard TIFFSetSubDirectory(handle.tiff, offset) == 1 else { return nil }
        var count: UInt32 = 0
        var text: UnsafePointer<CChar>?
        guard sparkwatch_tiff_get_text(handle.tiff, UInt32(tag), &count, &text) == 1, let text, count > 0 else {
            return nil
        }
        let bytes = UnsafeRawBufferPointer(start: text, count: Int(count)).prefix { $0 != 0 }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func damaged(_ frame: Int, _ reason: String) -> TIFFError {
        .damagedFrame(path: path, frame: frame, reason: reason)
    }

    private func readStrips(of frame: Int, into target: UnsafeMutableRawBufferPointer) throws(TIFFError) {
        let rowByteCount = size.width * pixelType.byteCount
        var declaredRows: UInt32 = 0
        let isDeclared = sparkwatch_tiff_get_u32(handle.tiff, UInt32(TIFFTAG_ROWSPERSTRIP), &declaredRows) == 1
        let rowsPerStrip = isDeclared ? min(Int(declaredRows), size.height) : size.height
        guard rowsPerStrip > 0 else { throw damaged(frame, "strips have no rows") }
        for (strip, firstRow) in stride(from: 0, to: size.height, by: rowsPerStrip).enumerated() {
            let byteCount = min(rowsPerStrip, size.height - firstRow) * rowByteCount
            let rows = target.baseAddress! + firstRow * rowByteCount
            let count = TIFFReadEncodedStrip(handle.tiff, UInt32(strip), rows, tmsize_t(byteCount))
            guard count == byteCount else { throw damaged(frame, handle.messages.reason) }
        }
    }

    private func readTiles(of frame: Int, into target: UnsafeMutableRawBufferPointer) throws(TIFFError) {
        var (tileWidth, tileHeight): (UInt32, UInt32) = (0, 0)
        _ = sparkwatch_tiff_get_u32(handle.tiff, UInt32(TIFFTAG_TILEWIDTH), &tileWidth)
        _ = sparkwatch_tiff_get_u32(handle.tiff, UInt32(TIFFTAG_TILELENGTH), &tileHeight)
        let (columns, rows) = (Int(tileWidth), Int(tileHeight))
        guard (1...TIFFPage.largestExtent).contains(columns), (1...TIFFPage.largestExtent).contains(rows),
            columns * rows <= TIFFPage.largestPixelCount
        else { throw damaged(frame, "tiles of \(rows) x \(columns) pixels") }

        let tileRowByteCount = columns * pixelType.byteCount
        let tile = UnsafeMutableRawBufferPointer.allocate(byteCount: rows * tileRowByteCount, alignment: 16)
        defer { tile.deallocate() }
        for y in stride(from: 0, to: size.height, by: rows) {
            for x in stride(from: 0, to: size.width, by: columns) {
                let index = TIFFComputeTile(handle.tiff, UInt32(x), UInt32(y), 0, 0)
                let count = TIFFReadEncodedTile(handle.tiff, index, tile.baseAddress, tmsize_t(tile.count))
                guard count == tile.count else { throw damaged(frame, handle.messages.reason) }
                let byteCount = min(columns, size.width - x) * pixelType.byteCount
                for row in 0..<min(rows, size.height - y) {
                    let start = ((y + row) * size.width + x) * pixelType.byteCount
                    (target.baseAddress! + start).copyMemory(
                        from: tile.baseAddress! + row * tileRowByteCount,
                        byteCount: byteCount
                    )
                }
            }
        }
    }

    private func swapBytes(of target: UnsafeMutableRawBufferPointer) {
        switch pixelType {
        case .uint8: break
        case .uint16: TIFFSwabArrayOfShort(target.bindMemory(to: UInt16.self).baseAddress, tmsize_t(size.pixelCount))
        case .uint32, .float32:
            TIFFSwabArrayOfLong(target.bindMemory(to: UInt32.self).baseAddress, tmsize_t(size.pixelCount))
        }
    }
}

// MARK: - Opening

extension TIFFDirectoryReader {
    private static func open(_ path: String) throws(TIFFError) -> Handle {
        let file = try PositionedFile(path: path, creating: false)
        guard let byteCount = file.byteCount else {
            throw .cannotOpen(path: path, reason: "not a regular file")
        }
        guard byteCount > 0 else { throw .empty(path: path) }
        try checkMagic(file, byteCount: byteCount, path: path)
        let messages = TIFFMessages()
        messages.clear()
        // Not mapped into memory (m): a file that shrinks must not end the program. Strips stay as they are (c).
        let tiff = messages.opening(largestAllocation: largestAllocation) { [descriptor = file.descriptor] options in
            TIFFFdOpenExt(descriptor, path, "rmc", options)
        }
        guard let tiff else {
            throw .truncated(path: path, completeFrames: 0, expectedFrames: nil, reason: messages.reason)
        }
        return Handle(file: file, byteCount: byteCount, messages: messages, tiff: tiff)
    }

    private static func checkMagic(_ file: borrowing PositionedFile, byteCount: Int, path: String) throws(TIFFError) {
        var start = [UInt8](repeating: 0, count: min(4, byteCount))
        _ = start.withUnsafeMutableBytes { file.read(into: $0, at: 0) }
        let (classic, big) = (UInt8(TIFF_VERSION_CLASSIC), UInt8(TIFF_VERSION_BIG))
        let magics: [[UInt8]] = [classic, big].flatMap { [[0x49, 0x49, $0, 0], [0x4D, 0x4D, 0, $0]] }
        guard magics.contains(start) else {
            let found = start.map { String(format: "%02x", $0) }.joined(separator: " ")
            throw .notTIFF(path: path, found: "bytes \(found)")
        }
    }

    /// Walks the chain of directories once.
    ///
    /// - Returns: Where the pages are, and their times in s as far as they are wanted and said.
    private static func pages(
        _ handle: Handle,
        path: String,
        firstPage: TIFFPage,
        withTimes: Bool
    ) throws(TIFFError) -> (offsets: [UInt64], times: [Double]) {
        var offsets: [UInt64] = []
        var times: [Double] = []
        func truncated(_ reason: String) -> TIFFError {
            .truncated(path: path, completeFrames: offsets.count, expectedFrames: nil, reason: reason)
        }
        repeat {
            let page = TIFFPage(current: handle.tiff)
            if !offsets.isEmpty && page.isReducedImage { continue }
            guard page.hasSameFrames(as: firstPage) else {
                throw .pagesDiffer(
                    path: path,
                    page: offsets.count,
                    expected: firstPage.summary,
                    found: page.summary
                )
            }
            guard endOfPixels(handle.tiff) <= handle.byteCount else {
                throw truncated("the file ends within the next one")
            }
            offsets.append(TIFFCurrentDirOffset(handle.tiff))
            if withTimes {
                let text = TIFFMetadata.text(of: handle.tiff, tag: TIFFTAG_IMAGEDESCRIPTION)
                if let time = ScanImageDescription.timestampSeconds(text) { times.append(time) }
            }
            handle.messages.clear()
        } while TIFFReadDirectory(handle.tiff) == 1
        if handle.messages.hasError || TIFFLastDirectory(handle.tiff) == 0 {
            throw truncated(handle.messages.reason)
        }
        return (offsets, times)
    }

    /// Deflate shrinks at most to a 1032nd.
    private static let largestExpansion = 1100
    private static let harmlessByteCount = 256 << 20

    /// Refuses a small file that claims to hold far more pixels than any compression makes of them.
    private static func checkExpansion(
        of storage: Storage,
        frameByteCount: Int,
        path: String,
        fileByteCount: Int
    ) throws(TIFFError) {
        let byteCount = storage.pageCount * frameByteCount
        guard byteCount > harmlessByteCount, byteCount / largestExpansion > fileByteCount else { return }
        throw .implausibleExpansion(path: path, fileByteCount: fileByteCount, pixelByteCount: byteCount)
    }

    /// The end of the last strip or tile of the current page, as an offset in the file.
    private static func endOfPixels(_ tiff: OpaquePointer) -> UInt64 {
        let count = TIFFIsTiled(tiff) == 0 ? TIFFNumberOfStrips(tiff) : TIFFNumberOfTiles(tiff)
        return (0..<count).reduce(0) { end, strile in
            let (sum, overflows) = TIFFGetStrileOffset(tiff, strile)
                .addingReportingOverflow(TIFFGetStrileByteCount(tiff, strile))
            return overflows ? .max : max(end, sum)
        }
    }

    /// Decides whether frames have directories of their own or follow the only one without, as ImageJ writes them.
    private static func storage(
        _ handle: Handle,
        path: String,
        offsets: [UInt64],
        firstPage: TIFFPage,
        frameByteCount: Int,
        describedFrameCount: Int?
    ) throws(TIFFError) -> Storage {
        guard let frameCount = describedFrameCount, frameCount > offsets.count else { return .pages(offsets) }
        guard offsets.count == 1, firstPage.compression == Int(COMPRESSION_NONE),
            TIFFSetSubDirectory(handle.tiff, offsets[0]) == 1,
            let start = contiguousStart(handle.tiff)
        else {
            throw .truncated(
                path: path,
                completeFrames: offsets.count,
                expectedFrames: frameCount,
                reason: "the file has no directory for the others"
            )
        }
        let availableFrameCount = (handle.byteCount - start) / frameByteCount
        guard frameCount <= availableFrameCount else {
            throw .truncated(
                path: path,
                completeFrames: availableFrameCount,
                expectedFrames: frameCount,
                reason: "the file ends too early"
            )
        }
        return .contiguous(offset: start, frameCount: frameCount)
    }

    /// Where the pixels of the current page start, if its strips follow each other without a gap.
    private static func contiguousStart(_ tiff: OpaquePointer) -> Int? {
        guard TIFFIsTiled(tiff) == 0 else { return nil }
        let start = TIFFGetStrileOffset(tiff, 0)
        var end = start
        for strip in 0..<TIFFNumberOfStrips(tiff) {
            guard TIFFGetStrileOffset(tiff, strip) == end else { return nil }
            end &+= TIFFGetStrileByteCount(tiff, strip)
        }
        return Int(exactly: start)
    }
}
