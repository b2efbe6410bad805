package import Streams

/// Applies rules to what is said of events, in order.
///
/// Pure and deterministic: it knows the time of the recording only, so that a movie gives the same decisions as the
/// live run it was recorded from.
package struct TriggerEngine: Sendable {
    private var states: [RuleState]

    package init(_ rules: TriggerRules) { states = rules.rules.map(RuleState.init) }

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
    package mutating func take(_ event: EventMessage) -> [TriggerDecision] {
        let observation = Observation(event)
        return states.indices.flatMap { states[$0].take(observation) }
    }

    /// Takes that an event was taken back.
    package mutating func take(_ event: RetractedMessage) -> [TriggerDecision] {
        states.indices.flatMap { states[$0].take(event) }
    }

    /// Arms or disarms a rule.
    ///
    /// - Parameters:
    ///   - isArmed: what it is to be.
    ///   - name: of the rule; nil for all.
    /// - Returns: the rules that were meant; none if no rule has the name.
    package mutating func arm(_ isArmed: Bool, rule name: String?) -> [TriggerArmedMessage] {
        states.indices.compactMap { index in
            guard name == nil || states[index].rule.name == name else { return nil }
            states[index].isArmed = isArmed
            return TriggerArmedMessage(rule: states[index].rule.name, isArmed: isArmed)
        }
    }
}
