import Session
import Synchronization

/// Makes one message of a failure that lasts.
final class FailureNotice: Sendable {
    private let code: Health.Code
    private let last = Mutex<String?>(nil)

    init(_ code: Health.Code) { self.code = code }

    /// - Parameter failure: What is wrong now; nil if nothing is.
    /// - Returns: The message if something has just gone wrong.
    func update(_ failure: String?) -> Health? {
        last.withLock { last in
            defer { last = failure }
            guard let failure, last == nil else { return nil }
            return Health(status: .notice, code: code, message: failure)
        }
    }
}
