import Corrections
import Dashboard
import Detection
import Foundation
import Imaging
import Journal
import Movies
import Review
import TestSupport
import Testing

/// A movie under review, from its files to what comes out.
struct OpenMovieTests {
    private static let extent = MovieExtent(frameCount: 60, size: FrameSize(height: 24, width: 48))

    /// Four bright blocks in a dim cell: two sparks, a puff, a wave.
    private static let events = [
        event(3, 1, frames: 20..<26, rows: 4..<9, columns: 4..<9),
        event(4, 1, frames: 40..<46, rows: 4..<9, columns: 30..<35),
        event(9, 3, frames: 25..<45, rows: 14..<20, columns: 8..<13),
        event(12, 2, frames: 30..<38, rows: 12..<22, columns: 20..<44),
    ]

    private static func event(_ number: Int, _ label: UInt8, frames: Range<Int>, rows: Range<Int>, columns: Range<Int>)
        -> LabelledEvent
    {
        LabelledEvent(number: number, label: label, mask: block(frames, rows, columns))
    }

    private static func block(_ frames: Range<Int>, _ rows: Range<Int>, _ columns: Range<Int>) -> VoxelRuns {
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

    private func write(to folder: borrowing TemporaryFolder) throws -> ReviewFiles {
        var generator = SeededGenerator(seed: 6)
        var writer = try TIFFMovieWriter(
            path: folder.path("cell_video.tif"),
            size: Self.extent.size,
            pixelType: .uint16,
            options: .init(calibration: .published)
        )
        for frame in 0..<Self.extent.frameCount {
            var pixels = (0..<Self.extent.size.pixelCount).map { _ in UInt16.random(in: 950...1050, using: &generator) }
            for event in Self.events {
                for run in event.mask.runs(inFrame: frame) {
                    for x in run.start..<run.end { pixels[Int(run.y) * Self.extent.size.width + Int(x)] += 900 }
                }
            }
            try writer.append(pixels)
        }
        try writer.finish()
        try LabelPaths(classes: folder.path("cell_class.tif"), instances: folder.path("cell_instances.tif"))
            .write(Self.events, of: Self.extent, calibration: .published)
        return try #require(try ReviewFiles.all(in: folder.url.path, movies: [:]).first)
    }

    private func open(_ files: ReviewFiles, _ reviewer: String = "bea") throws -> OpenMovie {
        try OpenMovie(files, reviewer: reviewer, settings: MovieSettings())
    }

    @Test func whatIsDoneIsThereAgain() throws {
        let folder = try TemporaryFolder()
        let files = try write(to: folder)
        let movie = try open(files)
        #expect(
            movie.reviewed.count == 4 && movie.extent == Self.extent && movie.calibration.pixelSizeMicrometres == 0.2
        )
        #expect(try movie.make(.delete([3])).rows.map(\.verdict) == [.deleted])
        #expect(throws: CorrectionError.noSuchEvent(5)) { try movie.make(.accept([5])) }
        let split = try movie.make(.split(12, Self.block(30..<38, 12..<22, 34..<48)))
        #expect(split.rows.map(\.number) == [12, 13] && split.progress.undoCount == 2 && split.progress.openCount == 2)
        #expect(try movie.make(.merge([9, 12])).gone == [12])
        let expected = movie.reviewed.all
        #expect(try open(files).reviewed.all == expected)
        #expect(try open(files, "carl").reviewed.all.map(\.verdict) == [.open, .open, .open, .open])
        #expect(try open(files, "carl").remarks.contains("also reviewed by bea"))
    }

    /// The same reviewer at two places, and another one: nothing is lost, and everybody's state is that of the file.
    @Test func everybodysCorrectionsCount() throws {
        let folder = try TemporaryFolder()
        let files = try write(to: folder)
        let (here, there, other) = (try open(files), try open(files), try open(files, "carl"))
        _ = try here.make(.delete([3]))
        _ = try other.make(.accept([3]))
        // What was done here is told there, with the next thing that is done.
        let told = try there.make(.retype([4], .puff))
        #expect(told.rows.map(\.number) == [3, 4] && told.rows.map(\.verdict) == [.deleted, .corrected])
        _ = try here.make(.undo)
        #expect(here.reviewed[4]?.eventClass == .spark && here.reviewed[3]?.verdict == .deleted)
        #expect(try open(files).reviewed.all == here.reviewed.all)
        #expect(other.reviewed[3]?.verdict == .accepted && other.reviewed[4]?.verdict == .open)
    }

    @Test func masksThatChangeGetAnotherVersion() throws {
        let folder = try TemporaryFolder()
        let movie = try open(try write(to: folder))
        let before = try #require(try movie.make(.comment(3, "here")).rows.first?.maskVersion)
        #expect(try movie.make(.accept([3])).rows.first?.maskVersion == before)
        let drawn = try movie.make(.redraw(3, added: Self.block(19..<20, 4..<9, 4..<9), removed: VoxelRuns()))
        #expect(try #require(drawn.rows.first?.maskVersion) > before)
    }

    @Test func aReviewOfOtherResultsIsRefused() throws {
        let folder = try TemporaryFolder()
        let files = try write(to: folder)
        _ = try open(files).make(.accept([3]))
        try files.labels.write(Array(Self.events.dropLast()), of: Self.extent, calibration: .published)
        let refusal = #expect(throws: ReviewError.self) { try open(files) }
        #expect(refusal?.description.contains("cell_review.jsonl is a review of other events") == true)
        try Data("something else\n".utf8).write(to: URL(filePath: files.log))
        let other = #expect(throws: ReviewError.self) { try open(files) }
        #expect(other?.description.contains("is there and is no review") == true)
    }

    /// The table is that of `measure` on the labels that are written with it.
    @Test func outputsBelongTogether() throws {
        let folder = try TemporaryFolder()
        let movie = try open(try write(to: folder))
        _ = try movie.make(.accept([4]))
        _ = try movie.make(.delete([3]))
        _ = try movie.make(.retype([9], .undefined))
        _ = try movie.make(.add(.spark, Self.block(10..<14, 2..<6, 40..<44)))
        let outputs = ReviewOutputs(movie, reviewer: "bea")
        let line = try outputs.write()
        #expect(line == "cell: 4 events of bea written to \(outputs.folder.path); 1 not reviewed yet")
        let labels = LabelPaths(
            classes: outputs.folder.appending(path: "cell_class_label.tif").path,
            instances: outputs.folder.appending(path: "cell_event_label.tif").path
        )
        let written = try labels.readEvents(of: Self.extent)
        #expect(written.map(\.number) == [4, 9, 12, 13] && written.map(\.label) == [1, 4, 2, 1])

        let (classes, instances) = (try TIFFLabels.read(labels.classes), try TIFFLabels.read(labels.instances))
        let video = try TIFFMovie(path: folder.path("cell_video.tif"))
        let measured = LabelledMovie(
            size: Self.extent.size,
            counts: try video.counts(frames: 0..<Self.extent.frameCount),
            classes: classes.map { UInt8($0) },
            instances: instances.map { Int($0) },
            calibration: .published
        )
        let table = try String(contentsOf: outputs.folder.appending(path: "cell_events.csv"), encoding: .utf8)
        let rows = table.split(separator: "\r\n").map { $0.split(separator: ",", omittingEmptySubsequences: false) }
        #expect(rows[0].last == "reviewed" && rows.dropFirst().map { $0.last } == ["accepted", "", "added"])
        #expect(rows.count == measured.events.count + 1)
        let column = try #require(rows[0].firstIndex(of: "amplitude_dff0"))
        for (row, event) in zip(rows.dropFirst(), measured.events) {
            let value = event.parameters[.amplitude]?.rounded(decimals: 4)
            #expect(Double(row[column]) == value)
        }
        let link = outputs.folder.appending(path: "cell_video.tif").path
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == folder.path("cell_video.tif"))

        // Written again it is the same; changed by somebody else it stays.
        _ = try outputs.write()
        try Data("mine".utf8).write(to: URL(filePath: labels.instances))
        #expect(throws: ReviewOutputError.self) { try outputs.write() }
        #expect(try Data(contentsOf: URL(filePath: labels.instances)) == Data("mine".utf8))
    }

    @Test func whatIsMissingIsNamed() throws {
        let folder = try TemporaryFolder()
        let path = folder.url.path
        #expect(throws: ReviewFilesError.nothingFound(path)) { try ReviewFiles.all(in: path, movies: [:]) }
        #expect(throws: ReviewFilesError.noFolder(path + "/x")) { try ReviewFiles.all(in: path + "/x", movies: [:]) }
        _ = try write(to: folder)
        try FileManager.default.removeItem(atPath: folder.path("cell_video.tif"))
        #expect(throws: ReviewFilesError.noMovie("cell", folder.path("cell_video.tif"))) {
            try ReviewFiles.all(in: path, movies: [:])
        }
        #expect(
            try ReviewFiles.all(in: path, movies: ["cell": "/elsewhere/cell.tif"]).map(\.movie) == [
                "/elsewhere/cell.tif"
            ]
        )
    }
}

/// All labels of a file, read apart from what is tested.
private enum TIFFLabels {
    static func read(_ path: String) throws -> [UInt32] {
        let movie = try TIFFMovie(path: path)
        return try movie.labels(frames: 0..<movie.frameCount)
    }
}
