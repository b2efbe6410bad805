package import Foundation
package import Imaging

/// A review as its lines tell it: every reviewer with corrections of their own to the same events.
package struct ReviewBook: Sendable {
    package let header: ReviewHeader
    /// What was found.
    package let found: [ReviewedEvent]
    private var movies: [String: ReviewedMovie] = [:]
    /// Whether the file has a header.
    package private(set) var hasHeader = false
    /// Events of a live run whose corrections at its page are in the review already.
    package private(set) var liveEvents: Set<String> = []
    /// Lines taken.
    private var lineCount = 0
    /// Numbers, from 1, of lines that mean nothing here: torn, damaged, or not possible.
    package private(set) var unreadableLines: [Int] = []

    /// A review without lines.
    ///
    /// - Parameters:
    ///   - movie: The name that files of the movie begin with.
    ///   - extent: Of the movie.
    ///   - found: Its events as they were found.
    package init(movie: String, extent: MovieExtent, found: [ReviewedEvent]) {
        header = ReviewHeader(movie: movie, extent: extent, events: found)
        self.found = found
    }

    /// Everybody who has made corrections, in alphabetical order.
    package var reviewers: [String] { movies.keys.sorted() }

    /// The events as a reviewer sees them.
    package func movie(of reviewer: String) -> ReviewedMovie { movies[reviewer] ?? ReviewedMovie(found) }

    /// Takes the next line of the file.
    ///
    /// - Returns: Whose events changed, and which; nil for the header and for lines that mean nothing.
    /// - Throws: ``ReviewMismatch`` if the review is one of other events.
    @discardableResult
    package mutating func take(_ line: Data) throws(ReviewMismatch) -> (reviewer: String, numbers: [Int])? {
        lineCount += 1
        if line.isEmpty { return nil }
        guard hasHeader else {
            guard let header = try? PlainJSON.decode(ReviewHeader.self, from: line), header.isOurs else {
                throw .notAReview
            }
            guard header.extent == self.header.extent, header.base == self.header.base else { throw .otherEvents }
            hasHeader = true
            return nil
        }
        guard
            let line = try? PlainJSON.decode(ReviewLine.Draft.self, from: line).line(within: header.extent),
            let numbers = make(line)
        else {
            unreadableLines.append(lineCount)
            return nil
        }
        if let liveEvent = line.liveEvent { liveEvents.insert(liveEvent) }
        return (line.reviewer, numbers)
    }

    private mutating func make(_ line: ReviewLine) -> [Int]? {
        // Taken out while it is changed, so that nothing is copied.
        let known = movies.removeValue(forKey: line.reviewer)
        var movie = known ?? ReviewedMovie(found)
        let numbers = try? movie.make(line.correction)
        if known != nil || numbers != nil { movies[line.reviewer] = movie }
        return numbers
    }
}

/// Why a review cannot be gone on with.
package enum ReviewMismatch: Error, Equatable {
    case notAReview
    case otherEvents
}
