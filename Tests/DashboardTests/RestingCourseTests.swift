import Dashboard
import Detection
import Foundation
import Imaging
import Testing

@Suite struct RestingCourseTests {
    private func light(_ frame: Int, _ counts: Double, cell: Int = 1) -> RestingLight {
        RestingLight(frame: frame, cell: cell, counts: counts, blankCounts: 10)
    }

    @Test func everyCellHasACourseAboveTheLightOutside() {
        var course = RestingCourse()
        course.seriesStarted(Samples.seriesStart("a", firstFrame: 0))
        course.take([light(16, 110), light(32, 105)])
        course.take([light(48, 100), light(48, 60, cell: 2)])
        course.seriesStarted(Samples.seriesStart("b", firstFrame: 0))
        course.take([light(16, 90)])
        #expect(course.recordings.map(\.seriesID) == ["a", "b"])
        #expect(course.recordings[0].frames == [16, 32, 48])
        #expect(course.recordings[0].cells.map(\.counts) == [[100, 95, 90], [nil, nil, 50]])
        #expect(course.recordings[1].cells.map(\.counts) == [[80]])
    }

    @Test func memoryIsBounded() throws {
        var course = RestingCourse()
        for series in 0..<30 { course.seriesStarted(Samples.seriesStart("\(series)", firstFrame: 0)) }
        for frame in 0..<100_000 { course.take([light(16 * frame, Double(frame))]) }
        #expect(course.recordings.count == 8)
        let last = try #require(course.recordings.last)
        #expect((200...400).contains(last.frames.count) && last.cells[0].counts.count == last.frames.count)
        // Evenly spaced from the start to the end.
        let steps = Set(zip(last.frames, last.frames.dropFirst()).map { $1 - $0 })
        #expect(steps.count == 1 && last.frames.first == 0 && 16 * 100_000 - (last.frames.last ?? 0) <= 16 * 512)
    }
}
