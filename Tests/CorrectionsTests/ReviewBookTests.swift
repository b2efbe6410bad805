import Corrections
import Foundation
import Imaging
import TestSupport
import Testing

/// Reviews as they are rebuilt from their lines.
struct ReviewBookTests {
    private static let extent = MovieExtent(frameCount: 40, size: FrameSize(height: 20, width: 60))
    private static let found = (1...6).map { ReviewedMovieTests.square($0, y: $0 % 2 * 8, x: $0 * 5) }

    private func book(found: [ReviewedEvent] = found) -> ReviewBook {
        ReviewBook(movie: "cell3", extent: Self.extent, found: found)
    }

    /// Two reviewers at work, and the lines that come of it.
    private func review(_ generator: inout SeededGenerator) throws -> (lines: [Data], movies: [String: ReviewedMovie]) {
        var movies = ["bea": ReviewedMovie(Self.found), "Öz, ä\u{1F400}": ReviewedMovie(Self.found)]
        var lines = [try PlainJSON.encode(book().header)]
        for _ in 0..<150 {
            let reviewer = movies.keys.sorted()[Int.random(in: 0..<2, using: &generator)]
            guard var movie = movies[reviewer] else { continue }
            let correction = ReviewedMovieTests.anyCorrection(of: movie, &generator)
            guard (try? movie.make(correction)) != nil else { continue }
            movies[reviewer] = movie
            let line = ReviewLine(reviewer: reviewer, time: "2026-11-30T19:00:00Z", correction: correction)
            lines.append(try PlainJSON.encode(line))
        }
        return (lines, movies)
    }

    @Test func everyReviewersEventsComeBack() throws {
        var generator = SeededGenerator(seed: 11)
        for _ in 0..<10 {
            let (lines, movies) = try review(&generator)
            var book = book()
            for line in lines { try book.take(line) }
            #expect(book.unreadableLines.isEmpty && book.hasHeader)
            #expect(book.reviewers == movies.keys.sorted())
            for (reviewer, movie) in movies {
                #expect(book.movie(of: reviewer).all == movie.all)
                #expect(book.movie(of: reviewer).undoCount == movie.undoCount)
                #expect(book.movie(of: reviewer).redoCount == movie.redoCount)
            }
            #expect(book.movie(of: "nobody").all == Self.found)
        }
    }

    /// A writer that died left the beginning of a line; everything else counts.
    @Test func aTornLineIsPassedOver() throws {
        var book = book()
        try book.take(PlainJSON.encode(book.header))
        let line = try PlainJSON.encode(ReviewLine(reviewer: "bea", time: "", correction: .delete([2])))
        #expect(try book.take(line.prefix(line.count / 2)) == nil)
        #expect(try book.take(line)?.numbers == [2])
        #expect(book.unreadableLines == [2])
    }

    @Test func otherEventsAndOtherFilesAreRefused() throws {
        let header = try PlainJSON.encode(book().header)
        var moved = Self.found
        moved[0].mask = moved[1].mask
        for found in [Array(Self.found.dropLast()), moved, []] {
            var book = book(found: found)
            #expect(throws: ReviewMismatch.otherEvents) { try book.take(header) }
        }
        var other = ReviewBook(
            movie: "cell3",
            extent: MovieExtent(frameCount: 41, size: Self.extent.size),
            found: Self.found
        )
        #expect(throws: ReviewMismatch.otherEvents) { try other.take(header) }
        for text in [#"{"topic":"hb"}"#, "nonsense", #"{"format":"sparkwatch-review-9","movie":"cell3"}"#] {
            var book = book()
            #expect(throws: ReviewMismatch.notAReview) { try book.take(Data(text.utf8)) }
        }
    }

    /// Anything may stand in a file.
    @Test func linesThatCannotBeAreCountedAndDoNothing() throws {
        var book = book()
        try book.take(PlainJSON.encode(book.header))
        let lines = [
            #"{"action":"accept","reviewer":"bea","time":""}"#,
            #"{"action":"accept","events":[99],"reviewer":"bea","time":""}"#,
            #"{"action":"accept","events":[1],"reviewer":"","time":""}"#,
            #"{"action":"sing","events":[1],"reviewer":"bea","time":""}"#,
            #"{"action":"retype","events":[1],"class":"whale","reviewer":"bea","time":""}"#,
            #"{"action":"add","class":"spark","voxels":[0,0,0,61],"reviewer":"bea","time":""}"#,
            #"{"action":"add","class":"spark","voxels":[0,0,0],"reviewer":"bea","time":""}"#,
            #"{"action":"add","class":"spark","voxels":[],"reviewer":"bea","time":""}"#,
            #"{"action":"redraw","event":1,"added":[40,0,0,1],"removed":[],"reviewer":"bea","time":""}"#,
            #"{"action":"split","event":1,"voxels":[0,-1,0,1],"reviewer":"bea","time":""}"#,
            #"{"action":"undo","reviewer":"bea","time":""}"#, "[]", "null", "{",
        ]
        for line in lines { #expect(try book.take(Data(line.utf8)) == nil) }
        #expect(book.unreadableLines == Array(2...lines.count + 1))
        #expect(book.movie(of: "bea").all == Self.found)
    }

    @Test func damagedFilesNeverStopTheProgram() throws {
        var generator = SeededGenerator(seed: 23)
        let (lines, _) = try review(&generator)
        for _ in 0..<300 {
            var book = book()
            try book.take(lines[0])
            for line in lines.dropFirst().prefix(20) {
                var bytes = Array(line)
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = .random(in: 0...255, using: &generator)
                try book.take(Data(bytes))
            }
            #expect(book.movie(of: "bea").count > 0)
        }
    }
}
