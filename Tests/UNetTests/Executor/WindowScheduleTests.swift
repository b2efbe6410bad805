import Testing
import UNet

@Suite struct WindowScheduleTests {
    /// Frames of the movie, padding before, frames with padding, windows: by the rule of the published pipeline.
    @Test(arguments: [
        (1, 127, 256, 1), (255, 0, 256, 1), (256, 0, 256, 1), (257, 15, 288, 2), (341, 5, 352, 4), (352, 0, 352, 4),
        (353, 15, 384, 5), (1000, 12, 1024, 25),
    ])
    func paddingFillsWindows(frames: Int, before: Int, padded: Int, windows: Int) {
        let schedule = WindowSchedule(frameCount: frames)
        #expect(schedule.paddingBefore == before)
        #expect(schedule.paddedFrameCount == padded)
        #expect(schedule.windowCount == windows)
        #expect(schedule.paddingBefore + frames + schedule.paddingAfter == padded)
    }

    @Test func endsAreKeptByTheirOnlyWindow() {
        let schedule = WindowSchedule(frameCount: 352)
        #expect((0..<4).map(schedule.keptFrames(ofWindow:)) == [0..<144, 112..<144, 112..<144, 112..<256])
        #expect(WindowSchedule(frameCount: 200).keptFrames(ofWindow: 0) == 0..<256)
    }

    @Test(arguments: [(256, 32), (256, 64), (64, 8), (32, 32), (48, 16)])
    func everyFrameIsKeptOnceAndHandedOverOnce(window: Int, stride: Int) {
        for frames in 1...3 * window {
            let schedule = WindowSchedule(frameCount: frames, window: window, stride: stride)
            var kept: [Int] = []
            var new: [Int] = []
            for index in 0..<schedule.windowCount {
                kept += schedule.keptFrames(ofWindow: index).map { $0 + index * stride }
                new += schedule.newFrames(ofWindow: index)
            }
            #expect(kept.elementsEqual(0..<schedule.paddedFrameCount))
            #expect(new.elementsEqual(0..<schedule.paddedFrameCount))
        }
    }
}
