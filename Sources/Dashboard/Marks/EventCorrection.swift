package import Imaging
import Wire

/// What a viewer makes of an event.
package struct EventCorrection: Sendable, Equatable {
    package enum Verdict: Sendable, Equatable {
        case reject
        case retype(EventClass)
        case restore
    }

    package var eventID: String
    package var verdict: Verdict

    /// Longest identifier of an event, in bytes.
    static let longestID = 64

    package init(_ verdict: Verdict, of eventID: String) {
        self.eventID = eventID
        self.verdict = verdict
    }

    /// Nil for anything that is no correction.
    ///
    /// - Parameters:
    ///   - action: As messages name it.
    ///   - eventID: Of a published event.
    ///   - eventType: Name of a class, to retype.
    init?(action: String, eventID: String?, eventType: String?) {
        guard let eventID, (1...Self.longestID).contains(eventID.utf8.count),
            let action = CorrectionMessage.Action(rawValue: action)
        else { return nil }
        switch action {
        case .reject: self.init(.reject, of: eventID)
        case .restore: self.init(.restore, of: eventID)
        case .retype:
            guard let eventClass = EventClass.allCases.first(where: { $0.name == eventType }) else { return nil }
            self.init(.retype(eventClass), of: eventID)
        }
    }
}

/// The final events of the recording under way, and what viewers made of them; the newest of them, so that memory is bounded.
struct CorrectableEvents {
    struct Event {
        let onset: PhaseTally.Onset
        /// Nil for one that is none.
        var eventClass: EventClass?
    }

    private var events: [String: Event] = [:]
    /// From old to new.
    private var order: [String] = []

    static let limit = 2000

    subscript(eventID: String) -> Event? { events[eventID] }

    mutating func add(_ onset: PhaseTally.Onset, eventID: String) {
        if events.updateValue(Event(onset: onset, eventClass: onset.eventClass), forKey: eventID) == nil {
            order.append(eventID)
        }
        // Half at a time, so that a full list costs little.
        guard order.count > 2 * Self.limit else { return }
        for old in order.prefix(order.count - Self.limit) { events[old] = nil }
        order.removeFirst(order.count - Self.limit)
    }

    mutating func change(_ eventID: String, to eventClass: EventClass?) { events[eventID]?.eventClass = eventClass }
}
