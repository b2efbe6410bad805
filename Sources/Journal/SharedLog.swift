package import Foundation

/// A file of lines that several processes append to, each in turn: nobody's lines are lost, and everybody reads them in
/// the same order.
///
/// Lines are on the disk before ``exchange(_:)`` returns. Not thread-safe: one owner.
package struct SharedLog: ~Copyable {
    package var path: String { file.path }

    private let file: JournalFile
    /// Where what has not been read yet begins.
    private var position = 0

    private static let newline = UInt8(ascii: "\n")
    /// No review is so long; a file that is was not written by us.
    private static let lengthLimit = 1 << 30

    /// Opens a file; makes it if there is none.
    ///
    /// - Throws: ``JournalError``
    package init(path: String) throws(JournalError) {
        file = try JournalFile(path: path, flags: O_RDWR | O_CREAT | O_APPEND)
    }

    /// Reads what others have appended since the last call, all of it the first time, and appends what follows from it,
    /// while everybody else waits.
    ///
    /// A last line without an end was cut off when its writer died: it is ended, and read as it is.
    ///
    /// - Parameter body: Takes the new lines and returns those to append; must be quick.
    /// - Throws: ``JournalError``, e.g. for a full disk: nothing is appended then; and what `body` throws.
    package mutating func exchange(_ body: ([Data]) throws -> [Data]) throws {
        try file.lockWaiting()
        defer { file.unlock() }
        let added = try body(try newLines())
        guard !added.isEmpty else { return }
        var bytes = Data()
        for line in added {
            precondition(!line.contains(Self.newline), "an entry is one line")
            bytes += line + [Self.newline]
        }
        do {
            try file.write(bytes)
            try file.flush()
        } catch {
            try? file.truncate(toLength: position)
            throw error
        }
        position += bytes.count
    }

    private mutating func newLines() throws(JournalError) -> [Data] {
        var length = try file.length()
        guard length <= Self.lengthLimit else { throw .tooLong(path: path, limit: Self.lengthLimit) }
        if length > position, try file.byte(at: length - 1) != Self.newline {
            try file.write(Data([Self.newline]))
            length += 1
        }
        guard length > position else { return [] }
        let bytes = try file.bytes(at: position, count: length - position)
        position = length
        return bytes.dropLast().split(separator: Self.newline, omittingEmptySubsequences: false).map { Data($0) }
    }
}
