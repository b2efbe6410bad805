import CTIFF
import Foundation

/// The directory of the first page of a finished file, changed behind the back of libtiff.
///
/// The file has the byte order of this machine.
struct TIFFFirstDirectory {
    private let isBig: Bool
    private let address: Int
    private let entryCount: Int

    private var countByteCount: Int { isBig ? 8 : 2 }
    private var entryByteCount: Int { isBig ? 20 : 12 }
    private var addressByteCount: Int { isBig ? 8 : 4 }

    /// - Returns: Nil with `errno` set if the file could not be read.
    init?(of file: borrowing PositionedFile, isBigTIFF: Bool) {
        isBig = isBigTIFF
        guard let address = Self.integer(at: isBig ? 8 : 4, byteCount: isBig ? 8 : 4, in: file),
            let entryCount = Self.integer(at: address, byteCount: isBig ? 8 : 2, in: file)
        else { return nil }
        self.address = address
        self.entryCount = entryCount
    }

    /// Replaces the description by one of the same length, in place: no other byte of the file moves.
    ///
    /// - Returns: False with `errno` set if the file could not be read or written.
    func replaceDescription(by text: String, in file: borrowing PositionedFile) -> Bool {
        guard let entry = descriptionEntry(in: file),
            let offset = Self.integer(
                at: entry + entryByteCount - addressByteCount,
                byteCount: addressByteCount,
                in: file
            )
        else { return false }
        return Array(text.utf8).withUnsafeBytes { file.write($0, at: offset) }
    }

    /// Adds a second description behind the first: a copy of the directory with one entry more, at the end of the file.
    ///
    /// Readers of one description take the first; ImageJ takes the last; tifffile reads both.
    ///
    /// - Returns: False with `errno` set if the file could not be read or written.
    func addDescription(_ text: String, in file: borrowing PositionedFile) -> Bool {
        guard let entry = descriptionEntry(in: file), let end = file.byteCount else { return false }
        let entriesStart = address + countByteCount
        let entriesByteCount = entryCount * entryByteCount
        var directory = [UInt8](repeating: 0, count: entriesByteCount + addressByteCount)
        guard directory.withUnsafeMutableBytes({ file.read(into: $0, at: entriesStart) }) else { return false }

        let start = (end + 7) & ~7
        let textOffset = start + countByteCount + directory.count + entryByteCount
        let characters = Array(text.utf8) + [0]
        let added =
            Self.bytes(Int(TIFFTAG_IMAGEDESCRIPTION), byteCount: 2) + Self.bytes(Int(TIFF_ASCII.rawValue), byteCount: 2)
            + bytes(characters.count) + bytes(textOffset)
        directory.insert(contentsOf: added, at: entry + entryByteCount - entriesStart)
        guard isBig || textOffset + characters.count <= Int(UInt32.max) else {
            errno = EFBIG
            return false
        }
        let addition = Self.bytes(entryCount + 1, byteCount: countByteCount) + directory + characters
        return addition.withUnsafeBytes { file.write($0, at: start) }
            && bytes(start).withUnsafeBytes { file.write($0, at: isBig ? 8 : 4) }
    }

    private func descriptionEntry(in file: borrowing PositionedFile) -> Int? {
        for entry in 0..<entryCount {
            let offset = address + countByteCount + entry * entryByteCount
            if Self.integer(at: offset, byteCount: 2, in: file) == Int(TIFFTAG_IMAGEDESCRIPTION) { return offset }
        }
        return nil
    }

    private func bytes(_ value: Int) -> [UInt8] { Self.bytes(value, byteCount: addressByteCount) }

    private static func bytes(_ value: Int, byteCount: Int) -> [UInt8] {
        switch byteCount {
        case 2: withUnsafeBytes(of: UInt16(value)) { Array($0) }
        case 4: withUnsafeBytes(of: UInt32(value)) { Array($0) }
        default: withUnsafeBytes(of: UInt64(value)) { Array($0) }
        }
    }

    private static func integer(at offset: Int, byteCount: Int, in file: borrowing PositionedFile) -> Int? {
        switch byteCount {
        case 2: integer(UInt16.self, at: offset, in: file)
        case 4: integer(UInt32.self, at: offset, in: file)
        default: integer(UInt64.self, at: offset, in: file)
        }
    }

    private static func integer<Value: FixedWidthInteger>(
        _ type: Value.Type,
        at offset: Int,
        in file: borrowing PositionedFile
    ) -> Int? {
        var value = Value.zero
        let isComplete = withUnsafeMutableBytes(of: &value) { file.read(into: $0, at: offset) }
        return isComplete ? Int(exactly: value) : nil
    }
}
