import Foundation
import Imaging
import Movies
import TestSupport
import Testing

/// A follower with a clock of its own, and what it brought.
final class FollowerRun {
    let follower: FrameFollower
    private(set) var now = ContinuousClock.now
    /// `series`, `end`, the first pixel and the index of frames, and what was left out.
    private(set) var log: [String] = []
    private(set) var series: [FollowedSeries] = []

    init(_ path: String, _ change: (inout FollowSettings) -> Void = { _ in }) {
        var settings = FollowSettings()
        change(&settings)
        follower = FrameFollower(path: path, settings: settings)
    }

    /// Lets time pass, and takes all that is there.
    func look(after seconds: Double = 0) {
        now += .seconds(seconds)
        while let item = follower.next(at: now) {
            switch item {
            case .series(let series):
                self.series.append(series)
                log.append("series")
            case .frame(let frame):
                let pixel = follower.pixels.loadUnaligned(as: UInt16.self)
                log.append("\(frame.index):\(pixel)")
            case .end: log.append("end")
            case .refused(let refusal): log.append("\(refusal.reason) \(refusal.frame.map(String.init) ?? "file")")
            case .late(let frame): log.append("late \(frame)")
            case .beside(let name): log.append("beside \(name)")
            case .note: log.append("note")
            }
        }
    }

    /// What has come since the last call.
    func news(after seconds: Double = 0) -> [String] {
        look(after: seconds)
        defer { log = [] }
        return log
    }
}

@Suite("Following files and folders")
final class FrameFollowerTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    static let size = FrameSize(height: 10, width: 120)
    static let kinds = [FolderWatch.Means.kernel, .looking]

    /// A frame whose pixels are one number.
    private func frame(_ value: Int) -> [UInt16] {
        [UInt16](repeating: UInt16(value), count: Self.size.pixelCount)
    }

    private func writer(_ name: String, _ dialect: TIFFDialect = .imageJ) throws -> TIFFMovieWriter {
        let options = TIFFMovieWriter.Options(dialect: dialect, expectedFrameCount: 10)
        return try TIFFMovieWriter(path: folder.path(name), size: Self.size, pixelType: .uint16, options: options)
    }

    private func write(_ name: String, _ values: Int...) throws {
        var writer = try writer(name)
        for value in values { try writer.append(frame(value)) }
        try writer.finish()
    }

    @Test("A file that is not there yet, grows, is quiet, and grows again", arguments: kinds)
    func growingFile(_ means: FolderWatch.Means) throws {
        let run = FollowerRun(folder.path("movie.tif")) { $0.means = means }
        #expect(run.news() == [])
        var writer = try writer("movie.tif")
        #expect(run.news(after: 1) == [])
        try writer.append(frame(11))
        try writer.append(frame(12))
        #expect(run.news(after: 1) == ["series", "0:11", "1:12"])
        #expect(run.series[0].seriesID?.hasPrefix("movie-") == true && run.series[0].name == "movie.tif")
        try writer.append(frame(13))
        #expect(run.news(after: 1) == ["2:13"])
        if means == .kernel {
            // As long as somebody has the file open, silence is no end.
            #expect(run.news(after: 60) == [])
        }
        try writer.finish()
        #expect(run.news(after: 0.1) + run.news(after: 11) == ["end"])
        #expect(run.news(after: 60) == [])
    }

    @Test("The writer goes on in another file, and begins anew under the same name", arguments: kinds)
    func rotation(_ means: FolderWatch.Means) throws {
        let run = FollowerRun(folder.path("movie.tif")) { $0.means = means }
        try write("movie.tif", 1, 2)
        try write("unrelated.tif", 8)
        #expect(run.news() == ["series", "0:1", "1:2"])
        try write("movie-2.tif", 3, 4)
        #expect(run.news(after: 0.2) == [])
        #expect(run.news(after: 2.1) == ["series", "0:3", "1:4"])
        try write("movie-2.tif", 5)
        #expect(run.news(after: 1) == ["series", "0:5"])
        #expect(Set(run.series.map(\.seriesID)).count == 3)
    }

    @Test("A file that its writer holds open is not left for another one that appears")
    func pausedWriter() throws {
        let run = FollowerRun(folder.url.path) { $0.means = .kernel }
        run.look()
        var slow = try writer("slow.tif")
        for value in 1...2 { try slow.append(frame(value)) }
        #expect(run.news(after: 0.1) == ["series", "0:1", "1:2"])
        try write("snapshot.tif", 9, 9)
        #expect(run.news(after: 0.1) + run.news(after: 5) == [])
        try slow.append(frame(3))
        #expect(run.news(after: 0.1) == ["2:3"])
        try slow.finish()
        #expect(run.news(after: 0.6) + run.news(after: 0.6) == ["series", "0:9", "1:9"])
    }

    @Test("Parts of Micro-Manager's series, and of a recording of our own, are one series")
    func parts() throws {
        let run = FollowerRun(folder.url.path)
        run.look()
        try write("a_MMStack_Pos0.ome.tif", 1, 2)
        #expect(run.news(after: 0.1) == ["series", "0:1", "1:2"])
        try write("a_MMStack_Pos0_1.ome.tif", 3, 4)
        _ = run.news(after: 0.1)
        #expect(run.news(after: 2) == ["2:3", "3:4"])
        for (part, first) in [(1, 0), (2, 2)] {
            let path = folder.path("recording-\(part).ome.tif")
            var description = SeriesDescription(seriesID: "s1", size: Self.size)
            description.bitsPerPixel = 16
            func stamp(_ index: Int) -> RecordedFrame { RecordedFrame(FrameStamp(index: index, receiveNanoseconds: 1)) }
            let store = try RecordingWriter(
                path: path,
                series: RecordedSeries(description),
                size: Self.size,
                pixelType: .uint16,
                firstFrame: stamp(first)
            )
            for index in first..<first + 2 {
                try frame(9).withUnsafeBytes { try store.append($0, stamp: stamp(index)) }
            }
            _ = run.news(after: 0.6)
            #expect(run.news(after: 1) == (part == 1 ? ["series", "0:9", "1:9"] : ["2:9", "3:9"]))
        }
    }

    @Test("Single frames: in order, late ones waited for, missing ones passed over", arguments: kinds)
    func singleFrames(_ means: FolderWatch.Means) throws {
        let run = FollowerRun(folder.url.path) {
            $0.means = means
            $0.lateWait = .seconds(2)
        }
        #expect(run.news() == [])
        try write("img_000.tif", 100)
        _ = run.news(after: 0.2)
        try write("img_001.tif", 101)
        _ = run.news(after: 0.2)
        #expect(run.news(after: 0.3) == ["series", "0:100", "1:101"])
        try write("img_003.tif", 103)
        #expect(run.news(after: 0.2) == [])
        try write("img_002.tif", 102)
        #expect(run.news(after: 0.2) == ["2:102", "3:103"])
        try write("img_006.tif", 106)
        #expect(run.news(after: 0.2) == [])
        #expect(run.news(after: 2.1) == ["6:106"])
        try write("img_005.tif", 105)
        #expect(run.news(after: 0.2) == ["late 5"])
        #expect(run.news(after: 11) == ["end"])
        try write("img_007.tif", 107)
        #expect(run.news(after: 0.2) == ["series", "7:107"])
    }

    @Test("A half-written frame is waited for, then left out when others come after it")
    func halfWritten() throws {
        let run = FollowerRun(folder.url.path)
        run.look()
        try write("f1.tif", 1)
        try write("f2.tif", 2)
        _ = run.news(after: 0.1)
        run.look(after: 0.5)
        #expect(run.series.count == 1)
        _ = run.news()
        let whole = folder.path("whole.dat")
        try write("whole.dat", 3)
        let bytes = try Data(contentsOf: URL(filePath: whole))
        let half = URL(filePath: folder.path("f3.tif"))
        try bytes.prefix(bytes.count / 2).write(to: half)
        #expect(run.news(after: 0.1) == [])
        // Nobody waits behind it: it may take its time.
        let handle = try FileHandle(forWritingTo: half)
        #expect(run.news(after: 1) == [])
        try handle.seekToEnd()
        try handle.write(contentsOf: bytes.suffix(from: bytes.count / 2))
        #expect(run.news(after: 0.1) == ["3:3"])
        try handle.close()
        try bytes.prefix(bytes.count / 2).write(to: URL(filePath: folder.path("f4.tif")))
        try write("f5.tif", 5)
        #expect(run.news(after: 0.1) == [])
        #expect(run.news(after: 2.1) == ["unfinished 4", "5:5"])
        try Data("no picture at all".utf8).write(to: URL(filePath: folder.path("f6.tif")))
        #expect(run.news(after: 0.1) == [])
        #expect(run.news(after: 2.1) == ["damaged 6"])
    }

    @Test("Another channel is left out; another acquisition in the same folder is another series")
    func otherNames() throws {
        let run = FollowerRun(folder.url.path)
        run.look()
        for index in 0..<6 {
            try write("img_00\(index)_DAPI.tif", 10 + index)
            try write("img_00\(index)_FITC.tif", 20 + index)
            run.look(after: 0.3)
        }
        let news = run.news(after: 0.3)
        #expect(news.filter { !$0.hasPrefix("beside") } == ["series"] + (0..<6).map { "\($0):\(10 + $0)" })
        #expect(news.count { $0.hasPrefix("beside") } == 6)
        for index in 0..<3 { try write("run2_00\(index).tif", 30 + index) }
        _ = run.news(after: 0.1)
        run.look(after: 1.1)
        #expect(run.news(after: 0.3) == ["end", "series"] + (0..<3).map { "\($0):\(30 + $0)" })
    }

    @Test("A writer that begins anew with the same names begins another series")
    func rewritten() throws {
        let run = FollowerRun(folder.url.path) { $0.means = .kernel }
        run.look()
        for index in 0..<3 { try write("img_00\(index).tif", 1 + index) }
        _ = run.news(after: 0.1)
        run.look(after: 0.5)
        _ = run.news()
        Thread.sleep(forTimeInterval: 1.1)
        for index in 0..<2 { try write("img_00\(index).tif", 51 + index) }
        _ = run.news(after: 0.1)
        run.look(after: 0.5)
        #expect(run.series.count == 2)
        try write("img_002.tif", 53)
        #expect(run.news(after: 0.1).contains("2:53"))
    }

    @Test("What lay in the folder before is left out, unless it is wanted")
    func existing() throws {
        try write("old.tif", 1, 2)
        let past = Date(timeIntervalSinceNow: -600)
        try FileManager.default.setAttributes([.modificationDate: past], ofItemAtPath: folder.path("old.tif"))
        let run = FollowerRun(folder.url.path)
        #expect(run.news() == ["note"])
        try write("new.tif", 3, 4)
        #expect(run.news(after: 0.2) == ["series", "0:3", "1:4"])
        let all = FollowerRun(folder.url.path) { $0.takesExisting = true }
        _ = all.news()
        #expect(all.news(after: 2.1) == ["series", "0:3", "1:4"])
        #expect(all.series.count == 2)
        // A single file is meant from its beginning.
        #expect(FollowerRun(folder.path("old.tif")).news() == ["series", "0:1", "1:2"])
    }

    @Test("A file that is reserved as a whole and filled in later: no frame before its pixels")
    func reserved() throws {
        let source = folder.path("source.dat")
        var options = TIFFMovieWriter.Options(dialect: .plain)
        options.usesBigTIFF = true
        var writer = try TIFFMovieWriter(path: source, size: Self.size, pixelType: .uint16, options: options)
        for value in 1...3 { try writer.append(frame(value)) }
        try writer.finish()
        let bytes = try Data(contentsOf: URL(filePath: source))
        let path = folder.path("reserved.tif")
        _ = FileManager.default.createFile(atPath: path, contents: nil)
        let handle = try FileHandle(forWritingTo: URL(filePath: path))
        try handle.truncate(atOffset: UInt64(bytes.count))
        let run = FollowerRun(path)
        #expect(run.news() == [])
        // The directories come before the pixels: libtiff puts each behind its frame.
        let frameByteCount = 2 * Self.size.pixelCount
        let places = try frameOffsets(path: source)
        var structure = bytes
        for place in places {
            structure.replaceSubrange(place..<place + frameByteCount, with: Data(count: frameByteCount))
        }
        try handle.seek(toOffset: 0)
        try handle.write(contentsOf: structure)
        #expect(run.news(after: 0.05) == ["series"])
        try handle.seek(toOffset: UInt64(places[0]))
        try handle.write(contentsOf: bytes[places[0]..<places[0] + frameByteCount])
        #expect(run.news(after: 0.05) == ["0:1"])
        for place in places.dropFirst() {
            try handle.seek(toOffset: UInt64(place))
            try handle.write(contentsOf: bytes[place..<place + frameByteCount])
        }
        #expect(run.news(after: 0.05) == ["1:2", "2:3"])
        try handle.close()
    }

    private func frameOffsets(path: String) throws -> [Int] {
        let data = try Python.run(
            script: "import sys, tifffile; print(*[p.dataoffsets[0] for p in tifffile.TiffFile(sys.argv[1]).pages])",
            arguments: [path]
        )
        return String(decoding: data, as: UTF8.self).split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
    }
}
