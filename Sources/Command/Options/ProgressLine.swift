import Foundation

/// A bar on standard error with the time left, where standard error is a terminal.
struct ProgressLine {
    let name: String
    let total: Int
    let unit: String
    /// Few of them are all worth a line.
    private let interval: Int
    private let started = ContinuousClock.now
    private let isShown = isatty(STDERR_FILENO) == 1

    private static let barWidth = 24

    init(name: String, total: Int, unit: String, isFewSteps: Bool = false) {
        self.name = name
        self.total = total
        self.unit = unit
        interval = isFewSteps ? 1 : 16
    }

    func show(_ done: Int) {
        guard isShown, done.isMultiple(of: interval) || done == total else { return }
        write(
            "\r" + Self.text(name: name, done: done, total: total, unit: unit, elapsed: ContinuousClock.now - started)
        )
    }

    func finish() { if isShown { write("\r\u{1B}[K") } }

    /// `cell3  ████████░░░░░░░░░░░░░░░░  33 %  of 1000 frames, 0:25 left`.
    static func text(name: String, done: Int, total: Int, unit: String, elapsed: Duration) -> String {
        let part = total > 0 ? min(1, max(0, Double(done) / Double(total))) : 1
        let filled = Int((part * Double(barWidth)).rounded(.down))
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: barWidth - filled)
        let percent = String(format: "%3.0f", (100 * part).rounded(.down))
        guard part > 0 else { return "\(name)  \(bar)  \(percent) %  of \(total) \(unit)" }
        let secondsLeft = Int(((1 - part) / part * (elapsed / .seconds(1))).rounded(.up))
        let time = String(format: "%d:%02d", secondsLeft / 60, secondsLeft % 60)
        return "\(name)  \(bar)  \(percent) %  of \(total) \(unit), \(time) left"
    }

    private func write(_ text: String) { try? FileHandle.standardError.write(contentsOf: Data(text.utf8)) }
}
