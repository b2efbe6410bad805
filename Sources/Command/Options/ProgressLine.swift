import Foundation

/// A line on standard error that counts up, where standard error is a terminal.
struct ProgressLine {
    let name: String
    let total: Int
    let unit: String
    private let isShown = isatty(STDERR_FILENO) == 1

    init(name: String, total: Int, unit: String) {
        self.name = name
        self.total = total
        self.unit = unit
    }

    func show(_ done: Int) {
        guard isShown, done.isMultiple(of: 16) || done == total else { return }
        write("\r\(name): \(done) of \(total) \(unit)")
    }

    func finish() { if isShown { write("\r\u{1B}[K") } }

    private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}
