package import Imaging
package import Wire

/// Events and recorded time from one protocol mark to the next.
package struct PhaseTally {
    /// From a mark, or the start, to the next mark.
    package struct Phase: Encodable, Equatable {
        package var label: String
        /// Series and frame of the mark; nil where no series was under way.
        package var seriesID: String?
        package var startFrame: Int?
        package var recordedMilliseconds = 0.0
        /// Final events that began in the phase, by class.
        package var events: [String: Int] = [:]

        package enum CodingKeys: String, CodingKey {
            case label
            case seriesID = "series_id"
            case startFrame = "start_frame"
            case recordedMilliseconds = "recorded_ms"
            case events
        }
    }

    /// Where an event began.
    package struct Onset: Sendable, Equatable {
        package var eventClass: EventClass
        package var seriesID: String
        package var startFrame: Int

        package init(_ eventClass: EventClass, seriesID: String, startFrame: Int) {
            self.eventClass = eventClass
            self.seriesID = seriesID
            self.startFrame = startFrame
        }
    }

    package private(set) var phases = [Phase(label: "start")]
    private var seriesIDs: [String] = []
    /// The last events counted: a mark may turn out to lie before some of them.
    private var recentEvents: [Onset] = []

    private static let recentEventLimit = 200
    private static let phaseLimit = 200
    private static let seriesLimit = 200

    package init() {}

    package mutating func seriesStarted(_ seriesID: String) {
        seriesIDs.append(seriesID)
        if seriesIDs.count > Self.seriesLimit { seriesIDs.removeFirst() }
    }

    /// Begins a phase.
    ///
    /// - Parameters:
    ///   - message: the mark.
    ///   - milliseconds: recorded since the mark's frame, which belong to the new phase.
    package mutating func mark(_ message: MarkMessage, milliseconds: Double = 0) {
        for event in recentEvents { recount(event, by: -1) }
        let late = min(milliseconds, phases[phases.count - 1].recordedMilliseconds)
        phases[phases.count - 1].recordedMilliseconds -= late
        phases.append(
            Phase(
                label: message.label,
                seriesID: message.seriesID,
                startFrame: message.frame,
                recordedMilliseconds: late
            )
        )
        for event in recentEvents { recount(event, by: 1) }
        if phases.count > Self.phaseLimit {
            phases.removeFirst()
            recentEvents = []
        }
    }

    package mutating func recorded(milliseconds: Double) {
        phases[phases.count - 1].recordedMilliseconds += milliseconds
    }

    /// Counts a final event in the phase in which it began.
    package mutating func count(_ event: Onset) {
        recount(event, by: 1)
        recentEvents.append(event)
        if recentEvents.count > Self.recentEventLimit { recentEvents.removeFirst() }
    }

    private mutating func recount(_ event: Onset, by change: Int) {
        let index = phases.lastIndex { hasBegun($0, inSeries: event.seriesID, frame: event.startFrame) } ?? 0
        let count = phases[index].events[event.eventClass.name, default: 0] + change
        phases[index].events[event.eventClass.name] = count == 0 ? nil : count
    }

    private func hasBegun(_ phase: Phase, inSeries seriesID: String, frame: Int) -> Bool {
        guard let markedSeries = phase.seriesID, let startFrame = phase.startFrame else {
            return phase.seriesID == nil
        }
        if markedSeries == seriesID { return startFrame <= frame }
        // The event's series began behind the mark's.
        return (seriesIDs.lastIndex(of: markedSeries) ?? -1) < (seriesIDs.lastIndex(of: seriesID) ?? .max)
    }
}
