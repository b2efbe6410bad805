import Foundation
import Triggers

#if canImport(Glibc)
    import Glibc
#endif

/// A serial port to an Arduino, Teensy or the like: a line of text goes out, a line comes back.
///
/// The port is opened once and stays open, since boards restart when it is opened; if it is gone, it is opened anew with the
/// next trigger. 8 bits, no parity, one stop bit, no flow control.
final class SerialLine {
    private let device: String
    private let baud: Int
    private let retries: TriggerAction.Retries
    private var port: CInt?

    /// Longest answer that is read, in bytes.
    private static let longestAnswer = 512

    init(device: String, baud: Int, retries: TriggerAction.Retries) {
        self.device = device
        self.baud = baud
        self.retries = retries
        _ = open()
    }

    deinit { close() }

    /// Sends a line until it is answered.
    ///
    /// - Parameters:
    ///   - text: Without the end of the line.
    ///   - expected: How the answer has to begin; nil for no answer: then it is enough that the line has left.
    /// - Returns: Acknowledged if the answer begins so.
    func send(_ text: String, expecting expected: String?) -> ActionResult {
        var failure = ""
        for attempt in 1...retries.attempts {
            if let problem = open() {
                failure = problem
            } else if let problem = write(text + "\n") {
                failure = problem
                close()
            } else {
                guard let expected else {
                    return ActionResult(isAcknowledged: true, attempts: attempt, detail: "sent; no answer is expected")
                }
                switch answer() {
                case .success(let line) where line.hasPrefix(expected):
                    return ActionResult(isAcknowledged: true, attempts: attempt, detail: ActionResult.shortened(line))
                case .success(let line): failure = "answered '\(ActionResult.shortened(line))', not '\(expected)'"
                case .failure(let problem): failure = problem.text
                }
            }
        }
        return ActionResult(isAcknowledged: false, attempts: retries.attempts, detail: failure)
    }

    private struct Problem: Error { let text: String }

    /// - Returns: Why the port cannot be opened; nil if it is open.
    private func open() -> String? {
        if port != nil { return nil }
        let opened = Foundation.open(device, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)
        guard opened >= 0 else { return "\(device) cannot be opened: \(String(cString: strerror(errno)))" }
        var settings = termios()
        guard tcgetattr(opened, &settings) == 0, let speed = Self.speeds[baud] else {
            Foundation.close(opened)
            return "\(device) is no serial port"
        }
        cfmakeraw(&settings)
        settings.c_cflag |= tcflag_t(CLOCAL | CREAD)
        // Boards restart when the line drops: leave it as it is on closing.
        settings.c_cflag &= ~tcflag_t(HUPCL)
        cfsetispeed(&settings, speed)
        cfsetospeed(&settings, speed)
        guard tcsetattr(opened, TCSANOW, &settings) == 0 else {
            Foundation.close(opened)
            return "\(device) cannot be set to \(baud) baud: \(String(cString: strerror(errno)))"
        }
        port = opened
        return nil
    }

    private func close() {
        if let port { Foundation.close(port) }
        port = nil
    }

    /// - Returns: What went wrong; nil if the whole line was taken in time.
    private func write(_ line: String) -> String? {
        guard let port else { return "\(device) is closed" }
        // What came unasked before is no answer.
        tcflush(port, TCIFLUSH)
        var rest = Array(line.utf8)
        let deadline = DispatchTime.now() + .milliseconds(retries.timeoutMilliseconds)
        while !rest.isEmpty {
            let count = Foundation.write(port, rest, rest.count)
            if count > 0 {
                rest.removeFirst(count)
            } else if count < 0, errno != EAGAIN, errno != EINTR {
                return "\(device) takes nothing: \(String(cString: strerror(errno)))"
            } else if !isReady(port, POLLOUT, until: deadline) {
                return "\(device) takes nothing within \(retries.timeoutMilliseconds) ms"
            }
        }
        return nil
    }

    /// The next line, without its end.
    private func answer() -> Result<String, Problem> {
        guard let port else { return .failure(Problem(text: "\(device) is closed")) }
        var bytes: [UInt8] = []
        let deadline = DispatchTime.now() + .milliseconds(retries.timeoutMilliseconds)
        while bytes.count < Self.longestAnswer {
            var byte: UInt8 = 0
            let count = Foundation.read(port, &byte, 1)
            if count == 1 {
                guard byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") else {
                    bytes.append(byte)
                    continue
                }
                if !bytes.isEmpty { break }
            } else if count == 0 || (errno != EAGAIN && errno != EINTR) {
                close()
                return .failure(Problem(text: "\(device) is gone"))
            } else if !isReady(port, POLLIN, until: deadline) {
                return .failure(Problem(text: "no answer within \(retries.timeoutMilliseconds) ms"))
            }
        }
        return .success(String(decoding: bytes, as: UTF8.self))
    }

    private func isReady(_ port: CInt, _ event: Int32, until deadline: DispatchTime) -> Bool {
        let now = DispatchTime.now().uptimeNanoseconds
        guard deadline.uptimeNanoseconds > now else { return false }
        var request = pollfd(fd: port, events: Int16(event), revents: 0)
        return poll(&request, 1, CInt((deadline.uptimeNanoseconds - now) / 1_000_000 + 1)) > 0
    }

    private static let speeds: [Int: speed_t] = [
        9600: speed_t(B9600), 19200: speed_t(B19200), 38400: speed_t(B38400), 57600: speed_t(B57600),
        115_200: speed_t(B115200), 230_400: speed_t(B230400),
    ]
}
