/// How many events began within the time of a rule's rate.
///
/// Events become known in the order of decisions, not of their onsets, so the last onsets are kept whatever their age.
struct EventRate {
    private let rate: TriggerRule.Rate
    /// From early to late.
    private var onsets: [Double] = []
    /// Whether the rule has fired and the rate has not fallen since.
    private var isLatched = false
    /// Newest onset that the rule has fired for: earlier ones, however late they become known, belong to that burst.
    private var firedOnset = -Double.infinity

    private var mostOnsets: Int { 4 * rate.events + 64 }

    init(_ rate: TriggerRule.Rate) { self.rate = rate }

    /// Takes an event into account.
    ///
    /// - Returns: true if with it so many events as the rate asks for began within its time, and the rule has not fired
    ///   for them.
    mutating func count(onsetMilliseconds onset: Double) -> Bool {
        if isLatched, onset > firedOnset {
            let before = onsets.count { onset - $0 <= rate.withinMilliseconds && $0 <= onset }
            isLatched = before > rate.release
        }
        let place = onsets.firstIndex { $0 > onset } ?? onsets.endIndex
        onsets.insert(onset, at: place)
        let isDue = !isLatched && hasEnough(around: place)
        if onsets.count > mostOnsets { onsets.removeFirst() }
        return isDue
    }

    mutating func hasFired() {
        isLatched = true
        firedOnset = onsets.last ?? firedOnset
    }

    /// Whether the onset at a place is one of enough that lie within the time.
    private func hasEnough(around place: Int) -> Bool {
        let fresh = onsets.firstIndex { $0 > firedOnset } ?? onsets.endIndex
        let first = max(fresh, place - rate.events + 1)
        let last = min(place, onsets.count - rate.events)
        guard first <= last else { return false }
        return (first...last).contains { onsets[$0 + rate.events - 1] - onsets[$0] <= rate.withinMilliseconds }
    }
}
