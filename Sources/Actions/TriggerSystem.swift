package import Imaging
package import Session
import Synchronization
package import Triggers
package import Wire
package import ZeroMQ

/// Rules at work in a live run: decides, acts, and publishes what was decided; safe to use from any thread.
///
/// Deciding is quick and happens on the caller's thread; actions have threads of their own. Actions are handed over
/// before anything is published, so that no disk delays them.
package final class TriggerSystem: Sendable {
    private let engine: Mutex<TriggerEngine>
    /// The series under way.
    private let series = Mutex<SeriesContext?>(nil)
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
    /// - Throws: `KeyError` if the keys of an action cannot be used, also in a dry run.
    package init(
        _ rules: TriggerRules,
        isDryRun: Bool,
        context: ZeroMQContext,
        publish: @escaping @Sendable ([any WireMessage]) -> Void
    ) throws {
        self.isDryRun = isDryRun
        self.publish = publish
        engine = Mutex(TriggerEngine(rules))
        let actions = actions
        var runners: [String: [ActionRunner]] = [:]
        for rule in rules.rules {
            guard !isDryRun else {
                for action in rule.actions { _ = try action.security }
                continue
            }
            runners[rule.name] = try rule.actions.map { action in
                try ActionRunner(action, context: context) { message in
                    actions.note(message)
                    publish([message])
                }
            }
        }
        self.runners = runners
    }

    package func seriesStarted(_ start: SeriesStart) {
        series.withLock { $0 = start.context }
        engine.withLock {
            $0.startSeries(
                firstFrame: start.firstFrame,
                frameIntervalMilliseconds: start.context.calibration.frameIntervalMilliseconds
            )
        }
    }

    /// Lets the rules hold off after missing frames.
    package func framesMissing(_ gap: Gap) {
        guard let context = series.withLock({ $0 }) else { return }
        engine.withLock {
            $0.noteGap(
                endFrame: gap.firstFrame + gap.frameCount,
                frameIntervalMilliseconds: context.calibration.frameIntervalMilliseconds
            )
        }
    }

    package func announced(_ update: ProvisionalUpdate) {
        guard let context = series.withLock({ $0 }) else { return }
        carryOut(
            engine.withLock { engine in
                update.found.flatMap { engine.take(Observation($0, in: context)) }
                    + update.retracted.flatMap {
                        engine.take(Withdrawal($0, newestFrame: update.newestFrame, in: context))
                    }
            }
        )
    }

    package func decided(_ events: [FinalEvent]) {
        guard let context = series.withLock({ $0 }) else { return }
        carryOut(engine.withLock { engine in events.flatMap { engine.take(Observation($0, in: context)) } })
    }

    /// Arms or disarms a rule, or all; the change is published.
    ///
    /// - Returns: false if no rule has the name.
    @discardableResult
    package func arm(_ isArmed: Bool, rule name: String? = nil) -> Bool {
        let changes = engine.withLock { $0.arm(isArmed, rule: name) }
        publish(changes.map { TriggerArmedMessage($0) })
        return !changes.isEmpty
    }

    /// Takes the regions that are drawn from now on.
    package func draw(_ regions: [DrawnRegion]) { engine.withLock { $0.draw(regions) } }

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
            case .fired(var firing):
                firing.triggerID += "-" + run
                var trigger = TriggerMessage(firing)
                trigger.isDryRun = isDryRun
                trigger.firedNanoseconds = WallClock.nanoseconds
                for runner in runners[trigger.rule] ?? [] { runner.submit(trigger) }
                messages.append(trigger)
            case .ended(var outcome):
                outcome.triggerID += "-" + run
                messages.append(TriggerOutcomeMessage(outcome))
            case .suppressed(let suppression): messages.append(TriggerSuppressedMessage(suppression))
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
