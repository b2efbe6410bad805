import CTIFF
import Foundation

/// How the numbers of a TIFF file are stored: the byte order, and whether it is BigTIFF.
struct TIFFByteFormat: Equatable {
    let isLittleEndian: Bool
    let isBig: Bool

    /// One entry of a directory.
    struct Entry {
        let tag: Int
        let type: Int
        let count: Int
        /// The value field as an offset; nil beyond what can be.
        let value: Int?

        /// Bytes of one value by type.
        private static let sizes = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8]

        var unitByteCount: Int { Self.sizes.indices.contains(type) ? Self.sizes[type] : 0 }

        /// Bytes of all values; nil for types that nobody knows, and absurd counts.
        var byteCount: Int? {
            guard unitByteCount > 0, count >= 0 else { return nil }
            let (product, overflows) = count.multipliedReportingOverflow(by: unitByteCount)
            return overflows ? nil : product
        }
    }

    /// - Returns: Nil if the header is not there yet, or still empty.
    /// - Throws: ``TIFFError/notTIFF(path:found:)``.
    init?(_ file: borrowing PositionedFile, path: String) throws(TIFFError) {
        var start = [UInt8](repeating: 0, count: 8)
        guard start.withUnsafeMutableBytes({ file.read(into: $0, at: 0) }), start.contains(where: { $0 != 0 }) else {
            return nil
        }
        let isLittle = start[0] == 0x49 && start[1] == 0x49
        let version = isLittle ? Int(start[2]) + Int(start[3]) << 8 : Int(start[3]) + Int(start[2]) << 8
        guard isLittle || (start[0] == 0x4D && start[1] == 0x4D),
            version == Int(TIFF_VERSION_CLASSIC) || version == Int(TIFF_VERSION_BIG)
        else {
            let found = start.prefix(4).map { String(format: "%02x", $0) }.joined(separator: " ")
            throw .notTIFF(path: path, found: "bytes \(found)")
        }
        isLittleEndian = isLittle
        isBig = version == Int(TIFF_VERSION_BIG)
    }

    var firstLinkOffset: Int { isBig ? 8 : 4 }
    var countByteCount: Int { isBig ? 8 : 2 }
    var entryByteCount: Int { isBig ? 20 : 12 }
    var addressByteCount: Int { isBig ? 8 : 4 }

    /// Where the value field of an entry starts, from the end of the directory's count.
    func valueOffset(ofEntry index: Int) -> Int { index * entryByteCount + entryByteCount - addressByteCount }

    func bytes(_ count: Int, at offset: Int, in file: borrowing PositionedFile) -> [UInt8]? {
        guard let byteCount = file.byteCount, offset >= 0, count <= byteCount - offset else { return nil }
        var bytes = [UInt8](repeating: 0, count: count)
        return bytes.withUnsafeMutableBytes { file.read(into: $0, at: offset) } ? bytes : nil
    }

    /// A number of the file; nil if it is not there or too large.
    func integer(at offset: Int, byteCount: Int, in file: borrowing PositionedFile) -> Int? {
        bytes(byteCount, at: offset, in: file).flatMap { integer($0[...]) }
    }

    func integer(_ bytes: ArraySlice<UInt8>) -> Int? {
        let ordered = isLittleEndian ? Array(bytes.reversed()) : Array(bytes)
        return Int(exactly: ordered.reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
    }

    /// The `index`-th of the entries whose bytes are `bytes`.
    func entry(_ index: Int, of bytes: [UInt8]) -> Entry {
        let start = index * entryByteCount
        let valueStart = valueOffset(ofEntry: index)
        return Entry(
            tag: integer(bytes[start..<start + 2]) ?? 0,
            type: integer(bytes[start + 2..<start + 4]) ?? 0,
            count: integer(bytes[start + 4..<valueStart]) ?? -1,
            value: integer(bytes[valueStart..<valueStart + addressByteCount])
        )
    }

    /// All values of an entry of whole numbers, which start at `offset`; nil if one is too large.
    func integers(_ entry: Entry, at offset: Int, in file: borrowing PositionedFile) -> [Int]? {
        let unit = entry.unitByteCount
        guard unit > 0, let byteCount = entry.byteCount, let bytes = bytes(byteCount, at: offset, in: file) else {
            return nil
        }
        var values: [Int] = []
        values.reserveCapacity(entry.count)
        for index in 0..<entry.count {
            guard let value = integer(bytes[index * unit..<(index + 1) * unit]) else { return nil }
            values.append(value)
        }
        return values
    }
}
