import Corrections
import Imaging
import TestSupport
import Testing

/// What every correction does to events, and that everything can be undone.
struct ReviewedMovieTests {
    /// A square of 4 x 4 pixels over frames 10 to 14.
    static func square(_ number: Int, y: Int, x: Int, _ eventClass: ReviewedClass = .spark) -> ReviewedEvent {
        ReviewedEvent(
            number: number,
            eventClass: eventClass,
            mask: block(frames: 10..<15, rows: y..<y + 4, columns: x..<x + 4)
        )
    }

    static func block(frames: Range<Int>, rows: Range<Int>, columns: Range<Int>) -> VoxelRuns {
        VoxelRuns(
            frames.flatMap { frame in
                rows.map { y in
                    VoxelRuns.Run(
                        frame: Int32(frame),
                        y: Int32(y),
                        start: Int32(columns.lowerBound),
                        end: Int32(columns.upperBound)
                    )
                }
            }
        )
    }

    private var movie: ReviewedMovie {
        ReviewedMovie([Self.square(1, y: 0, x: 0), Self.square(2, y: 0, x: 10), Self.square(7, y: 8, x: 0, .wave)])
    }

    @Test func verdictsClassesAndComments() throws {
        var movie = movie
        #expect(movie.openCount == 3)
        #expect(try movie.make(.accept([1, 2, 1])) == [1, 2])
        #expect(movie[1]?.verdict == .accepted && movie.openCount == 1)
        #expect(try movie.make(.retype([1, 7], .puff)) == [1, 7])
        #expect(movie[1]?.eventClass == .puff && movie[1]?.verdict == .corrected)
        // Its own class once more is agreement.
        #expect(try movie.make(.delete([7])) == [7])
        #expect(throws: CorrectionError.isDeleted(7)) { try movie.make(.retype([7], .spark)) }
        #expect(try movie.make(.accept([7])) == [7])
        #expect(movie[7]?.verdict == .accepted)
        #expect(try movie.make(.retype([2], .undefined)) == [2])
        #expect(movie[2]?.eventClass.label == 4)
        #expect(try movie.make(.comment(2, "blurred")) == [2])
        #expect(movie[2]?.comment == "blurred")
        #expect(throws: CorrectionError.noSuchEvent(3)) { try movie.make(.accept([1, 3])) }
        #expect(throws: CorrectionError.nothingToDo) { try movie.make(.accept([1])) }
    }

    @Test func theOwnClassIsAgreement() throws {
        var movie = movie
        _ = try movie.make(.retype([1], .spark))
        #expect(movie[1]?.verdict == .accepted)
    }

    @Test func aSplitGivesASecondEvent() throws {
        var movie = movie
        let part = Self.block(frames: 13..<20, rows: 0..<9, columns: 0..<30)
        #expect(try movie.make(.split(1, part)) == [1, 8])
        #expect(movie[1]?.mask == Self.block(frames: 10..<13, rows: 0..<4, columns: 0..<4))
        #expect(movie[8]?.mask == Self.block(frames: 13..<15, rows: 0..<4, columns: 0..<4))
        #expect(movie[8]?.eventClass == .spark && movie[8]?.verdict == .corrected)
        // Nothing is taken from the neighbour.
        #expect(movie[2]?.mask.voxelCount == 80)
        #expect(throws: CorrectionError.noPart(2)) {
            try movie.make(.split(2, Self.block(frames: 30..<31, rows: 0..<4, columns: 10..<14)))
        }
        #expect(throws: CorrectionError.noPart(1)) {
            try movie.make(.split(1, Self.block(frames: 0..<90, rows: 0..<4, columns: 0..<4)))
        }
    }

    @Test func aMergeKeepsTheFirst() throws {
        var movie = movie
        _ = try movie.make(.comment(2, "late"))
        #expect(try movie.make(.merge([2, 1, 2])) == [2, 1])
        #expect(movie[1] == nil && movie[2]?.mask.voxelCount == 160)
        #expect(movie[2]?.verdict == .corrected && movie[2]?.comment == "late")
        #expect(throws: CorrectionError.tooFewToMerge) { try movie.make(.merge([2, 2])) }
        #expect(throws: CorrectionError.noSuchEvent(1)) { try movie.make(.merge([2, 1])) }
    }

    @Test func whatIsDrawnTakesNothingFromOthers() throws {
        var movie = movie
        let wide = Self.block(frames: 10..<15, rows: 0..<4, columns: 0..<14)
        #expect(try movie.make(.redraw(1, added: wide, removed: VoxelRuns())) == [1])
        #expect(movie[1]?.mask == Self.block(frames: 10..<15, rows: 0..<4, columns: 0..<10))
        #expect(movie[2]?.mask.voxelCount == 80)
        let all = Self.block(frames: 0..<20, rows: 0..<20, columns: 0..<20)
        #expect(throws: CorrectionError.nothingLeft) {
            try movie.make(.redraw(1, added: VoxelRuns(), removed: all))
        }
        #expect(throws: CorrectionError.nothingToDo) {
            try movie.make(.redraw(1, added: VoxelRuns(), removed: VoxelRuns()))
        }
        #expect(try movie.make(.add(.puff, Self.block(frames: 14..<16, rows: 0..<4, columns: 8..<14))) == [8])
        #expect(movie[8]?.mask == Self.block(frames: 15..<16, rows: 0..<4, columns: 8..<14))
        #expect(movie[8]?.verdict == .added)
        #expect(throws: CorrectionError.nothingLeft) { try movie.make(.add(.spark, Self.square(9, y: 0, x: 0).mask)) }
    }

    /// A deleted event gives its place free, and gets back what is left of it.
    @Test func deletedEventsHoldNoPlace() throws {
        var movie = movie
        _ = try movie.make(.delete([1]))
        _ = try movie.make(.add(.puff, Self.block(frames: 10..<12, rows: 0..<4, columns: 0..<4)))
        _ = try movie.make(.accept([1]))
        #expect(movie[1]?.mask == Self.block(frames: 12..<15, rows: 0..<4, columns: 0..<4))
        #expect(movie[1]?.verdict == .corrected)
        _ = try movie.make(.undo)
        #expect(movie[1]?.verdict == .deleted && movie[1]?.mask.voxelCount == 80)
    }

    @Test func numbersAreNeverUsedTwice() throws {
        var movie = movie
        let place = Self.block(frames: 30..<31, rows: 0..<1, columns: 0..<1)
        #expect(try movie.make(.add(.spark, place)) == [8])
        #expect(try movie.make(.undo) == [8])
        #expect(try movie.make(.redo) == [8])
        #expect(throws: CorrectionError.nothingToRedo) { try movie.make(.redo) }
        _ = try movie.make(.undo)
        #expect(try movie.make(.add(.spark, place)) == [9])
    }

    /// Whatever is done, undoing it all gives what was found, redoing it all what was there; masks never overlap.
    @Test func everythingIsUndoneAndRedone() throws {
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<20 {
            let first = ReviewedMovie((1...6).map { Self.square($0, y: $0 % 2 * 8, x: $0 * 5) })
            var movie = first
            for _ in 0..<60 { _ = try? movie.make(Self.anyCorrection(of: movie, &generator)) }
            let last = movie.all
            let count = movie.undoCount
            for _ in 0..<count { _ = try movie.make(.undo) }
            #expect(movie.all == first.all)
            #expect(throws: CorrectionError.nothingToUndo) { try movie.make(.undo) }
            for _ in 0..<count { _ = try movie.make(.redo) }
            #expect(movie.all == last && movie.undoCount == count)
            let live = last.filter { $0.verdict != .deleted }
            let joined = live.reduce(VoxelRuns()) { $0.union($1.mask) }
            #expect(joined.voxelCount == live.reduce(0) { $0 + $1.mask.voxelCount })
        }
    }

    static func anyCorrection(of movie: ReviewedMovie, _ generator: inout SeededGenerator) -> Correction {
        let numbers = movie.all.map(\.number)
        let (one, other) = (
            numbers.randomElement(using: &generator) ?? 1, numbers.randomElement(using: &generator) ?? 1
        )
        let frame = Int.random(in: 5..<15, using: &generator)
        let (y, x) = (Int.random(in: 0..<12, using: &generator), Int.random(in: 0..<36, using: &generator))
        let place = block(frames: frame..<frame + 4, rows: y..<y + 5, columns: x..<x + 6)
        switch Int.random(in: 0..<11, using: &generator) {
        case 0: return .accept([one, other])
        case 1: return .delete([one])
        case 2: return .retype([one], .allCases.randomElement(using: &generator) ?? .puff)
        case 3: return .comment(one, "note \(frame)")
        case 4, 5: return .split(one, place)
        case 6: return .merge([one, other])
        case 7: return .redraw(one, added: place, removed: VoxelRuns())
        case 8: return .redraw(one, added: VoxelRuns(), removed: place)
        case 9: return .add(.spark, place)
        default: return Bool.random(using: &generator) ? .undo : .redo
        }
    }
}
