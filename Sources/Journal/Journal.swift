package import Foundation

/// The record of everything published: a file with one JSON object a line, exactly as it was sent.
///
/// Lines are on the disk before ``append(_:)`` returns; a publisher that journals first and sends then loses no
/// published message, whatever ends the process. An existing journal is continued. Heartbeats are left to the caller's
/// choice. Not thread-safe: one owner.
package struct Journal: ~Copyable {
    /// How the end of an existing journal was found.
    package enum Opening: Sendable, Equatable {
        case new
        case continued
        /// The last line had no end: its writer died while writing. It was closed and stays, readable or not.
        case repaired
    }

    package let opening: Opening
    package var path: String { file.path }
    /// True if the file was deleted, moved or replaced since it was opened: what is appended would be lost with it.
    package var isGone: Bool { file.isGone }

    private let file: JournalFile
    private var length: Int
    /// True if a failed append may have left a part of a line behind ``length``.
    private var hasTornEnd = false

    private static let newline = UInt8(ascii: "\n")

    /// Opens a journal for appending; makes it if there is none.
    ///
    /// - Throws: ``JournalError`` if the file cannot be opened or another process writes to it.
    package init(path: String) throws(JournalError) {
        let file = try JournalFile(path: path, flags: O_RDWR | O_CREAT | O_APPEND)
        try file.lock()
        let opening = try Self.closeLastLine(of: file)
        if opening == .new { try Self.flushFolder(of: path) }
        let length = try file.length()
        self.length = length
        self.opening = opening
        self.file = file
    }

    /// Appends lines and returns when they are on the disk: all of them, or none with an error.
    ///
    /// - Parameter lines: JSON objects without line breaks.
    /// - Throws: ``JournalError`` e.g. for a full disk; the journal can be appended to again when there is space.
    package mutating func append(_ lines: [Data]) throws(JournalError) {
        var bytes = Data(capacity: lines.reduce(0) { $0 + $1.count + 1 })
        for line in lines {
            precondition(!line.contains(Self.newline), "a journal entry is one line")
            bytes.append(line)
            bytes.append(Self.newline)
        }
        try cutTornEnd()
        do {
            try file.write(bytes)
            try file.flush()
        } catch {
            hasTornEnd = true
            try? cutTornEnd()
            throw error
        }
        length += bytes.count
    }

    private mutating func cutTornEnd() throws(JournalError) {
        guard hasTornEnd else { return }
        try file.truncate(toLength: length)
        hasTornEnd = false
    }

    /// Sees to it that the file is empty or ends with a line break.
    private static func closeLastLine(of file: borrowing JournalFile) throws(JournalError) -> Opening {
        let length = try file.length()
        if length == 0 { return .new }
        if try file.byte(at: length - 1) == newline { return .continued }
        try file.write(Data([newline]))
        try file.flush()
        return .repaired
    }

    /// Makes the name of a new file as durable as its contents.
    private static func flushFolder(of path: String) throws(JournalError) {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        try JournalFile(path: folder, flags: O_RDONLY).flush()
    }
}
