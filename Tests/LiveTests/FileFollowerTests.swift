import Foundation
import Imaging
import Live
import Movies
import Session
import TestSupport
import Testing

@Suite("Frames from files into the ring")
struct FileFollowerTests {
    static let size = FrameSize(height: 8, width: 16)

    /// Takes all items until the ring is finished, at most for a minute.
    private func items(
        of follower: FileFollower,
        until isDone: ([FrameItem], [Float]) -> Bool
    ) -> (items: [FrameItem], firstPixels: [Float], mostWaiting: Int) {
        var items: [FrameItem] = []
        var pixels: [Float] = []
        var most = 0
        let deadline = Date(timeIntervalSinceNow: 60)
        while !isDone(items, pixels), Date() < deadline {
            most = max(most, follower.ring.frameCount)
            follower.ring.withNext(waitingUpTo: .milliseconds(100)) { item, frame in
                items.append(item)
                if case .frame = item { pixels.append(frame[0]) }
            }
        }
        return (items, pixels, most)
    }

    @Test("More frames than the ring holds wait in the file: none is dropped, and how old they are is not made up")
    func nothingIsDropped() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("movie.tif")
        var options = TIFFMovieWriter.Options()
        options.calibration = Calibration(pixelSizeMicrometres: 0.14, frameIntervalMilliseconds: 5)
        var writer = try TIFFMovieWriter(path: path, size: Self.size, pixelType: .uint16, options: options)
        for index in 0..<300 {
            try writer.append([UInt16](repeating: UInt16(100 + index), count: Self.size.pixelCount))
        }
        try writer.finish()
        var configuration = FileFollower.Configuration(path: path)
        configuration.ringCapacity = 16
        configuration.ringPixelCapacity = max(16 * Self.size.pixelCount, configuration.files.largestPixelCount)
        configuration.mostWaiting = 4
        configuration.files.endAfter = .seconds(1)
        let follower = FileFollower(configuration)
        let found = items(of: follower) { items, _ in
            items.contains { if case .seriesEnd = $0 { true } else { false } }
        }
        follower.stop()
        #expect(found.firstPixels == (0..<300).map { Float(100 + $0) })
        #expect(found.mostWaiting <= 4)
        let snapshot = follower.snapshot
        #expect(snapshot.overflowFrames == 0 && snapshot.refused.isEmpty && snapshot.sequence.acceptedFrames == 300)
        #expect(snapshot.sequence.missingAtSource == 0 && snapshot.state == .stopped)
        guard case .seriesStart(let description)? = found.items.first else {
            Issue.record("a series begins with its description")
            return
        }
        #expect(description.source == "movie.tif" && description.pixelWidthMicrometres == 0.14)
        #expect(description.frameIntervalMilliseconds == 5)
        for case .frame(let stamp) in found.items { #expect(stamp.receiveNanoseconds == 0) }
    }

    @Test("A file of frames larger than allowed is refused by name, and the run goes on")
    func tooLarge() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("movie.tif")
        var writer = try TIFFMovieWriter(path: path, size: Self.size, pixelType: .uint16)
        try writer.append([UInt16](repeating: 1, count: Self.size.pixelCount))
        try writer.finish()
        var configuration = FileFollower.Configuration(path: path)
        configuration.files.largestPixelCount = 100
        let follower = FileFollower(configuration)
        let deadline = Date(timeIntervalSinceNow: 60)
        while follower.snapshot.refused.isEmpty, Date() < deadline { Thread.sleep(forTimeInterval: 0.01) }
        #expect(follower.snapshot.refused == ["frame_too_large": 1])
        #expect(follower.snapshot.state == .idle)
        follower.stop()
    }
}
