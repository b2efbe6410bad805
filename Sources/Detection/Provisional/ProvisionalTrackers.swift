import Imaging

/// The two that follow events before they are final.
///
/// One does so through the side output, every few frames; the other in the newest frames at full resolution, window after
/// window. Their events share one series of numbers.
struct ProvisionalTrackers: Sendable {
    private(set) var early: ProvisionalTracker
    private(set) var fine: ProvisionalTracker
    private let earlyClasses: Set<EventClass>
    /// Number of the last event, announced or final.
    private(set) var lastNumber: Int

    init(early: ProvisionalTracker, earlyClasses: Set<EventClass>, fine: ProvisionalTracker, lastNumber: Int) {
        self.early = early
        self.earlyClasses = earlyClasses
        self.fine = fine
        self.lastNumber = lastNumber
    }

    /// Starts anew behind a break.
    mutating func startSegment(origin: Int) {
        early.startSegment(origin: origin)
        fine.startSegment(origin: origin)
    }

    /// Takes up the next frames at full resolution.
    mutating func push(fine mask: ClassMask, first: Int) { fine.push(mask, first: first) }

    /// Takes up the next frames as the side output sees them, and tells what is new.
    mutating func push(early mask: ClassMask, first: Int, decided: Int, newestFrame: Int) -> [ProvisionalEvent] {
        early.push(mask, first: first)
        return numbered(\.early) { $0.announce(decided: decided, newestFrame: newestFrame) }
    }

    /// What is new at full resolution.
    mutating func announce(decided: Int, newestFrame: Int) -> [ProvisionalEvent] {
        numbered(\.fine) { $0.announce(decided: decided, newestFrame: newestFrame) }
    }

    /// The identity of a final event: that of the track that became it, one of its own class first, or a new one.
    mutating func identity(of instance: Instance) -> EventIdentity {
        let trackers: [WritableKeyPath<Self, ProvisionalTracker>] =
            earlyClasses.contains(instance.eventClass) ? [\.early, \.fine] : [\.fine, \.early]
        var announcement: ProvisionalTrack.Announcement?
        for tracker in trackers {
            if let announcement {
                self[keyPath: tracker].end(partsOf: instance, mergedInto: announcement.number)
            } else {
                announcement = self[keyPath: tracker].confirm(instance)
            }
        }
        guard let announcement else {
            lastNumber += 1
            return EventIdentity(number: lastNumber)
        }
        return EventIdentity(
            number: announcement.number,
            revision: announcement.revision + 1,
            announcement: announcement.first
        )
    }

    /// Takes back what can no longer become final.
    mutating func retract(decided: Int, open isOpen: (BoundingBox) -> Bool) -> [RetractedEvent] {
        early.retract(decided: decided, open: isOpen) + fine.retract(decided: decided, open: isOpen)
    }

    /// Takes back everything that was announced, because the segment is over.
    mutating func finish() -> [RetractedEvent] { early.finish() + fine.finish() }

    private mutating func numbered<Value>(
        _ tracker: WritableKeyPath<Self, ProvisionalTracker>,
        _ body: (inout ProvisionalTracker) -> Value
    ) -> Value {
        self[keyPath: tracker].lastNumber = lastNumber
        defer { lastNumber = self[keyPath: tracker].lastNumber }
        return body(&self[keyPath: tracker])
    }
}
