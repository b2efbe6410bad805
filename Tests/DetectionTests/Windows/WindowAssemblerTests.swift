import Detection
import Imaging
import Testing

@Suite("Window assembler")
struct WindowAssemblerTests {
    static let size = FrameSize(height: 1, width: 2)

    /// Frame f holds the counts 100 + f and 200 + f.
    static func counts(_ frame: Int) -> [Float] { [100 + Float(frame), 200 + Float(frame)] }

    /// Feeds `frameCount` frames and returns all windows, the flushed one last.
    static func windows(
        frameCount: Int,
        window: Int = 256,
        stride: Int = 32,
        inspect: (inout WindowAssembler, Window) -> Void = { _, _ in }
    ) -> [Window] {
        var assembler = WindowAssembler(
            size: size,
            window: window,
            stride: stride,
            maximumStride: 2 * stride,
            darkLevelCounts: nil
        )
        var windows: [Window] = []
        for frame in 0..<frameCount {
            let completed = counts(frame).withUnsafeBufferPointer { assembler.append($0) }
            guard let completed else { continue }
            windows.append(completed)
            inspect(&assembler, completed)
        }
        if let last = assembler.flush() {
            windows.append(last)
            inspect(&assembler, last)
        }
        return windows
    }

    @Test func publishedWindows() {
        let windows = Self.windows(frameCount: 320)
        #expect(windows.map(\.start) == [0, 32, 64, 64])
        #expect(windows.map(\.keptFrames) == [0..<144, 144..<176, 176..<208, 208..<320])
        #expect(windows.map(\.newFrames) == [0..<256, 256..<288, 288..<320, 320..<320])
    }

    @Test func remainderIsPaddedBehind() {
        let windows = Self.windows(frameCount: 300)
        #expect(windows.map(\.newFrames) == [0..<256, 256..<288, 288..<320])
        #expect(windows.last?.keptFrames == 176..<300)
    }

    @Test(arguments: [1, 100, 255])
    func shortSegmentIsOneWindow(frameCount: Int) {
        let windows = Self.windows(frameCount: frameCount)
        #expect(windows.map(\.newFrames) == [0..<256])
        #expect(windows.map(\.keptFrames) == [0..<frameCount])
    }

    @Test func nothingComesOfNothing() { #expect(Self.windows(frameCount: 0).isEmpty) }

    @Test(arguments: Array(1...90))
    func everyFrameIsKeptOnceInOrder(frameCount: Int) {
        let windows = Self.windows(frameCount: frameCount, window: 32, stride: 8)
        #expect(windows.flatMap { Array($0.keptFrames) } == Array(0..<frameCount))
    }

    @Test func framesAreNormalisedByTheMinimumOfTheFirstWindow() {
        _ = Self.windows(frameCount: 75, window: 32, stride: 8) { assembler, window in
            #expect(assembler.darkLevelCounts == 100)
            for frame in window.newFrames {
                let expected = frame >= 75 ? [0, 0] : [Float(frame) / 65435, (100 + Float(frame)) / 65435]
                #expect(assembler.withFrame(frame) { Array($0) } == expected)
                #expect(assembler.intensity(of: frame..<frame + 1) == expected)
            }
        }
    }

    /// Before the first window is complete, the minimum so far counts once it has stayed for eight frames, or an eighth of
    /// those to come.
    @Test func theDarkLevelIsExpectedBeforeItIsKnown() {
        var assembler = WindowAssembler(size: Self.size, window: 32, stride: 8, maximumStride: 16, darkLevelCounts: nil)
        var expected: [Float?] = []
        for frame in 0..<32 {
            let counts = frame == 20 ? [60, 300] : Self.counts(frame)
            _ = counts.withUnsafeBufferPointer { assembler.append($0) }
            let level = assembler.expectedDarkLevelCounts
            expected.append(level)
            guard let level else { continue }
            let normalised = [(100 - level) / (65535 - level), (200 - level) / (65535 - level)]
            #expect(assembler.withFrame(0) { Array($0) } == normalised)
        }
        #expect(expected.prefix(3).allSatisfy { $0 == nil })
        #expect(expected[3..<20].allSatisfy { $0 == 100 })
        #expect(expected[20...].allSatisfy { $0 == 60 })
        #expect(assembler.darkLevelCounts == 60)
    }

    @Test func aGivenDarkLevelCountsFromTheStart() {
        var assembler = WindowAssembler(size: Self.size, window: 32, stride: 8, maximumStride: 16, darkLevelCounts: 90)
        _ = Self.counts(0).withUnsafeBufferPointer { assembler.append($0) }
        #expect(assembler.expectedDarkLevelCounts == 90)
        #expect(assembler.withFrame(0) { Array($0) } == [10 / 65445, 110 / 65445])
    }

    @Test(arguments: [12, 40]) func substitutesDoNotLowerTheDarkLevel(frameCount: Int) {
        var assembler = WindowAssembler(
            size: Self.size,
            window: 32,
            stride: 8,
            maximumStride: 16,
            darkLevelCounts: nil
        )
        for frame in 0..<frameCount {
            let counts = frame == 5 ? [0, 0] : Self.counts(frame)
            _ = counts.withUnsafeBufferPointer { assembler.append($0, isSubstitute: frame == 5) }
        }
        _ = assembler.flush()
        #expect(assembler.darkLevelCounts == 100)
    }

    @Test func aWiderStrideKeepsFramesContiguous() {
        var assembler = WindowAssembler(
            size: Self.size,
            window: 32,
            stride: 8,
            maximumStride: 16,
            darkLevelCounts: 0
        )
        var kept: [Range<Int>] = []
        for frame in 0..<80 {
            if let window = Self.counts(frame).withUnsafeBufferPointer({ assembler.append($0) }) {
                kept.append(window.keptFrames)
                assembler.stride = kept.count.isMultiple(of: 2) ? 8 : 16
            }
        }
        #expect(kept == [0..<20, 20..<36, 36..<44, 44..<60, 60..<68])
    }

    /// Ten frames wait when the stride becomes eight again: the window ends with the newest frame, after 16.
    @Test func aStrideThatShrinksBetweenWindowsKeepsStepsWhole() {
        var assembler = WindowAssembler(
            size: Self.size,
            window: 32,
            stride: 8,
            maximumStride: 16,
            darkLevelCounts: 0
        )
        var windows: [Window] = []
        for frame in 0..<64 {
            if frame == 32 { assembler.stride = 16 }
            if frame == 42 { assembler.stride = 8 }
            if let window = Self.counts(frame).withUnsafeBufferPointer({ assembler.append($0) }) {
                #expect(window.newFrames.upperBound == frame + 1)
                windows.append(window)
            }
        }
        #expect(windows.map(\.start) == [0, 16, 24, 32])
        #expect(windows.map(\.keptFrames) == [0..<20, 20..<36, 36..<44, 44..<52])
    }
}
