import Foundation
import Imaging
import Movies
import TestSupport
import Testing
import sparksim

@Suite struct RecordingStatisticsTests {
    private static let size = FrameSize(height: 16, width: 16)

    /// A movie whose statistics follow from its construction: the right half is a cell of 300 and 500 counts in turn,
    /// the left half has 100 counts; a spark of 3 x 3 pixels and 1400 counts lasts from frame 4 to 9.
    private static func write(to folder: URL, labelSize: FrameSize = size) throws -> (String, String, String) {
        let paths = ["video", "class_label", "event_label"].map { folder.appending(path: "01_\($0).tif").path }
        var video = try TIFFMovieWriter(path: paths[0], size: size, pixelType: .uint16)
        var classes = try TIFFMovieWriter(path: paths[1], size: labelSize, pixelType: .uint8)
        var events = try TIFFMovieWriter(path: paths[2], size: labelSize, pixelType: .uint16)
        for frame in 0..<20 {
            var counts = [UInt16](repeating: 100, count: size.pixelCount)
            var labels = [UInt8](repeating: 0, count: labelSize.pixelCount)
            for y in 0..<16 {
                for x in 8..<16 {
                    let isSpark = (4...9).contains(frame) && (6...8).contains(y) && (10...12).contains(x)
                    counts[y * 16 + x] = isSpark ? 1400 : (frame % 2 == 0 ? 300 : 500)
                    if isSpark, y < labelSize.height { labels[y * 16 + x] = 1 }
                }
            }
            try video.append(counts)
            try classes.append(labels)
            try events.append(labels.map { UInt16($0) * 7 })
        }
        try video.finish()
        try classes.finish()
        try events.finish()
        return (paths[0], paths[1], paths[2])
    }

    @Test func measuresWhatIsThere() throws {
        let folder = try TemporaryFolder()
        let (video, classes, events) = try Self.write(to: folder.url)
        let statistics = try RecordingStatistics(video: video, classes: classes, events: events)
        #expect(statistics.frameCount == 20)
        #expect(statistics.cellCoverage == 0.5)
        #expect(statistics.eventCounts == [1: 1])
        #expect(statistics.durations == [1: [6]])
        #expect(statistics.areas == [1: Array(repeating: 9, count: 6)])
        #expect(statistics.prevalence == [1: 54.0 / 5120])
        // 119 pixels of mean 300 above the minimum, 9 with 6 of 20 frames at 1300.
        let cellCounts = (119 * 300.0 + 9 * (14 * 300.0 + 6 * 1300.0) / 20) / 128
        #expect(abs(statistics.cellCounts - cellCounts) < 1e-9)
        // Event-free cell pixels are 300 and 500 equally often.
        let signalToNoise = try #require(statistics.signalToNoise)
        #expect(abs(signalToNoise - 10) < 0.01)
    }

    @Test func refusesLabelsOfAnotherMovie() throws {
        let folder = try TemporaryFolder()
        let (video, classes, events) = try Self.write(to: folder.url, labelSize: FrameSize(height: 12, width: 16))
        #expect(throws: StatisticsError.self) {
            try RecordingStatistics(video: video, classes: classes, events: events)
        }
    }

    @Test func saysWhatAFolderLacks() throws {
        let folder = try TemporaryFolder()
        let program = try RunningProgram.sparksim(["stats", folder.url.path])
        #expect(program.wait() != 0)
        #expect(program.standardError.contains("NN_class_label.tif"))
    }
}
