import Foundation

/// Messages for the person at the terminal, on standard error.
enum Terminal {
    private static let isInteractive = isatty(FileHandle.standardError.fileDescriptor) == 1

    /// Replaces the line that shows progress; nothing happens where standard error is not a terminal.
    static func showProgress(_ text: String) {
        guard isInteractive else { return }
        write("\r\u{1B}[2K\(text)")
    }

    /// Writes a line that stays.
    static func writeLine(_ text: String) {
        write(text + "\n")
    }

    /// Messages that nobody takes are no reason to stop.
    private static func write(_ text: String) { try? FileHandle.standardError.write(contentsOf: Data(text.utf8)) }
}
