import Foundation
import Imaging

/// What `NAME_events.json` says of events, by their number in the instance mask.
struct FoundEvents: Sendable {
    struct Event: Sendable {
        let confidence: Double?
        let amplitude: Double?
    }

    private(set) var byNumber: [Int: Event] = [:]

    private struct List: Decodable {
        let events: [Entry]
    }

    private struct Entry: Decodable {
        let event_id: String
        let confidence: Double?
        let params: [String: Double?]?
    }

    /// Empty where there is no such file, or none that is understood.
    init(path: String) {
        guard let data = try? Data(contentsOf: URL(filePath: path)),
            let list = try? PlainJSON.decode(List.self, from: data)
        else { return }
        for event in list.events {
            guard let number = event.event_id.split(separator: "-").last.flatMap({ Int($0) }) else { continue }
            byNumber[number] = Event(confidence: event.confidence, amplitude: event.params?["amplitude_dff0"] ?? nil)
        }
    }
}
