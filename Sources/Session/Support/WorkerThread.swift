import Dispatch
import Foundation
import Synchronization

/// A thread that says at its start whether it could begin, and that can be waited for.
///
/// What a thread has opened stays on it; others learn of the start only what it tells.
package final class WorkerThread: Sendable {
    private let running = DispatchGroup()

    private init() {}

    /// Starts a thread and waits until it has begun.
    ///
    /// - Parameters:
    ///   - name: For debuggers and lists of threads.
    ///   - body: The work; it calls `hasStarted` with what it tells of its start before it waits for anything. What it
    ///     throws before is thrown here, what it throws later ends the thread.
    /// - Returns: The thread, and what `body` told.
    /// - Throws: What `body` throws before it has started.
    package static func start<Start: Sendable>(
        named name: String,
        _ body: @escaping @Sendable (_ hasStarted: (Start) -> Void) throws -> Void
    ) throws -> (thread: WorkerThread, start: Start) {
        let worker = WorkerThread()
        let start = StartReport<Start>()
        worker.run(named: name) {
            do {
                try body { start.tell(.success($0)) }
            } catch {
                start.tell(.failure(error))
            }
        }
        return (worker, try start.wait())
    }

    /// Starts a thread that cannot fail to begin.
    package static func start(
        named name: String,
        stackSize: Int = 4 << 20,
        _ body: @escaping @Sendable () -> Void
    ) -> WorkerThread {
        let worker = WorkerThread()
        worker.run(named: name, stackSize: stackSize, body)
        return worker
    }

    /// Returns when the work is done.
    package func join() { running.wait() }

    private func run(named name: String, stackSize: Int = 4 << 20, _ body: @escaping @Sendable () -> Void) {
        let running = running
        running.enter()
        let thread = Thread {
            defer { running.leave() }
            body()
        }
        thread.name = name
        thread.stackSize = stackSize
        thread.start()
    }
}

/// The first thing that a thread tells of its start.
private final class StartReport<Start: Sendable>: Sendable {
    private let report = Mutex<Result<Start, any Error>?>(nil)
    private let isThere = DispatchSemaphore(value: 0)

    func tell(_ result: Result<Start, any Error>) {
        let isFirst = report.withLock { report in
            guard report == nil else { return false }
            report = result
            return true
        }
        if isFirst { isThere.signal() }
    }

    func wait() throws -> Start {
        isThere.wait()
        guard let report = report.withLock({ $0 }) else {
            preconditionFailure("a thread tells of its start before it signals")
        }
        return try report.get()
    }
}
