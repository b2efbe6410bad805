import Foundation

/// What the directory of a ZIP archive says about one entry.
struct ZipEntryHeader {
    let name: String
    /// Bytes in the file.
    let byteCount: Int
    let isCompressed: Bool
    /// Position of the entry's local header, which repeats the name in front of the bytes.
    let offset: Int
    let checksum: UInt32

    private static let signature: UInt32 = 0x0201_4B50
    private static let localSignature: UInt32 = 0x0403_4B50
    private static let localByteCount = 30
    private static let wideFieldIdentifier: UInt16 = 1
    private static let nameByteLimit: UInt16 = 1024

    /// Takes the next header of the directory; nil if it ends before.
    init?(_ cursor: inout ByteCursor, at start: Int) throws(CheckpointError) {
        guard let signature = cursor.integer(UInt32.self), cursor.read(4) != nil,
            let flags = cursor.integer(UInt16.self), let method = cursor.integer(UInt16.self),
            cursor.read(4) != nil, let checksum = cursor.integer(UInt32.self),
            let storedCount = cursor.integer(UInt32.self), let count = cursor.integer(UInt32.self),
            let nameCount = cursor.integer(UInt16.self), let extraCount = cursor.integer(UInt16.self),
            let commentCount = cursor.integer(UInt16.self), cursor.read(8) != nil,
            let localOffset = cursor.integer(UInt32.self), let nameBytes = cursor.read(Int(nameCount)),
            let extra = cursor.read(Int(extraCount)), cursor.read(Int(commentCount)) != nil
        else { return nil }
        guard signature == Self.signature else {
            throw .malformedArchive(byteOffset: start, reason: "the directory holds something else than entries")
        }
        guard nameCount <= Self.nameByteLimit, let name = String(validating: nameBytes, as: UTF8.self),
            Self.isPlain(name)
        else {
            throw .malformedArchive(byteOffset: start, reason: "an entry has no plain relative path for a name")
        }
        guard flags & 1 == 0 else { throw .encryptedEntry(name) }
        var wide = try Self.wideFields(extra, at: start)
        // The wide fields follow in this order, each only if the narrow one cannot hold it.
        let sizes = [count, storedCount, localOffset].map { narrow in
            narrow == .max ? wide.integer(UInt64.self) : UInt64(narrow)
        }
        guard let byteCount = sizes[0].flatMap(Int.init(exactly:)), let stored = sizes[1].flatMap(Int.init(exactly:)),
            let offset = sizes[2].flatMap(Int.init(exactly:))
        else {
            throw .malformedArchive(byteOffset: start, reason: "entry '\(name)' lacks its 64-bit sizes")
        }
        isCompressed = method != 0
        guard isCompressed || stored == byteCount else {
            throw .malformedArchive(byteOffset: start, reason: "entry '\(name)' has two sizes")
        }
        self.name = name
        self.byteCount = stored
        self.offset = offset
        self.checksum = checksum
    }

    /// Checks the local header.
    ///
    /// - Parameters:
    ///   - file: the whole archive.
    ///   - end: where entries have to end: the start of the directory.
    /// - Returns: Where the entry's bytes start.
    /// - Throws: ``CheckpointError`` if they do not lie before `end` or the local header names another entry.
    func dataStart(in file: Data, before end: Int) throws(CheckpointError) -> Int {
        guard offset <= end - Self.localByteCount else {
            throw .malformedArchive(byteOffset: offset, reason: "entry '\(name)' lies outside the file")
        }
        var cursor = ByteCursor(file[offset..<offset + Self.localByteCount])
        guard cursor.integer(UInt32.self) == Self.localSignature, cursor.read(4) != nil,
            let method = cursor.integer(UInt16.self), (method != 0) == isCompressed, cursor.read(16) != nil,
            let nameCount = cursor.integer(UInt16.self), let extraCount = cursor.integer(UInt16.self)
        else {
            throw .malformedArchive(byteOffset: offset, reason: "entry '\(name)' has no header of its own")
        }
        let nameStart = offset + Self.localByteCount
        let dataStart = nameStart + Int(nameCount) + Int(extraCount)
        guard dataStart <= end, byteCount <= end - dataStart else {
            throw .malformedArchive(byteOffset: offset, reason: "entry '\(name)' is longer than the file")
        }
        guard file[nameStart..<nameStart + Int(nameCount)].elementsEqual(name.utf8) else {
            throw .malformedArchive(byteOffset: offset, reason: "entry '\(name)' has another name in its own header")
        }
        return dataStart
    }

    /// The 64-bit sizes among the extra fields; empty if there are none.
    private static func wideFields(_ extra: ArraySlice<UInt8>, at start: Int) throws(CheckpointError) -> ByteCursor {
        var cursor = ByteCursor(extra)
        while cursor.remainingCount > 0 {
            guard let identifier = cursor.integer(UInt16.self), let count = cursor.integer(UInt16.self),
                let field = cursor.read(Int(count))
            else {
                throw .malformedArchive(byteOffset: start, reason: "an extra field of an entry is cut off")
            }
            if identifier == wideFieldIdentifier { return ByteCursor(field) }
        }
        return ByteCursor([])
    }

    private static func isPlain(_ name: String) -> Bool {
        !name.isEmpty && !name.contains { $0 == "\\" || $0.unicodeScalars.contains { $0.value < 0x20 } }
            && name.split(separator: "/", omittingEmptySubsequences: false).dropLast().allSatisfy { !$0.isEmpty }
            && !name.split(separator: "/").contains { $0 == ".." || $0 == "." }
    }
}
