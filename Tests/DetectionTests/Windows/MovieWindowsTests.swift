import Detection
import Testing

@Suite("Windows over a whole movie")
struct MovieWindowsTests {
    /// Where the kept frames lie in the movie.
    static func decided(_ windows: MovieWindows, window: Int) -> [Int] {
        windows.windows.flatMap { position in
            let start = position.newFrames.upperBound - window
            return position.kept.map { $0 + start - windows.paddingInFront }
        }
    }

    @Test func publishedPositions() {
        let windows = MovieWindows(frameCount: 320, window: 256, stride: 32)
        #expect(windows.windows.map(\.newFrames) == [0..<256, 256..<288, 288..<320])
        #expect(windows.windows.map(\.kept) == [0..<144, 112..<144, 112..<256])
    }

    @Test func paddingIsHalvedWithTheSmallerHalfInFront() {
        let windows = MovieWindows(frameCount: 341, window: 256, stride: 32)
        #expect(windows.paddingInFront == 5)
        #expect(windows.paddingBehind == 6)
        #expect(windows.windows.first?.kept == 5..<144)
        #expect(windows.windows.last?.kept == 112..<250)
    }

    @Test func shortMovieIsOneWindow() {
        let windows = MovieWindows(frameCount: 100, window: 256, stride: 32)
        #expect(windows.windows.map(\.kept) == [78..<178])
    }

    @Test(arguments: Array(1...140))
    func everyFrameIsDecidedOnceInOrder(frameCount: Int) {
        let windows = MovieWindows(frameCount: frameCount, window: 32, stride: 8)
        #expect(Self.decided(windows, window: 32) == Array(0..<frameCount))
    }

    @Test func paddedMovie() {
        let windows = MovieWindows(frameCount: 3, window: 8, stride: 4)
        #expect(windows.padded([1, 2, 3], pixelCount: 1) == [0, 0, 1, 2, 3, 0, 0, 0])
    }
}
