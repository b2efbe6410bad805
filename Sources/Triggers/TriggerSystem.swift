package import Streams
import Synchronization

/// Rules at work in a live run: decides, acts, and publishes what was decided; safe to use from any thread.
///
/// Deciding is quick and happens on the caller's thread; actions have threads of their own. Actions are handed over
/// before anything is published, so that no disk delays them.
package final class TriggerSystem: Sendable {
    private let engine: Mutex<TriggerEngine>
    /// Runners by name of the rule; none in a dry run.
    private let runners: [String: [ActionRunner]]
    private let actions = ActionCounts()
    private let isDryRun: Bool
    /// Behind every identifier: series, and so events, may be named as in an earlier run, whose triggers peers remember.
    private let run = String(UInt16.random(in: .min ... .max), radix: 16)
    private let publish: @Sendable ([any WireMessage]) -> Void

    /// Starts a thread for every action, unless nothing is to be done in earnest.
    ///
    /// - Parameters:
    ///   - rules: what to do when.
    ///   - isDryRun: decide and publish, but do not act.
    ///   - context: the ZeroMQ library.
    ///   - publish: takes messages for journal and subscribers; must not wait.
    package init(
        _ rules: TriggerRules,
        isDryRun: Bool,
        context: ZeroMQContext,
        publish: @escaping @Sendable ([any WireMessage]) -> Void
    ) {
        self.isDryRun = isDryRun
        self.publish = publish
        engine = Mutex(TriggerEngine(rules))
        let actions = actions
        var runners: [String: [ActionRunner]] = [:]
        for rule in rules.rules where !isDryRun {
            runners[rule.name] = rule.actions.map { action in
                ActionRunner(action, context: context) { message in
                    actions.note(message)
                    publish([message])
                }
            }
        }
        self.runners = runners
    }

    package func seriesStarted(_ message: SeriesStartMessage) {
        engine.withLock {
            $0.startSeries(
                firstFrame: message.firstFrame,
                frameIntervalMilliseconds: message.frameIntervalMilliseconds
            )
        }
    }

    /// Lets the rules hold off behind missing frames.
    package func framesMissing(_ message: GapMessage, frameIntervalMilliseconds: Double) {
        engine.withLock {
            $0.noteGap(
                endFrame: message.firstFrame + message.frameCount,
                frameIntervalMilliseconds: frameIntervalMilliseconds
            )
        }
    }

    package func announced(_ messages: ProvisionalMessages) {
        carryOut(
            engine.withLock { engine in
                messages.found.flatMap { engine.take($0) } + messages.retracted.flatMap { engine.take($0) }
            }
        )
    }

    package func decided(_ messages: [EventMessage]) {
        carryOut(engine.withLock { engine in messages.flatMap { engine.take($0) } })
    }

    /// Arms or disarms a rule, or all; the change is published.
    ///
    /// - Returns: false if no rule has the name.
    @discardableResult
    package func arm(_ isArmed: Bool, rule name: String? = nil) -> Bool {
        let messages = engine.withLock { $0.arm(isArmed, rule: name) }
        publish(messages)
        return !messages.isEmpty
    }

    /// What the rules have done so far, by name, for heartbeats.
    package var counters: [String: TriggerCounters] {
        let status = engine.withLock { $0.status }
        return Dictionary(
            uniqueKeysWithValues: status.map { status in
                let (acknowledged, failed) = actions.counts(ofRule: status.rule)
                return (
                    status.rule,
                    TriggerCounters(
                        isArmed: status.isArmed,
                        fired: status.fired,
                        suppressed: status.suppressed,
                        acknowledged: acknowledged,
                        failed: failed
                    )
                )
            }
        )
    }

    /// Carries out what waits, and returns when all is done.
    package func finish() {
        for runner in runners.values.joined() { runner.finish() }
    }

    private func carryOut(_ decisions: [TriggerDecision]) {
        guard !decisions.isEmpty else { return }
        var messages: [any WireMessage] = []
        for decision in decisions {
            switch decision {
            case .fired(var trigger):
                trigger.triggerID += "-" + run
                trigger.isDryRun = isDryRun
                trigger.firedNanoseconds = WallClock.nanoseconds
                for runner in runners[trigger.rule] ?? [] { runner.submit(trigger) }
                messages.append(trigger)
            case .ended(var outcome):
                outcome.triggerID += "-" + run
                messages.append(outcome)
            case .suppressed(let message): messages.append(message)
            }
        }
        publish(messages)
    }
}

/// Ended actions by rule.
private final class ActionCounts: Sendable {
    private let counts = Mutex<[String: (acknowledged: Int, failed: Int)]>([:])

    func note(_ message: TriggerActionMessage) {
        counts.withLock { counts in
            if message.outcome == .acknowledged {
                counts[message.rule, default: (0, 0)].acknowledged += 1
            } else {
                counts[message.rule, default: (0, 0)].failed += 1
            }
        }
    }

    func counts(ofRule name: String) -> (acknowledged: Int, failed: Int) {
        counts.withLock { $0[name] ?? (0, 0) }
    }
}
