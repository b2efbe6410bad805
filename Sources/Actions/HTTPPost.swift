import Dispatch
import Foundation
import Synchronization
import Triggers

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// Posts a trigger to a web server and waits for its answer.
struct HTTPPost {
    let url: URL
    let retries: TriggerAction.Retries

    /// Connections stay open between triggers; nothing is cached or stored.
    private static let session = URLSession(configuration: .ephemeral)

    /// - Parameters:
    ///   - json: the body.
    ///   - id: the header `Idempotency-Key`, by which the server knows a repetition.
    /// - Returns: acknowledged if the status is 200 to 299.
    func send(_ json: String, id: String) -> ActionResult {
        var failure = ""
        for attempt in 1...retries.attempts {
            switch post(json, id: id) {
            case .success(let status) where (200..<300).contains(status):
                return ActionResult(isAcknowledged: true, attempts: attempt, detail: "status \(status)")
            // The server has understood and does not want it: asking again changes nothing.
            case .success(let status) where (400..<500).contains(status):
                return ActionResult(isAcknowledged: false, attempts: attempt, detail: "status \(status)")
            case .success(let status): failure = "status \(status)"
            case .failure(let reason): failure = reason.text
            }
        }
        return ActionResult(isAcknowledged: false, attempts: retries.attempts, detail: failure)
    }

    private struct Failure: Error { let text: String }

    private func post(_ json: String, id: String) -> Result<Int, Failure> {
        var request = URLRequest(url: url, timeoutInterval: Double(retries.timeoutMilliseconds) / 1000)
        request.httpMethod = "POST"
        request.httpBody = Data(json.utf8)
        request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        request.setValue(id, forHTTPHeaderField: "Idempotency-Key")
        let outcome = Outcome()
        let task = Self.session.dataTask(with: request) { _, response, error in
            outcome.set(
                (response as? HTTPURLResponse).map { .success($0.statusCode) }
                    ?? .failure(Failure(text: error?.localizedDescription ?? "no answer"))
            )
        }
        task.resume()
        if let result = outcome.wait(milliseconds: retries.timeoutMilliseconds) { return result }
        task.cancel()
        return .failure(Failure(text: "no answer within \(retries.timeoutMilliseconds) ms"))
    }

    /// Hands a result from the session's thread to the action's.
    private final class Outcome: Sendable {
        private let result = Mutex<Result<Int, Failure>?>(nil)
        private let arrival = DispatchSemaphore(value: 0)

        func set(_ result: Result<Int, Failure>) {
            self.result.withLock { $0 = result }
            arrival.signal()
        }

        func wait(milliseconds: Int) -> Result<Int, Failure>? {
            _ = arrival.wait(timeout: .now() + .milliseconds(milliseconds))
            return result.withLock { $0 }
        }
    }
}
