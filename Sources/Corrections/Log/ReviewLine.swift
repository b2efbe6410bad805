import Imaging

/// A line of a review: who did what, and when.
package struct ReviewLine: Sendable, Equatable {
    package var reviewer: String
    /// UTC, ISO 8601.
    package var time: String
    package var correction: Correction
    /// The event of a live run at whose page this was decided; nil for what was done in a review.
    package var liveEvent: String?

    package init(reviewer: String, time: String, correction: Correction, liveEvent: String? = nil) {
        self.reviewer = reviewer
        self.time = time
        self.correction = correction
        self.liveEvent = liveEvent
    }

    /// Longest name of a reviewer, and longest comment, in characters.
    package static let nameLimit = 60
    package static let commentLimit = 1000
}

extension ReviewLine: Encodable {
    private enum CodingKeys: String, CodingKey {
        case reviewer, time, action, event, events, text, voxels, added, removed
        case eventClass = "class"
        case liveEvent = "live_event"
    }

    private enum Action: String, Codable {
        case accept, delete, retype, comment, split, merge, redraw, add, undo, redo
    }

    package func encode(to encoder: any Encoder) throws {
        var line = encoder.container(keyedBy: CodingKeys.self)
        try line.encode(reviewer, forKey: .reviewer)
        try line.encode(time, forKey: .time)
        try line.encodeIfPresent(liveEvent, forKey: .liveEvent)
        switch correction {
        case .accept(let numbers):
            try line.encode(Action.accept, forKey: .action)
            try line.encode(numbers, forKey: .events)
        case .delete(let numbers):
            try line.encode(Action.delete, forKey: .action)
            try line.encode(numbers, forKey: .events)
        case .retype(let numbers, let eventClass):
            try line.encode(Action.retype, forKey: .action)
            try line.encode(numbers, forKey: .events)
            try line.encode(eventClass, forKey: .eventClass)
        case .comment(let number, let text):
            try line.encode(Action.comment, forKey: .action)
            try line.encode(number, forKey: .event)
            try line.encode(text, forKey: .text)
        case .split(let number, let part):
            try line.encode(Action.split, forKey: .action)
            try line.encode(number, forKey: .event)
            try line.encode(part.numbers, forKey: .voxels)
        case .merge(let numbers):
            try line.encode(Action.merge, forKey: .action)
            try line.encode(numbers, forKey: .events)
        case .redraw(let number, let added, let removed):
            try line.encode(Action.redraw, forKey: .action)
            try line.encode(number, forKey: .event)
            try line.encode(added.numbers, forKey: .added)
            try line.encode(removed.numbers, forKey: .removed)
        case .add(let eventClass, let mask):
            try line.encode(Action.add, forKey: .action)
            try line.encode(eventClass, forKey: .eventClass)
            try line.encode(mask.numbers, forKey: .voxels)
        case .undo: try line.encode(Action.undo, forKey: .action)
        case .redo: try line.encode(Action.redo, forKey: .action)
        }
    }

    /// What a line may hold, before it is known to mean anything.
    struct Draft: Decodable {
        let reviewer: String
        let time: String
        private let action: Action
        private let event: Int?
        private let events: [Int]?
        private let eventClass: ReviewedClass?
        private let text: String?
        private let voxels: [Int]?
        private let added: [Int]?
        private let removed: [Int]?
        private let liveEvent: String?

        private typealias CodingKeys = ReviewLine.CodingKeys

        /// The line; nil if something is missing, too long, or lies outside the movie.
        func line(within extent: MovieExtent) -> ReviewLine? {
            guard (1...ReviewLine.nameLimit).contains(reviewer.count), let correction = correction(extent) else {
                return nil
            }
            return ReviewLine(reviewer: reviewer, time: time, correction: correction, liveEvent: liveEvent)
        }

        private func correction(_ extent: MovieExtent) -> Correction? {
            func runs(_ numbers: [Int]?) -> VoxelRuns? { numbers.flatMap { VoxelRuns(numbers: $0, within: extent) } }
            switch action {
            case .accept: return events.map(Correction.accept)
            case .delete: return events.map(Correction.delete)
            case .retype:
                guard let events, let eventClass else { return nil }
                return .retype(events, eventClass)
            case .comment:
                guard let event, let text, text.count <= ReviewLine.commentLimit else { return nil }
                return .comment(event, text)
            case .split:
                guard let event, let part = runs(voxels) else { return nil }
                return .split(event, part)
            case .merge: return events.map(Correction.merge)
            case .redraw:
                guard let event, let added = runs(added), let removed = runs(removed) else { return nil }
                return .redraw(event, added: added, removed: removed)
            case .add:
                guard let eventClass, let mask = runs(voxels) else { return nil }
                return .add(eventClass, mask)
            case .undo: return .undo
            case .redo: return .redo
            }
        }
    }
}
