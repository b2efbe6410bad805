package import Detection
package import Imaging

/// How far a session is, and how fast.
package struct SessionProgress: Sendable {
    package var frameCount = 0
    package var windowCount = 0
    package var seriesCount = 0
    /// Most frames that ever waited at once; 0 where they come from a file.
    package var largestBacklog = 0
    /// Series that were left out, mostly because memory did not suffice for them.
    package var refusedSeriesCount = 0
    /// Frames in which there was no light.
    package private(set) var darkFrameCount = 0
    /// Final events by class.
    package var eventCounts: [EventClass: Int] = [:]
    /// What became of provisional events, by class; empty if there are none to announce.
    package private(set) var provisional: [EventClass: ProvisionalProgress] = [:]
    private var recordingMilliseconds = 0.0
    private var processing = Duration.zero

    /// - Parameter provisional: which events are announced before they are final.
    package init(provisional: ProvisionalPolicy = .off) {
        for eventClass in provisional.classes { self.provisional[eventClass] = ProvisionalProgress() }
    }

    /// Recording time per processing time over all windows that moved by whole strides; nil before the first.
    package var realTimeFactor: Double? {
        let milliseconds = processing / .milliseconds(1)
        return milliseconds > 0 ? recordingMilliseconds / milliseconds : nil
    }

    mutating func record(_ batch: DetectionBatch, stride: Int, frameIntervalMilliseconds: Double) {
        windowCount += 1
        darkFrameCount += batch.darkFrameCount
        for event in batch.events { eventCounts[event.eventClass, default: 0] += 1 }
        recordProvisional(batch, frameIntervalMilliseconds: frameIntervalMilliseconds)
        guard batch.newFrameCount == stride || batch.newFrameCount == 2 * stride else { return }
        recordingMilliseconds += Double(batch.newFrameCount) * frameIntervalMilliseconds
        processing += batch.durations.total
    }

    mutating func record(_ update: EarlyUpdate) { recordAnnouncements(update.provisional) }

    private mutating func recordAnnouncements(_ events: [ProvisionalEvent]) {
        for event in events where event.revision == 1 { provisional[event.eventClass]?.recordAnnouncement() }
    }

    private mutating func recordProvisional(_ batch: DetectionBatch, frameIntervalMilliseconds: Double) {
        recordAnnouncements(batch.provisional)
        for event in batch.retracted { provisional[event.eventClass]?.record(event.reason) }
        for (event, identity) in zip(batch.events, batch.identities) {
            guard let announcement = identity.announcement, announcement.eventClass == event.eventClass else {
                continue
            }
            let lead = Double(batch.newestFrame - announcement.newestFrame) * frameIntervalMilliseconds
            provisional[event.eventClass]?.recordConfirmation(leadMilliseconds: lead)
        }
    }
}
