import Detection
package import Imaging
package import Session

/// A provisional event that did not become final as what it was announced.
package struct RetractedMessage: WireMessage {
    /// Why the event was taken back.
    package enum Reason: String, Codable, Sendable {
        /// No final event is there.
        case notConfirmed = "not_confirmed"
        /// It turned out to be a part of another event.
        case merged
        /// It is final under another class, with the same identifier and a higher revision.
        case reclassified
    }

    package var eventID: String
    package var revision: Int
    package var state = EventState.retracted
    /// What it was announced as.
    package var eventType: String
    package var reason: Reason
    /// The event that it is a part of.
    @NullEncoded package var mergedInto: String?
    /// The class of the final event.
    @NullEncoded package var finalType: String?
    package var stream: String
    package var sourceNode: String
    package var seriesID: String
    package var startFrame: Int
    package var endFrame: Int
    /// The newest frame that the decision needed.
    package var newestFrame: Int

    package var eventClass: EventClass? { EventClass.allCases.first { $0.name == eventType } }

    package var topic: Topic { Topic(eventClass ?? .spark, .retracted) }

    init(_ event: RetractedEvent, newestFrame: Int, in context: SeriesContext) {
        eventID = context.eventID(number: event.number)
        revision = event.revision
        eventType = event.eventClass.name
        mergedInto = nil
        finalType = nil
        switch event.reason {
        case .notConfirmed:
            reason = .notConfirmed
        case .merged(let number):
            reason = .merged
            mergedInto = context.eventID(number: number)
        case .reclassified(let eventClass):
            reason = .reclassified
            finalType = eventClass.name
        }
        stream = context.stream
        sourceNode = context.sourceNode
        seriesID = context.seriesID
        startFrame = event.startFrame
        endFrame = event.endFrame
        self.newestFrame = newestFrame
    }

    enum CodingKeys: String, CodingKey {
        case eventID = "event_id"
        case revision = "rev"
        case state
        case eventType = "event_type"
        case reason
        case mergedInto = "merged_into"
        case finalType = "final_type"
        case stream
        case sourceNode = "source_node"
        case seriesID = "series_id"
        case startFrame = "frame_start"
        case endFrame = "frame_end"
        case newestFrame = "frame_newest"
    }
}
