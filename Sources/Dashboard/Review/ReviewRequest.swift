package import Corrections
package import Foundation
package import Imaging

/// What a page asks of a review; `movie` is the number of a movie in the list, from 0.
package enum ReviewRequest: Sendable, Equatable {
    /// The events of a movie.
    case open(movie: Int)
    /// Pictures of frames, so many from one on.
    case pictures(movie: Int, frames: Range<Int>)
    case masks(movie: Int, numbers: [Int])
    /// The course of an event, as measured and as fitted.
    case course(movie: Int, number: Int)
    /// The change along the cell over the whole movie.
    case scan(movie: Int)
    /// The region around a place: shown, or taken.
    case grow(movie: Int, Growth)
    /// A second peak of an event.
    case split(movie: Int, number: Int, at: VoxelPosition)
    /// Voxels added and taken away by hand; ``VoxelRuns/numbers`` that nobody has looked at.
    case draw(movie: Int, target: Target, added: [Int], removed: [Int])
    case correct(movie: Int, Correction)
    /// Labels and tables of what is reviewed so far.
    case write(movie: Int)

    /// What is drawn.
    package enum Target: Sendable, Equatable {
        case event(Int)
        case new(ReviewedClass)
    }

    /// A region that grows from a place.
    package struct Growth: Sendable, Equatable {
        package let target: Target
        package let place: VoxelPosition
        /// Of the peak, 0 to 1.
        package let share: Double
        /// By the network's probability of a class rather than the change in light.
        package let byProbability: Bool
        /// Whether it is taken rather than shown.
        package let isTaken: Bool
    }

    package var movie: Int {
        switch self {
        case .open(let movie), .pictures(let movie, _), .masks(let movie, _), .course(let movie, _), .scan(let movie),
            .grow(let movie, _), .split(let movie, _, _), .draw(let movie, _, _, _), .correct(let movie, _),
            .write(let movie):
            movie
        }
    }

    /// Pictures, masks and events of one request.
    private static let mostPictures = 64
    private static let mostNumbers = 20_000

    /// Nil for anything that is no request, or asks for too much at once.
    package init?(_ json: Data) {
        guard let draft = try? PlainJSON.decode(Draft.self, from: json), draft.movie >= 0 else { return nil }
        let movie = draft.movie
        switch draft.command {
        case "open": self = .open(movie: movie)
        case "scan": self = .scan(movie: movie)
        case "write": self = .write(movie: movie)
        case "pictures":
            guard let first = draft.first, let count = draft.count, first >= 0, first < Int(Int32.max),
                (1...Self.mostPictures).contains(count)
            else { return nil }
            self = .pictures(movie: movie, frames: first..<first + count)
        case "masks":
            guard let numbers = draft.numbers else { return nil }
            self = .masks(movie: movie, numbers: numbers)
        case "course":
            guard let number = draft.number else { return nil }
            self = .course(movie: movie, number: number)
        case "grow":
            guard let target = draft.target, let place = draft.place, let share = draft.share,
                (0.01...1).contains(share)
            else { return nil }
            let growth = Growth(
                target: target,
                place: place,
                share: share,
                byProbability: draft.probability ?? false,
                isTaken: draft.take ?? false
            )
            self = .grow(movie: movie, growth)
        case "split":
            guard let number = draft.number, let place = draft.place else { return nil }
            self = .split(movie: movie, number: number, at: place)
        case "draw":
            guard let target = draft.target else { return nil }
            self = .draw(movie: movie, target: target, added: draft.added ?? [], removed: draft.removed ?? [])
        default:
            guard let correction = draft.correction else { return nil }
            self = .correct(movie: movie, correction)
        }
    }

    /// What a request may hold, before it is known to mean anything.
    private struct Draft: Decodable {
        let command: String
        let movie: Int
        let first: Int?
        let count: Int?
        let number: Int?
        private let allNumbers: [Int]?
        private let eventClass: String?
        private let at: [Int]?
        let share: Double?
        let probability: Bool?
        let take: Bool?
        let added: [Int]?
        let removed: [Int]?
        private let text: String?

        private enum CodingKeys: String, CodingKey {
            case command, movie, first, count, number, at, share, probability, take, added, removed, text
            case allNumbers = "numbers"
            case eventClass = "class"
        }

        var numbers: [Int]? { allNumbers.flatMap { (1...ReviewRequest.mostNumbers).contains($0.count) ? $0 : nil } }

        var place: VoxelPosition? {
            at.flatMap { $0.count == 3 ? VoxelPosition(frame: $0[0], y: $0[1], x: $0[2]) : nil }
        }

        var target: Target? { number.map(Target.event) ?? reviewedClass.map(Target.new) }

        private var reviewedClass: ReviewedClass? { eventClass.flatMap(ReviewedClass.init) }

        var correction: Correction? {
            switch command {
            case "accept": numbers.map(Correction.accept)
            case "delete": numbers.map(Correction.delete)
            case "merge": numbers.map(Correction.merge)
            case "undo": .undo
            case "redo": .redo
            case "retype":
                if let numbers, let reviewedClass { .retype(numbers, reviewedClass) } else { nil }
            case "comment":
                if let number, let text, text.count <= ReviewLine.commentLimit {
                    .comment(number, text.trimmingCharacters(in: .whitespacesAndNewlines))
                } else {
                    nil
                }
            default: nil
            }
        }
    }
}
