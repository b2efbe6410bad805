import Detection

/// What has become of the provisional events of one class so far.
package struct ProvisionalProgress: Sendable {
    /// Events announced.
    package private(set) var announced = 0
    /// Those that are final under the same class.
    package private(set) var confirmed = 0
    /// Those that are final under another class.
    package private(set) var reclassified = 0
    /// Those that were parts of other events.
    package private(set) var merged = 0
    /// Those without a final event.
    package private(set) var retracted = 0
    private var leads = LatencyHistogram(capacity: 1024)

    package init() {}

    mutating func recordAnnouncement() { announced += 1 }

    /// - Parameter leadMilliseconds: time from the first announcement to the decision, in the recording.
    mutating func recordConfirmation(leadMilliseconds: Double) {
        confirmed += 1
        leads.record(milliseconds: leadMilliseconds)
    }

    mutating func record(_ reason: RetractedEvent.Reason) {
        switch reason {
        case .notConfirmed: retracted += 1
        case .merged: merged += 1
        case .reclassified: reclassified += 1
        }
    }

    /// Half of the confirmed events were announced at least so long before they were final, in ms of the recording; nil
    /// before the first.
    package var medianLeadMilliseconds: Double? { leads.percentile(50) }
}
