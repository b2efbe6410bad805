import Foundation
package import Imaging

/// What somebody at the live page made of a final event: that it is none, of another class, or as it was found.
package struct CorrectionMessage: WireMessage {
    package enum Action: String, Codable, Sendable, CaseIterable {
        /// It is none.
        case reject
        /// It is of another class.
        case retype
        /// It is as it was found, after all.
        case restore
    }

    package var seriesID: String
    package var eventID: String
    package var action: Action
    /// The name of the class that was found.
    package var foundType: String
    /// The name of the class from now on; null for none.
    @NullEncoded package var eventType: String?
    /// Acquisition index of the event's first frame.
    package var startFrame: Int
    /// Who did it.
    package var reviewer: String

    package var topic: Topic { .correction }

    package init(
        seriesID: String,
        eventID: String,
        action: Action,
        foundType: EventClass,
        eventType: EventClass?,
        startFrame: Int,
        reviewer: String
    ) {
        self.seriesID = seriesID
        self.eventID = eventID
        self.action = action
        self.foundType = foundType.name
        self.startFrame = startFrame
        self.reviewer = reviewer
        self.eventType = eventType?.name
    }

    enum CodingKeys: String, CodingKey {
        case seriesID = "series_id"
        case eventID = "event_id"
        case action
        case foundType = "event_type_found"
        case eventType = "event_type"
        case startFrame = "frame_start"
        case reviewer
    }

    /// In words, for people.
    package var text: String {
        switch action {
        case .reject: "event \(eventID) (\(foundType)) is none, says \(reviewer)"
        case .retype: "event \(eventID) (\(foundType)) is a \(eventType ?? "-"), says \(reviewer)"
        case .restore: "event \(eventID) is a \(foundType) after all, says \(reviewer)"
        }
    }
}
