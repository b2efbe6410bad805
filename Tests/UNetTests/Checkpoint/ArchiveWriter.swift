import Foundation

/// Writes ZIP archives of stored entries, and such as contradict themselves.
struct ArchiveWriter {
    struct Entry {
        var name: String
        var bytes: [UInt8]
        var method: UInt16 = 0
        var flags: UInt16 = 0
        /// 0: left out.
        var checksum: UInt32 = 0
        /// What the directory claims, if it is not the truth.
        var claimedByteCount: UInt64?
        var claimedOffset: UInt64?
        var localName: String?
        /// Whether the directory has 64-bit sizes.
        var isWide = false
    }

    var entries: [Entry]
    var claimedEntryCount: UInt64?
    var claimedDirectoryOffset: UInt64?
    /// Whether there is a ZIP64 record.
    var isWide = false
    var comment = ""

    init(_ entries: [Entry]) {
        self.entries = entries
    }

    var data: Data {
        var file: [UInt8] = []
        var directory: [UInt8] = []
        for entry in entries {
            let offset = entry.claimedOffset ?? UInt64(file.count)
            let count = entry.claimedByteCount ?? UInt64(entry.bytes.count)
            let localName = entry.localName ?? entry.name
            Self.append(&file, UInt32(0x0403_4B50), UInt16(20), entry.flags, entry.method, UInt32(0), entry.checksum)
            Self.append(&file, UInt32(entry.bytes.count), UInt32(entry.bytes.count))
            Self.append(&file, UInt16(localName.utf8.count), UInt16(0))
            file += Array(localName.utf8) + entry.bytes

            var extra: [UInt8] = []
            if entry.isWide { Self.append(&extra, UInt16(1), UInt16(24), count, count, offset) }
            let narrow = entry.isWide ? UInt32.max : UInt32(count)
            Self.append(&directory, UInt32(0x0201_4B50), UInt32(20), entry.flags, entry.method, UInt32(0))
            Self.append(&directory, entry.checksum, narrow, narrow)
            Self.append(&directory, UInt16(entry.name.utf8.count), UInt16(extra.count), UInt16(0), UInt64(0))
            Self.append(&directory, entry.isWide ? .max : UInt32(offset))
            directory += Array(entry.name.utf8) + extra
        }
        let start = claimedDirectoryOffset ?? UInt64(file.count)
        let count = claimedEntryCount ?? UInt64(entries.count)
        file += directory
        if isWide {
            let record = UInt64(file.count)
            Self.append(&file, UInt32(0x0606_4B50), UInt64(44), UInt32(45), UInt64(0), count, count)
            Self.append(&file, UInt64(directory.count), start, UInt32(0x0706_4B50), UInt32(0), record, UInt32(1))
        }
        Self.append(&file, UInt32(0x0605_4B50), UInt32(0))
        Self.append(&file, isWide ? UInt16.max : UInt16(count), isWide ? UInt16.max : UInt16(count))
        Self.append(&file, isWide ? .max : UInt32(directory.count), isWide ? .max : UInt32(start))
        Self.append(&file, UInt16(comment.utf8.count))
        return Data(file + Array(comment.utf8))
    }

    private static func append(_ bytes: inout [UInt8], _ numbers: any FixedWidthInteger...) {
        for number in numbers { append(&bytes, one: number) }
    }

    private static func append(_ bytes: inout [UInt8], one number: some FixedWidthInteger) {
        withUnsafeBytes(of: number.littleEndian) { bytes += $0 }
    }
}
