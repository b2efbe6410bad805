package import Corrections
import Foundation
package import Imaging

/// What a review tells pages, as JSON of one line each; `page` says what it is.
package enum ReviewMessage: Sendable {
    /// Everything that can be reviewed, and by whom.
    case movies([Movie], reviewer: String)
    case movie(Opened)
    /// Some of the events; `isLast` for the last of a movie.
    case events(movie: Int, [Row], isLast: Bool)
    /// Events as they are now, gone ones by their numbers, and what can be undone.
    case changed(movie: Int, [Row], gone: [Int], progress: Progress)
    case course(movie: Int, number: Int, Course)
    case written(movie: Int, text: String)
    case refused(String)

    /// A movie in the list.
    package struct Movie: Sendable, Encodable {
        package let name: String
        package let openCount: Int?
        package let count: Int?

        package init(name: String, openCount: Int? = nil, count: Int? = nil) {
            self.name = name
            self.openCount = openCount
            self.count = count
        }

        private enum CodingKeys: String, CodingKey {
            case name, count
            case openCount = "open"
        }
    }

    /// A movie that was opened.
    package struct Opened: Sendable, Encodable {
        package let movie: Int
        package let name: String
        package let frames: Int
        package let height: Int
        package let width: Int
        package let pixelMicrometres: Double
        package let intervalMilliseconds: Double
        package let hasProbabilities: Bool
        /// What a person should know of it.
        package let remarks: [String]
        package let progress: Progress

        package init(
            movie: Int,
            name: String,
            extent: MovieExtent,
            calibration: Calibration,
            hasProbabilities: Bool,
            remarks: [String],
            progress: Progress
        ) {
            self.movie = movie
            self.name = name
            frames = extent.frameCount
            height = extent.size.height
            width = extent.size.width
            pixelMicrometres = calibration.pixelSizeMicrometres
            intervalMilliseconds = calibration.frameIntervalMilliseconds
            self.hasProbabilities = hasProbabilities
            self.remarks = remarks
            self.progress = progress
        }

        private enum CodingKeys: String, CodingKey {
            case movie, name, frames, height, width, remarks, progress
            case pixelMicrometres = "pixel_um"
            case intervalMilliseconds = "interval_ms"
            case hasProbabilities = "probabilities"
        }
    }

    /// How far a review is.
    package struct Progress: Sendable, Encodable, Equatable {
        package let count: Int
        package let openCount: Int
        package let undoCount: Int
        package let redoCount: Int

        package init(_ movie: ReviewedMovie) {
            count = movie.count
            openCount = movie.openCount
            undoCount = movie.undoCount
            redoCount = movie.redoCount
        }

        private enum CodingKeys: String, CodingKey {
            case count
            case openCount = "open"
            case undoCount = "undo"
            case redoCount = "redo"
        }
    }

    /// An event in the list.
    package struct Row: Sendable, Encodable, Equatable {
        package let number: Int
        package let eventClass: ReviewedClass
        package let verdict: ReviewedEvent.Verdict
        package let comment: String
        /// First and last frame.
        package let frames: [Int]
        /// [y0, x0, y1, x1], half open.
        package let box: [Int]
        package let voxels: Int
        /// Counts changes of the mask: pages ask for it again.
        package let maskVersion: Int
        /// What the network thought of it; nil if nobody knows.
        package let confidence: Double?
        package let amplitude: Double?

        package init?(_ event: ReviewedEvent, maskVersion: Int, confidence: Double?, amplitude: Double?) {
            guard let box = event.mask.box else { return nil }
            number = event.number
            eventClass = event.eventClass
            verdict = event.verdict
            comment = event.comment
            frames = [box.frames.lowerBound, box.frames.upperBound - 1]
            self.box = [box.rows.lowerBound, box.columns.lowerBound, box.rows.upperBound, box.columns.upperBound]
            voxels = event.mask.voxelCount
            self.maskVersion = maskVersion
            self.confidence = confidence
            self.amplitude = amplitude
        }

        private enum CodingKeys: String, CodingKey {
            case verdict, comment, frames, box, voxels, confidence
            case number = "id"
            case eventClass = "class"
            case maskVersion = "rev"
            case amplitude = "dff0"
        }
    }

    /// ΔF/F0 at an event and what was fitted to it.
    package struct Course: Sendable, Encodable {
        package let first: Int
        package let values: [Double?]
        package let fit: [Double]
        /// By published name; null with a reason.
        package let parameters: [String: Double?]
        package let reasons: [String: String]
        package let maskVersion: Int

        package init(
            first: Int,
            values: [Double?],
            fit: [Double],
            parameters: [String: Double?],
            reasons: [String: String],
            maskVersion: Int
        ) {
            self.first = first
            self.values = values
            self.fit = fit
            self.parameters = parameters
            self.reasons = reasons
            self.maskVersion = maskVersion
        }

        private enum CodingKeys: String, CodingKey {
            case first, values, fit, reasons
            case parameters = "params"
            case maskVersion = "rev"
        }
    }
}

extension ReviewMessage: Encodable {
    private enum CodingKeys: String, CodingKey {
        case page, movie, movies, reviewer, events, gone, progress, number, course, text
        case isLast = "last"
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .movies(let movies, let reviewer):
            try container.encode("movies", forKey: .page)
            try container.encode(movies, forKey: .movies)
            try container.encode(reviewer, forKey: .reviewer)
        case .movie(let opened):
            try container.encode("movie", forKey: .page)
            try container.encode(opened, forKey: .movie)
        case .events(let movie, let rows, let isLast):
            try container.encode("events", forKey: .page)
            try container.encode(movie, forKey: .movie)
            try container.encode(rows, forKey: .events)
            try container.encode(isLast, forKey: .isLast)
        case .changed(let movie, let rows, let gone, let progress):
            try container.encode("changed", forKey: .page)
            try container.encode(movie, forKey: .movie)
            try container.encode(rows, forKey: .events)
            try container.encode(gone, forKey: .gone)
            try container.encode(progress, forKey: .progress)
        case .course(let movie, let number, let course):
            try container.encode("course", forKey: .page)
            try container.encode(movie, forKey: .movie)
            try container.encode(number, forKey: .number)
            try container.encode(course, forKey: .course)
        case .written(let movie, let text):
            try container.encode("written", forKey: .page)
            try container.encode(movie, forKey: .movie)
            try container.encode(text, forKey: .text)
        case .refused(let text):
            try container.encode("refused", forKey: .page)
            try container.encode(text, forKey: .text)
        }
    }
}
