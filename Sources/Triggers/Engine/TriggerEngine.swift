package import Imaging

/// Applies rules to what is known of events, in order.
///
/// Pure and deterministic: it knows the time of the recording only, so that a movie gives the same decisions as the
/// live run it was recorded from.
package struct TriggerEngine: Sendable {
    private var states: [RuleState]
    private var regions: [String: DrawnRegion] = [:]

    package init(_ rules: TriggerRules) {
        states = rules.rules.map(RuleState.init)
        draw(rules.regions)
    }

    /// Takes the regions that are drawn from now on.
    package mutating func draw(_ drawn: [DrawnRegion]) {
        regions = Dictionary(drawn.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// Every rule's state, in the order of the file.
    package var status: [TriggerStatus] { states.map(\.status) }

    /// Forgets the events of the last series; counts per series start anew.
    ///
    /// - Parameters:
    ///   - firstFrame: acquisition index of the first frame.
    ///   - frameIntervalMilliseconds: time from frame to frame.
    package mutating func startSeries(firstFrame: Int, frameIntervalMilliseconds: Double) {
        for index in states.indices {
            states[index].startSeries(atMilliseconds: Double(firstFrame) * frameIntervalMilliseconds)
        }
    }

    /// Takes note of missing frames, behind which rules hold off.
    package mutating func noteGap(endFrame: Int, frameIntervalMilliseconds: Double) {
        for index in states.indices {
            states[index].holdOff(fromMilliseconds: Double(endFrame) * frameIntervalMilliseconds)
        }
    }

    /// Takes what is known of an event now.
    package mutating func take(_ event: Observation) -> [TriggerDecision] {
        states.indices.flatMap { states[$0].take(event, in: regions) }
    }

    /// Takes that an event was taken back.
    package mutating func take(_ event: Withdrawal) -> [TriggerDecision] {
        states.indices.flatMap { states[$0].take(event) }
    }

    /// Arms or disarms a rule.
    ///
    /// - Parameters:
    ///   - isArmed: what it is to be.
    ///   - name: of the rule; nil for all.
    /// - Returns: the rules that were meant; none if no rule has the name.
    package mutating func arm(_ isArmed: Bool, rule name: String?) -> [ArmingChange] {
        states.indices.compactMap { index in
            guard name == nil || states[index].rule.name == name else { return nil }
            states[index].isArmed = isArmed
            return ArmingChange(rule: states[index].rule.name, isArmed: isArmed)
        }
    }
}
