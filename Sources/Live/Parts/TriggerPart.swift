import Actions
import Detection
package import Imaging
import Session
import Synchronization
package import Triggers
package import Wire
package import ZeroMQ

/// Rules that act on events, before anything else is done with these.
package final class TriggerPart: ActingPart, SpeakingPart, RegionWatchingPart {
    package let rules: TriggerRules
    private let isDryRun: Bool
    private let controlEndpoint: String?
    private let security: SocketSecurity
    private let context: ZeroMQContext
    private let parts = Mutex<Running?>(nil)

    private struct Running {
        let system: TriggerSystem
        let control: TriggerControl?
    }

    /// - Parameters:
    ///   - rules: what to do when.
    ///   - isDryRun: decide and publish, but do not act.
    ///   - controlEndpoint: where to take commands, as in `tcp://127.0.0.1:5558`; nil for nowhere.
    ///   - security: who may command.
    ///   - context: the ZeroMQ library.
    package init(
        _ rules: TriggerRules,
        isDryRun: Bool,
        controlEndpoint: String?,
        security: SocketSecurity = .none,
        context: ZeroMQContext
    ) {
        self.rules = rules
        self.isDryRun = isDryRun
        self.controlEndpoint = controlEndpoint
        self.security = security
        self.context = context
    }

    /// Starts the threads of the actions, and to listen for commands.
    ///
    /// - Throws: `KeyError` if the keys of an action cannot be used, `StreamError` if the endpoint cannot be listened on.
    package func speak(through desk: any LiveDesk) throws {
        let system = try TriggerSystem(rules, isDryRun: isDryRun, context: context) { [weak desk] messages in
            desk?.publish(messages)
            for message in messages { desk?.show(trigger: message) }
        }
        let control = try controlEndpoint.map { endpoint in
            try TriggerControl(endpoint: endpoint, security: security, system: system, context: context)
        }
        parts.withLock { $0 = Running(system: system, control: control) }
    }

    /// Arms or disarms a rule at once.
    package func arm(_ isArmed: Bool, rule: String) { system?.arm(isArmed, rule: rule) }

    /// Takes the regions that are drawn from now on.
    package func regionsChanged(_ regions: [DrawnRegion]) { system?.draw(regions) }

    package func makeFollower() -> (any LiveFollower)? { system.map(TriggerFollower.init) }

    package func count(in counters: inout RunCounters) { counters.triggers = system?.counters }

    package func finish() {
        let running = parts.withLock { $0 }
        running?.control?.finish()
        running?.system.finish()
    }

    private var system: TriggerSystem? { parts.withLock { $0?.system } }
}

/// Lets rules see what detection finds.
private final class TriggerFollower: LiveFollower {
    private let system: TriggerSystem

    init(_ system: TriggerSystem) { self.system = system }

    func seriesStarted(_ start: SeriesStart) { system.seriesStarted(start) }
    func announced(_ update: ProvisionalUpdate) { system.announced(update) }
    func decided(_ batch: DetectionBatch, _ events: [FinalEvent]) { system.decided(events) }
    func framesMissing(_ gap: Gap) { system.framesMissing(gap) }
}
