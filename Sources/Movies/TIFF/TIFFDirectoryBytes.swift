import CTIFF
import Imaging

/// A TIFF directory of one uncompressed grey page as bytes in the order of this machine.
struct TIFFDirectoryBytes {
    /// The directory; for the first page with the file's header before it, and its text and resolution behind it.
    private(set) var bytes: [UInt8] = []
    /// Where in the file the offset of the next directory is stored.
    private(set) var linkOffset = 0
    /// Where in the file the description starts; only for the first page.
    private(set) var textOffset = 0
    /// Where in the file the two resolutions start; only for the first page.
    private(set) var resolutionOffset = 0

    /// Where in ``bytes`` the count and the offset of each text's field start, 8 bytes each in BigTIFF.
    private(set) var textFields: [Int32: Int] = [:]

    /// A text that lies elsewhere in the file and that a directory refers to.
    struct Text {
        let tag: Int32
        let offset: Int
        let byteCount: Int
    }

    /// Largest denominator of the resolutions, which leaves 6 decimals to the pixels per unit.
    private static let resolutionDenominator = 1_000_000.0

    private enum FieldType: UInt16 {
        case ascii = 2
        case short = 3
        case long = 4
        case rational = 5
        case long8 = 16
    }

    /// The start of a file whose pixels follow at once: header, directory, description, resolutions.
    init(firstOf layout: TIFFLayout) {
        let text = Array((layout.initialText ?? "").utf8) + [0]
        let headerByteCount = layout.isBigTIFF ? 16 : 8
        let directoryByteCount = Self.byteCount(ofEntries: Self.laterEntryCount(layout) + 1, layout)
        textOffset = headerByteCount + directoryByteCount
        resolutionOffset = (textOffset + text.count + 7) & ~7
        let stripOffset = resolutionOffset + 16

        bytes = Self.isLittleEndian ? [0x49, 0x49] : [0x4D, 0x4D]
        if layout.isBigTIFF {
            bytes = Array(Self.bigHeader.dropLast(8))
        } else {
            append(UInt16(TIFF_VERSION_CLASSIC))
        }
        bytes += Self.addressBytes(headerByteCount, layout)
        appendEntries(
            layout,
            stripOffset: stripOffset,
            resolutionOffset: resolutionOffset,
            texts: [Text(tag: TIFFTAG_IMAGEDESCRIPTION, offset: textOffset, byteCount: text.count)],
            nextDirectoryOffset: 0
        )
        linkOffset = bytes.count - Self.addressBytes(0, layout).count
        bytes += text
        bytes += [UInt8](repeating: 0, count: resolutionOffset - bytes.count)
        for _ in 0..<2 { appendResolution(layout) }
    }

    /// The directory of a page that shares its resolution with the first one.
    init(ofPageIn layout: TIFFLayout, stripOffset: Int, resolutionOffset: Int, nextDirectoryOffset: Int) {
        appendEntries(
            layout,
            stripOffset: stripOffset,
            resolutionOffset: resolutionOffset,
            texts: [],
            nextDirectoryOffset: nextDirectoryOffset
        )
        bytes += [UInt8](repeating: 0, count: Self.byteCount(ofLaterPageIn: layout) - bytes.count)
    }

    /// The last directory of a BigTIFF file, with texts of its own; ``linkOffset`` counts from the directory's start.
    init(lastIn layout: TIFFLayout, stripOffset: Int, texts: [Text]) {
        precondition(layout.isBigTIFF, "in classic TIFF resolutions have a place of their own")
        appendEntries(layout, stripOffset: stripOffset, resolutionOffset: 0, texts: texts, nextDirectoryOffset: 0)
        linkOffset = bytes.count - Self.addressBytes(0, layout).count
    }

    /// Bytes of a directory with so many texts.
    static func byteCount(withTexts count: Int, in layout: TIFFLayout) -> Int {
        byteCount(ofEntries: laterEntryCount(layout) + count, layout)
    }

    /// The start of a BigTIFF file: byte order, version and the offset of the first directory, 0 while there is none.
    static let bigHeader: [UInt8] = {
        var header = TIFFDirectoryBytes()
        header.bytes = isLittleEndian ? [0x49, 0x49] : [0x4D, 0x4D]
        header.append(UInt16(TIFF_VERSION_BIG))
        header.append(UInt16(8))
        header.append(UInt16(0))
        return header.bytes + [UInt8](repeating: 0, count: 8)
    }()

    private init() {}

    /// Bytes of every directory but the first, a multiple of 8.
    static func byteCount(ofLaterPageIn layout: TIFFLayout) -> Int {
        (byteCount(ofEntries: laterEntryCount(layout), layout) + 7) & ~7
    }

    /// A file offset as it is stored: 8 bytes in BigTIFF, 4 in classic TIFF.
    static func addressBytes(_ offset: Int, _ layout: TIFFLayout) -> [UInt8] {
        layout.isBigTIFF
            ? withUnsafeBytes(of: UInt64(offset)) { Array($0) } : withUnsafeBytes(of: UInt32(offset)) { Array($0) }
    }

    private static var isLittleEndian: Bool { UInt16(1).littleEndian == 1 }

    private static func laterEntryCount(_ layout: TIFFLayout) -> Int { layout.resolution == nil ? 10 : 13 }

    private static func byteCount(ofEntries count: Int, _ layout: TIFFLayout) -> Int {
        layout.isBigTIFF ? 8 + 20 * count + 8 : 2 + 12 * count + 4
    }

    private mutating func append<Value: FixedWidthInteger>(_ value: Value) {
        withUnsafeBytes(of: value) { bytes += $0 }
    }

    private mutating func appendResolution(_ layout: TIFFLayout) {
        let pixelsPerUnit = layout.resolution?.pixelsPerUnit ?? 1
        var denominator = Self.resolutionDenominator
        while denominator > 1, pixelsPerUnit * denominator > Double(UInt32.max) { denominator /= 10 }
        append(UInt32(saturating: (pixelsPerUnit * denominator).rounded()))
        append(UInt32(denominator))
    }

    /// Appends the entries in rising order of their tags, as TIFF demands.
    private mutating func appendEntries(
        _ layout: TIFFLayout,
        stripOffset: Int,
        resolutionOffset: Int,
        texts: [Text],
        nextDirectoryOffset: Int
    ) {
        let (size, pixelType) = (layout.description.size, layout.description.pixelType)
        let offsetType = layout.isBigTIFF ? FieldType.long8 : .long
        var entries: [(tag: Int32, type: FieldType, count: Int, value: Int)] = [
            (TIFFTAG_IMAGEWIDTH, .long, 1, size.width),
            (TIFFTAG_IMAGELENGTH, .long, 1, size.height),
            (TIFFTAG_BITSPERSAMPLE, .short, 1, 8 * pixelType.byteCount),
            (TIFFTAG_COMPRESSION, .short, 1, Int(COMPRESSION_NONE)),
            (TIFFTAG_PHOTOMETRIC, .short, 1, Int(PHOTOMETRIC_MINISBLACK)),
        ]
        entries += texts.map { ($0.tag, .ascii, $0.byteCount, $0.offset) }
        entries += [
            (TIFFTAG_STRIPOFFSETS, offsetType, 1, stripOffset),
            (TIFFTAG_SAMPLESPERPIXEL, .short, 1, 1),
            (TIFFTAG_ROWSPERSTRIP, .long, 1, size.height),
            (TIFFTAG_STRIPBYTECOUNTS, offsetType, 1, layout.frameByteCount),
        ]
        if let resolution = layout.resolution {
            let unit = resolution.isPerCentimetre ? RESUNIT_CENTIMETER : RESUNIT_NONE
            entries += [
                (TIFFTAG_XRESOLUTION, .rational, 1, resolutionOffset),
                (TIFFTAG_YRESOLUTION, .rational, 1, resolutionOffset + 8),
                (TIFFTAG_RESOLUTIONUNIT, .short, 1, Int(unit)),
            ]
        }
        let format = pixelType == .float32 ? SAMPLEFORMAT_IEEEFP : SAMPLEFORMAT_UINT
        entries.append((TIFFTAG_SAMPLEFORMAT, .short, 1, Int(format)))
        entries.sort { $0.tag < $1.tag }

        if layout.isBigTIFF { append(UInt64(entries.count)) } else { append(UInt16(entries.count)) }
        for entry in entries {
            if entry.type == .ascii { textFields[entry.tag] = bytes.count + 4 }
            appendEntry(entry.tag, entry.type, count: entry.count, value: entry.value, layout)
        }
        bytes += Self.addressBytes(nextDirectoryOffset, layout)
    }

    /// Appends one entry; values shorter than the field stand at its left end.
    private mutating func appendEntry(
        _ tag: Int32,
        _ type: FieldType,
        count: Int,
        value: Int,
        _ layout: TIFFLayout
    ) {
        append(UInt16(tag))
        append(type.rawValue)
        bytes += Self.addressBytes(count, layout)
        // In BigTIFF a rational fits into the field itself.
        let start = bytes.count
        switch type {
        case .short: append(UInt16(value))
        case .long: append(UInt32(value))
        case .rational where layout.isBigTIFF: appendResolution(layout)
        case .ascii, .rational, .long8: bytes += Self.addressBytes(value, layout)
        }
        let fieldByteCount = layout.isBigTIFF ? 8 : 4
        bytes += [UInt8](repeating: 0, count: fieldByteCount - (bytes.count - start))
    }
}
