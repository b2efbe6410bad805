import Foundation

/// Messages for the person at the terminal, on standard error.
enum Terminal {
    private static let isInteractive = isatty(FileHandle.standardError.fileDescriptor) == 1

    /// Replaces the line that shows progress; nothing happens where standard error is not a terminal.
    static func showProgress(_ text: String) {
        guard isInteractive else { return }
        FileHandle.standardError.write(Data("\r\u{1B}[2K\(text)".utf8))
    }

    /// Writes a line that stays.
    static func writeLine(_ text: String) {
        FileHandle.standardError.write(Data((text + "\n").utf8))
    }
}
