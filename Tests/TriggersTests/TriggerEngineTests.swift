import Detection
import Foundation
import Imaging
import Samples
import Testing
import Triggers

/// Rules against made-up events; frames are 10 ms apart.
@Suite("What rules make of events")
struct TriggerEngineTests {
    static func engine(_ rule: String) throws -> TriggerEngine {
        let json = Data("{ rules: [{ name: \"r\", class: \"wave\", \(rule) }] }".utf8)
        return TriggerEngine(try TriggerRules(json, path: "test"))
    }

    /// The decisions in short: `fired`, the reason of a suppression, or the outcome of an event.
    static func words(_ decisions: [TriggerDecision]) -> [String] {
        decisions.map { decision in
            switch decision {
            case .fired: "fired"
            case .suppressed(let message): message.reason.rawValue
            case .ended(let message): message.outcome.rawValue
            }
        }
    }

    @Test func anEventFiresOnceAndItsOutcomeIsTold() throws {
        var engine = try Self.engine("")
        let first = engine.take(TriggerSamples.event(newest: 100))
        guard case .fired(let trigger) = first.first else { throw Unexpected(first) }
        #expect(first.count == 1)
        // `printf series-1 | sha256sum` begins with these digits.
        #expect(trigger.triggerID == "r-67a4361dc5f9-000001" && trigger.count == 1)
        #expect(
            trigger.observation.startFrame == 90 && trigger.observation.newestFrame == 100
                && trigger.observation.lateMilliseconds == 100
        )
        // 1 pixel of 1 µm in 10 ms.
        #expect(trigger.observation.speedMicrometresPerSecond == 100)
        #expect(engine.take(TriggerSamples.event(newest: 132)).isEmpty)
        #expect(Self.words(engine.take(TriggerSamples.final(newest: 300))) == ["confirmed"])
        #expect(engine.take(TriggerSamples.final(newest: 300)).isEmpty)
    }

    @Test func falseAndPartialTriggersAreTold() throws {
        var engine = try Self.engine("")
        for number in 1...3 { _ = engine.take(TriggerSamples.event(number, newest: 100)) }
        #expect(Self.words(engine.take(TriggerSamples.retracted(1, newest: 300, .notConfirmed))) == ["retracted"])
        #expect(Self.words(engine.take(TriggerSamples.retracted(2, newest: 300, .merged(into: 9)))) == ["merged"])
        #expect(engine.take(TriggerSamples.retracted(3, newest: 300, .reclassified(as: .puff))).isEmpty)
        #expect(Self.words(engine.take(TriggerSamples.final(3, .puff, newest: 300))) == ["reclassified"])
    }

    @Test func otherClassesAndTiersAreNotLookedAt() throws {
        var engine = try Self.engine("")
        #expect(engine.take(TriggerSamples.event(1, .puff, newest: 100)).isEmpty)
        #expect(engine.take(TriggerSamples.final(2, newest: 100)).isEmpty)
        var final = try Self.engine("tier: \"final\"")
        #expect(final.take(TriggerSamples.event(newest: 100)).isEmpty)
        #expect(Self.words(final.take(TriggerSamples.final(newest: 300))) == ["fired", "confirmed"])
        var either = try Self.engine("tier: \"any\"")
        #expect(Self.words(either.take(TriggerSamples.event(newest: 100))) == ["fired"])
        #expect(Self.words(either.take(TriggerSamples.final(newest: 300))) == ["confirmed"])
        #expect(Self.words(either.take(TriggerSamples.final(2, newest: 300))) == ["fired", "confirmed"])
    }

    @Test(arguments: [
        ("confidence: 0.95", "confidence 0.9 below 0.95"), ("areaUm2: 101", "area 100.0 µm2 below 101.0 µm2"),
        ("speedUmPerS: 101", "speed 100.0 µm/s below 101.0 µm/s"), ("durationMs: 60", "duration 50.0 ms below 60.0 ms"),
        ("regionPx: [0, 90, 20, 100]", "outside of the region [0, 90, 20, 100]"),
        ("cell: 2", "in cell 1, cell 2 wanted"),
    ])
    func everyThresholdHoldsBackAndSaysWhy(rule: String, detail: String) throws {
        var engine = try Self.engine(rule)
        #expect(engine.take(TriggerSamples.event(newest: 100)).isEmpty)
        let decisions = engine.take(TriggerSamples.final(newest: 300))
        guard case .suppressed(let message) = decisions.first else { throw Unexpected(decisions) }
        #expect(message.reason == .belowThreshold && message.detail == detail)
    }

    @Test(arguments: [
        "confidence: 0.9", "areaUm2: 100", "speedUmPerS: 100", "durationMs: 50", "regionPx: [19, 89, 30, 95]",
        "cell: 1",
    ])
    func aThresholdThatIsJustReachedLetsPass(rule: String) throws {
        var engine = try Self.engine(rule)
        #expect(Self.words(engine.take(TriggerSamples.event(newest: 100))) == ["fired"])
    }

    /// What may be movement of the cell does not count while it is flagged, live, from file and from a journal.
    @Test func whatMayBeMovementDoesNotCount() throws {
        var engine = try Self.engine("motion: false")
        let flagged = Observation(TriggerSamples.found(newest: 100, flags: [.motion]), in: TriggerSamples.context)
        #expect(flagged.mayBeMovement && engine.take(flagged).isEmpty)
        let decisions = engine.take(TriggerSamples.retracted(newest: 300, .notConfirmed))
        guard case .suppressed(let message) = decisions.first else { throw Unexpected(decisions) }
        #expect(message.reason == .belowThreshold)
        #expect(message.detail == "flagged motion: it may be movement of the cell")
        #expect(Self.words(engine.take(TriggerSamples.event(2, newest: 100))) == ["fired"])
        for rule in ["", "motion: true"] {
            var engine = try Self.engine(rule)
            #expect(Self.words(engine.take(flagged)) == ["fired"])
        }
    }

    @Test func aSpeedThatIsNotKnownDoesNotPass() throws {
        var engine = try Self.engine("speedUmPerS: 1")
        #expect(engine.take(TriggerSamples.event(newest: 100, speed: nil)).isEmpty)
        #expect(Self.words(engine.take(TriggerSamples.event(newest: 132))) == ["fired"])
    }

    /// The speed lies between two values: the rule waits until both exceed the limit, and says what it waited for.
    @Test func aSpeedThatIsNotSureIsWaitedFor() throws {
        var engine = try Self.engine("speedUmPerS: 80")
        #expect(engine.take(TriggerSamples.event(newest: 100, speed: 1, speedRange: 0.5...1.5)).isEmpty)
        #expect(
            Self.words(engine.take(TriggerSamples.event(newest: 108, speed: 1, speedRange: 0.8...1.2))) == ["fired"]
        )
        for (range, detail) in [
            (0.5...1.5, "speed 50.0 to 150.0 µm/s, not surely 80.0 µm/s"),
            (0.5...0.7, "speed 50.0 to 70.0 µm/s, below 80.0 µm/s"),
        ] {
            engine = try Self.engine("speedUmPerS: 80")
            #expect(engine.take(TriggerSamples.event(newest: 100, speed: 0.6, speedRange: range)).isEmpty)
            let decisions = engine.take(TriggerSamples.retracted(newest: 300, .notConfirmed))
            guard case .suppressed(let message) = decisions.first else { throw Unexpected(decisions) }
            #expect(message.reason == .belowThreshold && message.detail == detail)
        }
    }

    /// The dwell of 600 ms takes two strides of 320 ms, in which the confidence may fall to 0.5, but not below.
    @Test(arguments: [
        ([0.9, 0.9, 0.9], ["fired"]), ([0.9, 0.5, 0.5], ["fired"]), ([0.7, 0.9, 0.9], []),
        ([0.9, 0.4, 0.9, 0.9], []), ([0.9, 0.4, 0.9, 0.9, 0.9], ["fired"]),
    ])
    func dwellAndHysteresis(confidences: [Double], expected: [String]) throws {
        var engine = try Self.engine("confidence: { on: 0.8, off: 0.5 }, dwellMs: 600")
        var decisions: [TriggerDecision] = []
        for (index, confidence) in confidences.enumerated() {
            decisions += engine.take(TriggerSamples.event(newest: 100 + 32 * index, confidence: confidence))
        }
        #expect(Self.words(decisions) == expected)
        let end = Self.words(engine.take(TriggerSamples.retracted(newest: 900, .notConfirmed)))
        #expect(end == (expected.isEmpty ? ["dwell"] : ["retracted"]))
    }

    @Test func theDwellOfAFinalEventIsItsDuration() throws {
        var engine = try Self.engine("tier: \"final\", dwellMs: 500")
        #expect(Self.words(engine.take(TriggerSamples.final(1, newest: 300, frames: 49))) == ["dwell"])
        #expect(Self.words(engine.take(TriggerSamples.final(2, newest: 300, frames: 50))) == ["fired", "confirmed"])
    }

    @Test func refractoryTimeAndMaximumCount() throws {
        var engine = try Self.engine("refractoryMs: 1000, maximumCount: 2")
        #expect(Self.words(engine.take(TriggerSamples.event(1, newest: 100))) == ["fired"])
        #expect(Self.words(engine.take(TriggerSamples.event(2, newest: 199))) == ["refractory"])
        #expect(Self.words(engine.take(TriggerSamples.event(3, newest: 200))) == ["fired"])
        #expect(Self.words(engine.take(TriggerSamples.event(4, newest: 400))) == ["maximum_count"])
        #expect(engine.take(TriggerSamples.final(4, newest: 600)).isEmpty, "said once")
        engine.startSeries(firstFrame: 0, frameIntervalMilliseconds: 10)
        #expect(Self.words(engine.take(TriggerSamples.event(5, newest: 10))) == ["fired"])
        #expect(engine.status.map { [$0.fired, $0.suppressed] } == [[3, 2]])
    }

    @Test func holdOffAfterTheStartAndAfterAGap() throws {
        var engine = try Self.engine("holdOffMs: 500")
        engine.startSeries(firstFrame: 1000, frameIntervalMilliseconds: 10)
        #expect(Self.words(engine.take(TriggerSamples.event(1, newest: 1049))) == ["hold_off"])
        #expect(Self.words(engine.take(TriggerSamples.event(2, newest: 1050))) == ["fired"])
        engine.noteGap(endFrame: 1100, frameIntervalMilliseconds: 10)
        #expect(Self.words(engine.take(TriggerSamples.event(3, newest: 1149))) == ["hold_off"])
        #expect(Self.words(engine.take(TriggerSamples.event(4, newest: 1150))) == ["fired"])
    }

    @Test func armedAndDisarmed() throws {
        var engine = try Self.engine("armed: false")
        #expect(Self.words(engine.take(TriggerSamples.event(1, newest: 100))) == ["disarmed"])
        #expect(engine.arm(true, rule: "another").isEmpty)
        #expect(engine.arm(true, rule: "r") == [ArmingChange(rule: "r", isArmed: true)])
        #expect(engine.take(TriggerSamples.event(1, newest: 132)).isEmpty, "an event is decided once")
        #expect(Self.words(engine.take(TriggerSamples.event(2, newest: 132))) == ["fired"])
        #expect(engine.arm(false, rule: nil) == [ArmingChange(rule: "r", isArmed: false)])
        #expect(Self.words(engine.take(TriggerSamples.event(3, newest: 164))) == ["disarmed"])
    }

    /// Three events within 1 s fire; then the rate has to fall to one before it can fire again.
    @Test func aRateFiresOnceUntilItHasFallen() throws {
        var engine = try Self.engine("rate: { events: 3, withinMs: 1000, release: 1 }")
        let times = [0, 90, 100, 110, 120, 180, 290, 300, 310, 320]
        let fired = times.enumerated().filter { index, newest in
            Self.words(engine.take(TriggerSamples.event(index, newest: newest + 1060, start: newest + 1000))) == [
                "fired"
            ]
        }
        // 0, 90 and 100 lie within 100 frames; by 290 all of the burst is gone, and 290, 300 and 310 are the next one.
        #expect(fired.map(\.element) == [100, 310])
    }

    /// Decisions come a stride at a time; what counts is when the events began.
    @Test func aRateCountsOnsetsNotDecisions() throws {
        var engine = try Self.engine("rate: { events: 3, withinMs: 100, release: 0 }")
        let apart = [100, 120, 140].enumerated().flatMap { index, start in
            engine.take(TriggerSamples.event(index, newest: 160, start: start))
        }
        #expect(apart.isEmpty)
        let late = [115, 110].enumerated().flatMap { index, start in
            engine.take(TriggerSamples.event(3 + index, newest: 192, start: start))
        }
        #expect(Self.words(late) == ["fired"], "110, 115 and 120 began within 100 ms")
    }

    @Test(arguments: [(0, 105), (1, 105), (1, 50)])
    func aStragglerOfABurstDoesNotFireAgain(release: Int, straggler: Int) throws {
        var engine = try Self.engine("rate: { events: 3, withinMs: 1000, release: \(release) }")
        let decisions = [110, 120, 130, straggler, 140].enumerated().flatMap { index, start in
            engine.take(TriggerSamples.event(index, newest: 300, start: start))
        }
        #expect(Self.words(decisions) == ["fired"])
    }

    @Test func aRateThatIsReachedWhileARuleHoldsOffFiresAfterwards() throws {
        var engine = try Self.engine("rate: { events: 2, withinMs: 500, release: 0 }, holdOffMs: 1000")
        engine.startSeries(firstFrame: 0, frameIntervalMilliseconds: 10)
        let decisions = stride(from: 20, through: 140, by: 20).enumerated().flatMap { index, start in
            engine.take(TriggerSamples.event(index, newest: start + 10, start: start))
        }
        #expect(Self.words(decisions) == ["hold_off", "hold_off", "hold_off", "fired"])
    }

    struct Unexpected: Error, CustomStringConvertible {
        let description: String
        init(_ decisions: [TriggerDecision]) { description = "\(decisions)" }
    }

    // MARK: Regions

    /// The centre of the made-up events lies at row 10, column 50.
    @Test func anEventCountsInTheRegionOfItsCentre() throws {
        let rule = "tier: \"any\", region: \"here\""
        func drawn(_ box: [Double]) throws -> DrawnRegion {
            try DrawnRegion(name: "here", rectangle: box, polygon: nil)
        }
        for (box, word) in [([10, 50, 11, 51], "fired"), ([10, 51, 20, 90], "below_threshold")] as [([Double], String)]
        {
            var engine = try Self.engine(rule)
            engine.draw([try drawn(box)])
            #expect(Self.words(engine.take(TriggerSamples.final(newest: 300))).first == word)
        }
        // Without the region nothing fires, and the reason is told; once it is drawn, the next word on the event does.
        var engine = try Self.engine(rule)
        #expect(engine.take(TriggerSamples.event(newest: 100)).isEmpty)
        engine.draw([try drawn([0, 0, 20, 90])])
        #expect(Self.words(engine.take(TriggerSamples.event(newest: 132))) == ["fired"])
        engine.draw([])
        #expect(engine.take(TriggerSamples.event(2, newest: 100)).isEmpty)
        let last = engine.take(TriggerSamples.final(2, newest: 300))
        guard case .suppressed(let suppression) = last.first else { throw Unexpected(last) }
        #expect(suppression.reason == .belowThreshold && suppression.detail == "no region 'here' is drawn")
    }

    @Test func theFileOfTheRulesMayDrawRegionsItself() throws {
        let json = """
            { rules: [{ name: "r", class: "wave", region: "here" }, { name: "s", class: "wave", region: "there" }],
              regions: [{ name: "here", polygonPx: [[0, 40], [0, 60], [30, 50]] }] }
            """
        let rules = try TriggerRules(Data(json.utf8), path: "test")
        var engine = TriggerEngine(rules)
        #expect(Self.words(engine.take(TriggerSamples.event(newest: 100))) == ["fired"])
        #expect(rules.missing(in: rules.regions).map(\.rule) == ["s"])
        #expect(throws: TriggerError.notDrawn(rule: "s", region: "there")) { try rules.checkDrawn(rules.regions) }
    }
}
