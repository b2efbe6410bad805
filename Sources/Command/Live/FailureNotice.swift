import Streams
import Synchronization

/// Makes one message of a failure that lasts.
final class FailureNotice: Sendable {
    private let code: StatusMessage.Code
    private let last = Mutex<String?>(nil)

    init(_ code: StatusMessage.Code) { self.code = code }

    /// - Parameter failure: What is wrong now; nil if nothing is.
    /// - Returns: The message if something has just gone wrong.
    func update(_ failure: String?) -> StatusMessage? {
        last.withLock { last in
            defer { last = failure }
            guard let failure, last == nil else { return nil }
            return StatusMessage(status: .notice, code: code, message: failure)
        }
    }
}
