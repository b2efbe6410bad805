import Actions
import Foundation
import Imaging
import Samples
import Session
import Synchronization
import Testing
import Triggers
import Wire
import ZeroMQ

@Suite("Rules at work")
struct TriggerSystemTests {
    static func rules(_ text: String) throws -> TriggerRules { try TriggerRules(Data(text.utf8), path: "rules") }

    static func provisional(_ events: ProvisionalUpdate.Found...) -> ProvisionalUpdate {
        ProvisionalUpdate(found: events, retracted: [], newestFrame: 100)
    }

    static func start(_ system: TriggerSystem) {
        system.seriesStarted(
            SeriesStart(
                context: TriggerSamples.context,
                size: FrameSize(height: 20, width: 100),
                firstFrame: 0,
                device: DeviceDescription(instructionSet: "any", processor: "any")
            )
        )
    }

    /// A system that runs `/bin/true`, and what it has published.
    final class Run: Sendable {
        let published = Mutex<[any WireMessage]>([])

        func system(isDryRun: Bool) throws -> TriggerSystem {
            let rules = try TriggerSystemTests.rules(
                """
                { rules: [
                    { name: "a", class: "wave", actions: [{ type: "command", program: "/bin/true", timeoutMs: 60000 }] },
                    { name: "b", class: "wave", armed: false },
                ] }
                """
            )
            let system = try TriggerSystem(rules, isDryRun: isDryRun, context: try ZeroMQContext()) { messages in
                self.published.withLock { $0 += messages }
            }
            TriggerSystemTests.start(system)
            return system
        }

        var topics: [Topic] { published.withLock { $0.map(\.topic) } }
    }

    @Test func firingsSuppressionsAndActionsArePublishedAndCounted() throws {
        let run = Run()
        let system = try run.system(isDryRun: false)
        system.announced(Self.provisional(TriggerSamples.found(1, newest: 100)))
        system.finish()
        #expect(run.topics.sorted { $0.rawValue < $1.rawValue } == [.triggerAction, .triggerFired, .triggerSuppressed])
        let counters = system.counters
        #expect(
            counters["a"] == TriggerCounters(isArmed: true, fired: 1, suppressed: 0, acknowledged: 1, failed: 0)
        )
        #expect(
            counters["b"] == TriggerCounters(isArmed: false, fired: 0, suppressed: 1, acknowledged: 0, failed: 0)
        )
        system.decided([TriggerSamples.finalEvent(1, newest: 300)])
        #expect(run.topics.last == .triggerOutcome)
        let ids = run.published.withLock { messages in
            messages.compactMap { message in
                (message as? TriggerMessage)?.triggerID ?? (message as? TriggerActionMessage)?.triggerID
                    ?? (message as? TriggerOutcomeMessage)?.triggerID
            }
        }
        #expect(ids.count == 3 && Set(ids).count == 1, "one identifier for the firing, its action and its outcome")
    }

    /// Series of two runs may have the same name; who remembers triggers must not take one for the other.
    @Test func anotherRunHasOtherIdentifiers() throws {
        let ids = try (0..<8).map { _ in
            let run = Run()
            let system = try run.system(isDryRun: true)
            system.announced(Self.provisional(TriggerSamples.found(1, newest: 100)))
            return try #require(run.published.withLock { ($0.first as? TriggerMessage)?.triggerID })
        }
        #expect(Set(ids).count > 1)
        #expect(ids.allSatisfy { $0.hasPrefix("a-67a4361dc5f9-000001-") })
    }

    @Test func aDryRunDecidesAndDoesNotAct() throws {
        let run = Run()
        let system = try run.system(isDryRun: true)
        system.announced(Self.provisional(TriggerSamples.found(1, newest: 100)))
        system.finish()
        #expect(run.topics == [.triggerFired, .triggerSuppressed])
        let isDryRun = run.published.withLock { ($0.first as? TriggerMessage)?.isDryRun }
        #expect(isDryRun == true)
    }

    struct Answer: Decodable {
        var ok: Bool
        var error: String?
        var rules: [String: TriggerCounters]
    }

    static func answer(to command: String, from socket: borrowing ZeroMQSocket) throws -> Answer {
        var message = ZeroMQMessage()
        try socket.send(command)
        let isThere = try socket.receive(into: &message)
        #expect(isThere)
        return try JSONDecoder().decode(Answer.self, from: Data(message.text(ofPart: 0).utf8))
    }

    @Test func commandsArmAndDisarm() throws {
        let run = Run()
        let context = try ZeroMQContext()
        let system = try run.system(isDryRun: true)
        let control = try TriggerControl(endpoint: "tcp://127.0.0.1:*", system: system, context: context)
        var options = ZeroMQSocketOptions()
        options.receiveTimeoutMilliseconds = 20_000
        let socket = try ZeroMQSocket(.request, in: context, options: options)
        try socket.connect(to: control.endpoint)
        var answers: [Answer] = []
        for command in ["status", "arm b", "disarm", "arm c", "explode"] {
            answers.append(try Self.answer(to: command, from: socket))
        }
        #expect(
            answers.map { $0.rules.mapValues(\.isArmed) }.prefix(3) == [
                ["a": true, "b": false], ["a": true, "b": true], ["a": false, "b": false],
            ]
        )
        #expect(answers.map(\.ok) == [true, true, true, false, false])
        #expect(answers[3].error == "no rule has the name 'c'")
        control.finish()
        #expect(run.topics == [.triggerArmed, .triggerDisarmed, .triggerDisarmed])
    }
}
