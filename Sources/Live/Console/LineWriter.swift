import Dispatch
import Foundation
import Imaging
import Synchronization
import UNet

/// Lines on their way to standard output and standard error, and the thread that writes them.
///
/// A paused pager, a closed pipe or a full disk holds up this thread alone. The queue is bounded: lines that find it full
/// are left out, counted, and mentioned as soon as lines are taken again.
final class LineWriter: Sendable {
    enum Line: Sendable {
        /// For standard output.
        case output(String)
        /// For standard error, above the line that refreshes.
        case note(String)

        /// The line without what a terminal would obey: texts from senders are in it.
        var printable: Line {
            switch self {
            case .output(let text): .output(text.printable)
            case .note(let text): .note(text.printable)
            }
        }
    }

    private struct Contents {
        var lines: [Line] = []
        var linesLost = 0
        var status: String?
        var isClosed = false
    }

    private static let capacity = 2000

    private let contents = Mutex(Contents())
    private let arrival = DispatchSemaphore(value: 0)
    private let running = DispatchGroup()

    init() {
        let thread = Thread { [self] in
            defer { running.leave() }
            var page = Page()
            while page.show(drain()) {}
        }
        thread.name = "terminal"
        running.enter()
        thread.start()
    }

    /// Hands over a line, and returns at once.
    func append(_ line: Line) {
        contents.withLock { contents in
            guard !contents.isClosed, contents.lines.count < Self.capacity else { return contents.linesLost += 1 }
            contents.lines.append(line.printable)
        }
        arrival.signal()
    }

    /// Replaces the line that refreshes.
    func show(status: String) {
        contents.withLock { $0.status = status.printable }
        arrival.signal()
    }

    /// Removes the line that refreshes and waits until all lines are written, or for so long if nobody takes them.
    func finish(patience: DispatchTimeInterval = .seconds(2)) {
        contents.withLock { $0.isClosed = true }
        arrival.signal()
        _ = running.wait(timeout: .now() + patience)
    }

    /// Takes out what there is, after waiting for something.
    private func drain() -> Contents {
        arrival.wait()
        return contents.withLock { contents in
            defer { (contents.lines, contents.linesLost, contents.status) = ([], 0, nil) }
            return contents
        }
    }

    /// What is written where; used by the writing thread alone.
    private struct Page {
        private var hasStatus = false
        private var isOutputFailing = false

        /// Writes everything.
        ///
        /// - Returns: false if nothing will follow.
        mutating func show(_ contents: Contents) -> Bool {
            if hasStatus, !contents.lines.isEmpty || contents.status != nil || contents.isClosed {
                write("\r\u{1B}[K")
                hasStatus = false
            }
            for line in contents.lines {
                switch line {
                case .output(let text): writeOutput(text)
                case .note(let text): write(text + "\n")
                }
            }
            if contents.linesLost > 0 { write("\(contents.linesLost) lines left out: nobody took them in time\n") }
            if let status = contents.status, !contents.isClosed {
                write(String(status.prefix(Self.columns - 1)))
                hasStatus = true
            }
            return !contents.isClosed
        }

        private mutating func writeOutput(_ text: String) {
            do {
                try FileHandle.standardOutput.write(contentsOf: Data((text + "\n").utf8))
                isOutputFailing = false
            } catch {
                guard !isOutputFailing else { return }
                isOutputFailing = true
                write("standard output takes no more lines: events are still published and kept in the journal\n")
            }
        }

        private func write(_ text: String) { try? FileHandle.standardError.write(contentsOf: Data(text.utf8)) }

        /// Width of the terminal on standard error; a usual one if it does not tell.
        private static var columns: Int {
            var size = winsize()
            guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 1 else { return 80 }
            return Int(size.ws_col)
        }
    }
}
