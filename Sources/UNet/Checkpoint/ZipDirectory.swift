import Foundation

/// Where the directory of a ZIP archive lies, as the record at the end of the file says.
struct ZipDirectory {
    let bytes: Range<Int>
    let entryCount: Int

    private static let recordSignature: UInt32 = 0x0605_4B50
    private static let recordByteCount = 22
    private static let wideLocatorSignature: UInt32 = 0x0706_4B50
    private static let wideLocatorByteCount = 20
    private static let wideRecordSignature: UInt32 = 0x0606_4B50
    private static let wideRecordByteCount = 56

    /// Finds the record at the end of the file, and its wide form if the archive is a ZIP64 one.
    init(endOf file: Data) throws(CheckpointError) {
        let record = try Self.recordOffset(file)
        var cursor = ByteCursor(file[record...].dropFirst(4).prefix(Self.recordByteCount - 4))
        guard
            let disk = cursor.integer(UInt16.self), let directoryDisk = cursor.integer(UInt16.self),
            let diskEntryCount = cursor.integer(UInt16.self), let entryCount = cursor.integer(UInt16.self),
            let byteCount = cursor.integer(UInt32.self), let offset = cursor.integer(UInt32.self)
        else {
            throw .malformedArchive(byteOffset: record, reason: "the last record is cut off")
        }
        guard disk == 0, directoryDisk == 0, diskEntryCount == entryCount else {
            throw .malformedArchive(byteOffset: record, reason: "the archive has several volumes")
        }
        if entryCount == .max || byteCount == .max || offset == .max {
            try self.init(wideRecordOf: file, before: record)
        } else {
            try self.init(
                offset: UInt64(offset),
                byteCount: UInt64(byteCount),
                entryCount: UInt64(entryCount),
                before: record
            )
        }
    }

    private init(wideRecordOf file: Data, before end: Int) throws(CheckpointError) {
        let locator = end - Self.wideLocatorByteCount
        guard locator >= 0 else { throw .malformedArchive(byteOffset: end, reason: "the ZIP64 locator is missing") }
        var cursor = ByteCursor(file[locator..<end])
        guard
            cursor.integer(UInt32.self) == Self.wideLocatorSignature, cursor.integer(UInt32.self) == 0,
            let claimed = cursor.integer(UInt64.self), let record = Int(exactly: claimed),
            record <= locator - Self.wideRecordByteCount
        else {
            throw .malformedArchive(byteOffset: locator, reason: "the ZIP64 locator does not point into the file")
        }
        cursor = ByteCursor(file[record..<record + Self.wideRecordByteCount])
        guard
            cursor.integer(UInt32.self) == Self.wideRecordSignature, cursor.read(12) != nil,
            cursor.integer(UInt64.self) == 0, let diskEntryCount = cursor.integer(UInt64.self),
            let entryCount = cursor.integer(UInt64.self), diskEntryCount == entryCount,
            let byteCount = cursor.integer(UInt64.self), let offset = cursor.integer(UInt64.self)
        else {
            throw .malformedArchive(byteOffset: record, reason: "the ZIP64 record is none")
        }
        try self.init(offset: offset, byteCount: byteCount, entryCount: entryCount, before: record)
    }

    private init(offset: UInt64, byteCount: UInt64, entryCount: UInt64, before end: Int) throws(CheckpointError) {
        guard offset <= end, byteCount <= UInt64(end) - offset else {
            throw .malformedArchive(byteOffset: end, reason: "the directory lies outside the file")
        }
        guard entryCount <= ZipArchive.entryLimit else {
            throw .tooLarge(what: "archive entries", count: entryCount, limit: UInt64(ZipArchive.entryLimit))
        }
        bytes = Int(offset)..<Int(offset + byteCount)
        self.entryCount = Int(entryCount)
    }

    /// The last place where the record may start: its comment reaches exactly to the end of the file.
    private static func recordOffset(_ file: Data) throws(CheckpointError) -> Int {
        let tailStart = max(0, file.count - recordByteCount - Int(UInt16.max))
        let tail = Array(file[tailStart...])
        for start in stride(from: tail.count - recordByteCount, through: 0, by: -1) where tail[start] == 0x50 {
            var cursor = ByteCursor(tail[start..<start + recordByteCount])
            guard cursor.integer(UInt32.self) == recordSignature, cursor.read(16) != nil else { continue }
            if let comment = cursor.integer(UInt16.self), start + recordByteCount + Int(comment) == tail.count {
                return tailStart + start
            }
        }
        throw .malformedArchive(byteOffset: file.count, reason: "the record at the end of the archive is missing")
    }
}
