import Dashboard
import Detection
import Foundation
import Testing

@Suite("How far the cell was from where it was at first")
struct MovementCourseTests {
    private func movements(_ pixels: [Float], unsteady: Int = 0) -> [FrameMovement] {
        pixels.enumerated().map { index, x in
            var movement = FrameMovement()
            movement.x = x
            movement.isUnsteady = index < unsteady
            return movement
        }
    }

    @Test func everyBatchIsAPointWithTheFarthestOfItsFrames() {
        var course = MovementCourse()
        course.take(movements([9]), fromFrame: 0)
        course.seriesStarted(Samples.seriesStart("a", firstFrame: 10))
        course.take(movements([0, -2, 1, 0.5], unsteady: 1), fromFrame: 10)
        course.take([], fromFrame: 14)
        course.take(movements([0.5, 0]), fromFrame: 14)
        course.seriesStarted(Samples.seriesStart("b", firstFrame: 0))
        #expect(course.recordings.map(\.seriesID) == ["a", "b"])
        #expect(course.recordings[0].frames == [10, 14])
        #expect(course.recordings[0].micrometres == [0.4, 0.1], "pixels of 0.2 µm")
        #expect(course.recordings[0].unsteadyShares == [0.25, 0])
        #expect(course.recordings[1].frames.isEmpty)
    }

    /// A single far frame stays to be seen however long the recording is, and so does the share of the whole.
    @Test func memoryIsBoundedAndNothingFarIsLost() throws {
        var course = MovementCourse()
        for series in 0..<30 { course.seriesStarted(Samples.seriesStart("\(series)", firstFrame: 0)) }
        for batch in 0..<10_000 {
            let found = movements([batch == 7777 ? 5 : 0.1, 0], unsteady: batch.isMultiple(of: 2) ? 1 : 0)
            course.take(found, fromFrame: 2 * batch)
        }
        #expect(course.recordings.count == 8)
        let last = try #require(course.recordings.last)
        #expect((200...MovementCourse.mostPoints).contains(last.frames.count))
        #expect(last.micrometres.count == last.frames.count && last.unsteadyShares.count == last.frames.count)
        #expect(last.micrometres.max() == 1 && last.micrometres.count { $0 > 0.5 } == 1)
        let steps = Set(zip(last.frames, last.frames.dropFirst()).map { $1 - $0 })
        #expect(steps.count == 1 && last.frames.first == 0)
        #expect(last.unsteadyShares.dropLast().allSatisfy { abs($0 - 0.25) < 1e-9 })
    }
}
