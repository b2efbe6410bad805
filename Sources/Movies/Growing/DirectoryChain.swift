import CTIFF
import Foundation

/// The chain of directories of a TIFF file that another program is still writing.
///
/// Looks at the bytes alone: a page counts when its directory, all values and all pixels lie within the file. Nothing is
/// allocated by what the file claims, but by what it holds.
struct DirectoryChain {
    /// A directory whose values and pixels lie within the file.
    struct Directory: Equatable {
        let offset: Int
        /// The first and the last byte of its pixels, the latter not included.
        let pixels: Range<Int>
        /// A thumbnail or a level of a pyramid.
        let isReducedImage: Bool
        /// Where the description lies; nil if there is none.
        let description: Range<Int>?
    }

    /// What comes next.
    enum Step: Equatable {
        case page(Directory)
        /// The next page is not there, or only a part of it.
        case unfinished
        /// What is there can never become a page.
        case damaged(String)
    }

    private let format: TIFFByteFormat
    /// Where the offset of the next directory is stored.
    private var linkOffset: Int
    private var visited: Set<Int> = []

    private static let mostEntries = 4096
    private static let mostStrips = 1 << 20

    /// - Returns: Nil if the header is not there yet.
    /// - Throws: ``TIFFError/notTIFF(path:found:)``.
    init?(_ file: borrowing PositionedFile, path: String) throws(TIFFError) {
        guard let format = try TIFFByteFormat(file, path: path) else { return nil }
        self.format = format
        linkOffset = format.firstLinkOffset
    }

    /// The offset of the next directory: 0 for none, nil if it cannot be read.
    func link(in file: borrowing PositionedFile) -> Int? {
        format.integer(at: linkOffset, byteCount: format.addressByteCount, in: file)
    }

    /// Goes on to the next page if all of it is there.
    ///
    /// - Parameters:
    ///   - file: The file.
    ///   - byteCount: Its length.
    /// - Returns: The page, or why there is none.
    mutating func next(in file: borrowing PositionedFile, byteCount: Int) -> Step {
        guard let offset = link(in: file), offset != 0, offset < byteCount else { return .unfinished }
        guard offset >= 8 else { return .damaged("a directory within the header") }
        guard !visited.contains(offset) else { return .damaged("directories form a circle") }
        guard let count = format.integer(at: offset, byteCount: format.countByteCount, in: file), count > 0 else {
            return .unfinished
        }
        guard count <= Self.mostEntries else { return .damaged("a directory of \(count) entries") }
        let start = offset + format.countByteCount
        guard let bytes = format.bytes(count * format.entryByteCount + format.addressByteCount, at: start, in: file)
        else { return .unfinished }
        let step = page(bytes, entryCount: count, offset: offset, in: file, byteCount: byteCount)
        if case .page = step {
            visited.insert(offset)
            linkOffset = start + count * format.entryByteCount
        }
        return step
    }

    /// Whether the bytes at an offset could be a directory rather than pixels: a few entries with rising, known tags.
    func looksLikeDirectory(at offset: Int, in file: borrowing PositionedFile) -> Bool {
        guard let count = format.integer(at: offset, byteCount: format.countByteCount, in: file),
            (4...64).contains(count),
            let bytes = format.bytes(count * format.entryByteCount, at: offset + format.countByteCount, in: file)
        else { return false }
        var lastTag = 253
        for index in 0..<count {
            let entry = format.entry(index, of: bytes)
            guard entry.tag > lastTag, entry.byteCount != nil else { return false }
            lastTag = entry.tag
        }
        return true
    }

    private func page(
        _ bytes: [UInt8],
        entryCount: Int,
        offset: Int,
        in file: borrowing PositionedFile,
        byteCount: Int
    ) -> Step {
        var offsets: [Int]?
        var counts: [Int]?
        var (hasWidth, hasHeight, isReduced) = (false, false, false)
        var description: Range<Int>?
        for index in 0..<entryCount {
            let entry = format.entry(index, of: bytes)
            // Room that nobody has filled in yet.
            if entry.tag == 0, entry.type == 0 { return .unfinished }
            guard let entryBytes = entry.byteCount else { continue }
            let place = offset + format.countByteCount + format.valueOffset(ofEntry: index)
            guard let valueStart = entryBytes <= format.addressByteCount ? place : entry.value else {
                return .damaged("an offset beyond what can be")
            }
            let (valueEnd, overflows) = valueStart.addingReportingOverflow(entryBytes)
            guard !overflows, valueEnd <= byteCount else { return .unfinished }
            switch Int32(entry.tag) {
            case TIFFTAG_IMAGEWIDTH: hasWidth = true
            case TIFFTAG_IMAGELENGTH: hasHeight = true
            case TIFFTAG_SUBFILETYPE:
                isReduced =
                    (format.integers(entry, at: valueStart, in: file)?.first ?? 0) & Int(FILETYPE_REDUCEDIMAGE) != 0
            case TIFFTAG_IMAGEDESCRIPTION: description = description ?? valueStart..<valueEnd
            case TIFFTAG_STRIPOFFSETS, TIFFTAG_TILEOFFSETS, TIFFTAG_STRIPBYTECOUNTS, TIFFTAG_TILEBYTECOUNTS:
                guard (1...Self.mostStrips).contains(entry.count) else {
                    return .damaged("\(entry.count) strips or tiles in a page")
                }
                guard let values = format.integers(entry, at: valueStart, in: file) else {
                    return .damaged("strips or tiles without places")
                }
                let isOffsets = [TIFFTAG_STRIPOFFSETS, TIFFTAG_TILEOFFSETS].contains(Int32(entry.tag))
                if isOffsets { offsets = values } else { counts = values }
            default: break
            }
        }
        guard let offsets, let counts, hasWidth, hasHeight, offsets.count == counts.count else {
            return .damaged("a directory without a picture")
        }
        var (first, last) = (Int.max, 0)
        for (start, count) in zip(offsets, counts) {
            guard start > 0, count > 0 else { return .unfinished }
            let (end, overflows) = start.addingReportingOverflow(count)
            guard !overflows else { return .damaged("pixels beyond what can be") }
            (first, last) = (min(first, start), max(last, end))
        }
        guard last <= byteCount else { return .unfinished }
        return .page(
            Directory(offset: offset, pixels: first..<last, isReducedImage: isReduced, description: description)
        )
    }
}
