import Dispatch
import Foundation
import Session
package import Triggers
package import Wire
package import ZeroMQ

/// Carries out one action of one rule, on a thread of its own; safe to use from any thread.
///
/// A slow peer delays nothing but its own action: triggers wait in a bounded queue, and those that find it full are reported as dropped.
package final class ActionRunner: Sendable {
    /// Triggers that wait at most.
    private static let queueCapacity = 16

    private let name: String
    private let queue: BoundedQueue<TriggerMessage>
    private let thread: WorkerThread
    private let report: @Sendable (TriggerActionMessage) -> Void

    /// Starts the thread.
    ///
    /// - Parameters:
    ///   - action: what to do.
    ///   - context: the ZeroMQ library.
    ///   - report: called on the action's thread, or on that of ``submit(_:)``, when an action has ended.
    /// - Throws: `KeyError` if the keys of the action cannot be used.
    package init(
        _ action: TriggerAction,
        context: ZeroMQContext,
        report: @escaping @Sendable (TriggerActionMessage) -> Void
    ) throws {
        let security = try action.security
        name = action.name
        self.report = report
        let queue = BoundedQueue<TriggerMessage>(capacity: Self.queueCapacity)
        self.queue = queue
        thread = WorkerThread.start(named: "trigger action") {
            var performer = ActionPerformer(action, security: security, context: context)
            while let trigger = queue.next() {
                let started = DispatchTime.now()
                let sentMilliseconds = Self.milliseconds(since: trigger.firedNanoseconds)
                func ended(_ result: ActionResult) -> TriggerActionMessage {
                    let elapsed = DispatchTime.now().uptimeNanoseconds - started.uptimeNanoseconds
                    return TriggerActionMessage(
                        trigger: trigger,
                        action: action.name,
                        outcome: result.isAcknowledged ? .acknowledged : .failed,
                        attempts: result.attempts,
                        sentMilliseconds: result.attempts > 0 ? sentMilliseconds : nil,
                        elapsedMilliseconds: Self.milliseconds(since: trigger.firedNanoseconds)
                            ?? Double(elapsed) / 1e6,
                        detail: result.detail
                    )
                }
                report(ended(performer.perform(trigger)))
                if let failure = performer.finish() { report(ended(failure)) }
            }
        }
    }

    deinit { queue.close() }

    /// Hands over a trigger and returns at once.
    package func submit(_ trigger: TriggerMessage) {
        guard !queue.append(trigger) else { return }
        report(
            TriggerActionMessage(
                trigger: trigger,
                action: name,
                outcome: .dropped,
                attempts: 0,
                sentMilliseconds: nil,
                elapsedMilliseconds: 0,
                detail: "\(Self.queueCapacity) triggers wait already"
            )
        )
    }

    /// Carries out what is in the queue and returns when all is done.
    package func finish() {
        queue.close()
        thread.join()
    }

    private static func milliseconds(since nanoseconds: Int64?) -> Double? {
        nanoseconds.map { Double(WallClock.nanoseconds - $0) / 1e6 }
    }
}

/// How an action ended.
struct ActionResult: Sendable, Equatable {
    var isAcknowledged: Bool
    var attempts: Int
    /// The answer, or what went wrong.
    var detail: String

    /// What is kept of an answer.
    static func shortened(_ text: String) -> String { String(text.prefix(500)) }
}
