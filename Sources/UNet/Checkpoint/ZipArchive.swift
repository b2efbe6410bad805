import Foundation

/// The entries of a ZIP archive whose bytes are stored as they are, which is how PyTorch writes checkpoints.
///
/// The whole directory is checked when the archive is opened: every entry lies in the file, none overlaps
/// another, and names are plain. Compressed entries cannot be read, so none can grow.
/// Source: PKWARE's APPNOTE 6.3.
struct ZipArchive: Sendable {
    struct Entry: Sendable {
        let name: String
        /// Position of its bytes in the file.
        let bytes: Range<Int>
        /// 0 if the writer left it out, as PyTorch does on demand.
        fileprivate let checksum: UInt32
        fileprivate let isCompressed: Bool
    }

    private let file: Data
    private let entriesByName: [String: Entry]

    /// The most entries that are read; a checkpoint has one per storage.
    static let entryLimit = 1 << 16

    init(_ file: Data) throws(CheckpointError) {
        self.file = file
        let directory = try ZipDirectory(endOf: file)
        var cursor = ByteCursor(file[directory.bytes])
        var entries: [String: Entry] = [:]
        var claimed: [Range<Int>] = []
        for _ in 0..<directory.entryCount {
            let start = directory.bytes.lowerBound + cursor.offset
            guard let header = try ZipEntryHeader(&cursor, at: start) else {
                throw .malformedArchive(byteOffset: start, reason: "an entry of the directory is cut off")
            }
            let dataStart = try header.dataStart(in: file, before: directory.bytes.lowerBound)
            let bytes = dataStart..<dataStart + header.byteCount
            claimed.append(header.offset..<bytes.upperBound)
            let entry = Entry(
                name: header.name,
                bytes: bytes,
                checksum: header.checksum,
                isCompressed: header.isCompressed
            )
            guard entries.updateValue(entry, forKey: header.name) == nil else {
                throw .malformedArchive(byteOffset: start, reason: "entry '\(header.name)' exists twice")
            }
        }
        guard cursor.remainingCount == 0 else {
            throw .malformedArchive(
                byteOffset: directory.bytes.upperBound - cursor.remainingCount,
                reason: "the directory is longer than its entries"
            )
        }
        claimed.sort { $0.lowerBound < $1.lowerBound }
        for (one, next) in zip(claimed, claimed.dropFirst()) where next.lowerBound < one.upperBound {
            throw .malformedArchive(byteOffset: next.lowerBound, reason: "entries overlap")
        }
        entriesByName = entries
    }

    var names: some Collection<String> { entriesByName.keys }

    func contains(_ name: String) -> Bool { entriesByName[name] != nil }

    /// The entry with a name.
    ///
    /// - Throws: ``CheckpointError/missingEntry(_:)`` or ``CheckpointError/compressedEntry(_:)``.
    func entry(named name: String) throws(CheckpointError) -> Entry {
        guard let entry = entriesByName[name] else { throw .missingEntry(name) }
        guard !entry.isCompressed else { throw .compressedEntry(name) }
        return entry
    }

    /// Compares the bytes of an entry with its checksum, if it has one.
    ///
    /// - Complexity: O(bytes of the entry)
    func verify(_ entry: Entry) throws(CheckpointError) {
        let sum = file.withUnsafeBytes { CRC32.checksum(of: UnsafeRawBufferPointer(rebasing: $0[entry.bytes])) }
        guard entry.checksum == 0 || entry.checksum == sum else { throw .damagedEntry(entry.name) }
    }

    /// Calls `body` with the bytes of an entry.
    func withBytes<Result>(of entry: Entry, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        file.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[entry.bytes])) }
    }
}
