package import Foundation
package import Imaging
import Wire

/// What a viewer wants of a trigger rule.
package struct TriggerArming: Sendable, Equatable {
    package var rule: String
    package var isArmed: Bool

    package init(rule: String, isArmed: Bool) {
        self.rule = rule
        self.isArmed = isArmed
    }
}

/// What a viewer asks for.
package enum ViewerCommand: Equatable {
    /// Set a mark with this label: `{"command":"mark","label":"ISO 100 nM"}`, at a frame that was seen before with
    /// `"series_id":"7f0c","frame":4711`.
    case mark(label: String, at: MarkPlace?)
    /// Arm or disarm a trigger rule: `{"command":"disarm","rule":"wave"}`, or `arm`.
    case arm(TriggerArming)
    /// Draw a region, or take one away: `{"command":"draw","name":"nucleus","rectangle_px":[0,10,64,90]}`, or `polygon_px`
    /// with `[[y,x],...]`; `{"command":"erase","name":"nucleus"}`.
    case draw(RegionChange)
    /// Take an event for none, or for one of another class:
    /// `{"command":"correct","action":"retype","event_id":"7f0c12ab93de-000012","event_type":"puff"}`, or `reject`, `restore`.
    case correct(EventCorrection)

    private static let longestRuleName = 256

    /// Nil for anything that is no command.
    package init?(_ json: Data) {
        struct Content: Decodable {
            let command: String
            let label: String?
            let seriesID: String?
            let frame: Int?
            let rule: String?
            let name: String?
            let rectangle: [Double]?
            let polygon: [[Double]]?
            let action: String?
            let eventID: String?
            let eventType: String?

            enum CodingKeys: String, CodingKey {
                case command, label, frame, rule, name, action
                case rectangle = "rectangle_px"
                case polygon = "polygon_px"
                case seriesID = "series_id"
                case eventID = "event_id"
                case eventType = "event_type"
            }
        }
        guard let content = try? PlainJSON.decode(Content.self, from: json) else { return nil }
        switch content.command {
        case "mark":
            guard let label = MarkMessage.label(content.label ?? "") else { return nil }
            var place: MarkPlace?
            if let seriesID = content.seriesID, let frame = content.frame {
                place = MarkPlace(seriesID: seriesID, frame: frame)
            }
            self = .mark(label: label, at: place)
        case "arm", "disarm":
            guard let rule = content.rule, (1...Self.longestRuleName).contains(rule.utf8.count) else { return nil }
            self = .arm(TriggerArming(rule: rule, isArmed: content.command == "arm"))
        case "draw":
            guard
                let region = try? DrawnRegion(
                    name: content.name ?? "",
                    rectangle: content.rectangle,
                    polygon: content.polygon
                )
            else { return nil }
            self = .draw(.draw(region))
        case "erase":
            guard let name = content.name.flatMap(DrawnRegion.plainName) else { return nil }
            self = .draw(.remove(name: name))
        case "correct":
            let correction = EventCorrection(
                action: content.action ?? "",
                eventID: content.eventID,
                eventType: content.eventType
            )
            guard let correction else { return nil }
            self = .correct(correction)
        default: return nil
        }
    }
}
