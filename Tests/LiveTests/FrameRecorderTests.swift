import Foundation
import Imaging
import Live
import Movies
import Samples
import Session
import Synchronization
import TestSupport
import Testing

@Suite("Frame recorder")
final class FrameRecorderTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func recorder(_ name: String = "") throws -> FrameRecorder {
        FrameRecorder(FrameRecorder.Configuration(names: try RecordingNames(path: folder.path(name))))
    }

    /// Ends the recorder and returns the files that it wrote.
    private func finish(_ recorder: FrameRecorder) -> [String] {
        recorder.queue.close()
        recorder.finish()
        return recorder.statistics.paths
    }

    @Test(
        "tifffile reads what the sender stored, with numbers, times and OME-XML",
        arguments: [(8, nil, "uint8"), (16, nil, "uint16"), (16, 12, "uint16"), (32, nil, "float32")]
    )
    func recordingsAreReadByOthers(bitsPerPixel: Int, bitDepth: Int?, dtype: String) throws {
        var scene = RecordedScene()
        scene.series.bitsPerPixel = bitsPerPixel
        scene.series.bitDepth = bitDepth
        let recorder = try recorder()
        recorder.queue.append(scene.series)
        let frames = [0, 1, 2, 5, 6]
        for frame in frames { scene.append(frame, to: recorder.queue) }
        recorder.queue.append(SeriesEnd(seriesID: "7f0c", reason: .announced, sentFrameCount: 5, messageNumber: 11))
        let path = try #require(finish(recorder).first)
        let reading = try RecordingReading(path)

        #expect(reading.isBigTIFF && reading.shape == [5, 5, 7] && reading.dtype == dtype)
        #expect(reading.firstPixels == frames.map { scene.stored($0).first })
        #expect(reading.lastPixels == frames.map { scene.stored($0).last })
        #expect(reading.stamps.map(\.frame) == frames)
        #expect(reading.stamps.map(\.message_num) == frames.map { $0 + 4 })
        #expect(reading.stamps.map(\.t_acq_ns) == frames.map { scene.stamp($0).acquisitionNanoseconds })
        #expect(reading.stamps.map(\.t_receive_ns) == frames.map { scene.stamp($0).receiveNanoseconds })
        #expect(zip(reading.times, frames).allSatisfy { abs($0 - 6.8 * Double($1)) < 1e-6 })
        #expect(reading.times.count == frames.count)
        #expect(reading.image == "7f0c" && reading.date == "2026-01-02T03:04:05Z")
        #expect(reading.pixels["SizeT"] == "5" && reading.pixels["SignificantBits"] == bitDepth.map(String.init))
        #expect(reading.pixels["PhysicalSizeX"] == "0.2" && reading.pixels["PhysicalSizeY"] == "0.25")
        #expect(reading.series.end?.reason == "announced" && reading.series.end?.message_num == 11)
        #expect(reading.series.bit_depth == bitDepth)

        let movie = try TIFFMovie(path: path)
        #expect(movie.recordedSeries?.messageNumber == 3)
        #expect(movie.recordedFrame(3) == RecordedFrame(scene.stamp(5)))
        #expect(abs((movie.calibration.frameIntervalMilliseconds?.value ?? 0) - 6.8) < 1e-9)
    }

    @Test("A quota ends recording, not the run: what is beyond it is counted and said")
    func quota() throws {
        let scene = RecordedScene()
        var configuration = FrameRecorder.Configuration(names: try RecordingNames(path: folder.path("quota.tif")))
        configuration.quotaBytes = 3 * 5 * 7 * 2 + 1
        let recorder = FrameRecorder(configuration)
        recorder.queue.append(scene.series)
        for frame in 0..<10 { scene.append(frame, to: recorder.queue) }
        let path = try #require(finish(recorder).first)
        #expect(recorder.statistics.framesRecorded == 3 && recorder.statistics.framesNotRecorded == 7)
        #expect(recorder.news()?.message.contains("quota") == true)
        #expect(try RecordingReading(path).shape == [3, 5, 7])
    }

    @Test("Every series has a file; none is written over")
    func oneFilePerSeries() throws {
        let scene = RecordedScene()
        let recorder = try recorder("cell.tif")
        for _ in 0..<3 {
            recorder.queue.append(scene.series)
            for frame in 0..<3 { scene.append(frame, to: recorder.queue) }
            recorder.queue.append(SeriesEnd(reason: .replaced))
        }
        let names = finish(recorder).map { URL(filePath: $0).lastPathComponent }
        #expect(names == ["cell.tif", "cell-2.tif", "cell-3.tif"])
        #expect(throws: TIFFError.self) { try RecordingNames(path: self.folder.path("cell.tif")) }
    }

    @Test("Without times of acquisition none are claimed; odd names and sizes do no harm")
    func untrustedDescriptions() throws {
        var scene = RecordedScene()
        scene.series.seriesID = "a\"<b>&\u{1}\u{0}µ"
        scene.series.channel = "]]>"
        scene.series.pixelWidthMicrometres = 1e-12
        let recorder = try recorder()
        recorder.queue.append(scene.series)
        for frame in 0..<2 { scene.append(frame, acquired: false, to: recorder.queue) }
        let reading = try RecordingReading(try #require(finish(recorder).first))
        #expect(reading.image == "a\"<b>&µ")
        #expect(reading.series.series_id == "a\"<b>&\u{1}\u{0}µ")
        #expect(reading.times == [] && reading.series.end?.reason == "stopped")
    }

    /// Writes frames of a recording that is never completed.
    private func begin(_ path: String, with frameCount: Int, of scene: RecordedScene) throws {
        let writer = try RecordingWriter(
            path: path,
            series: RecordedSeries(scene.series),
            size: scene.series.size,
            pixelType: .uint16,
            firstFrame: RecordedFrame(scene.stamp(0))
        )
        for frame in 0..<frameCount {
            let counts = scene.counts(frame).map { UInt16($0) }
            try counts.withUnsafeBytes { try writer.append($0, stamp: RecordedFrame(scene.stamp(frame))) }
        }
    }

    @Test("A file that was never completed has every frame that was written")
    func unfinishedFile() throws {
        let scene = RecordedScene()
        let path = folder.path("torn.tif")
        try begin(path, with: 4, of: scene)
        // A fifth frame, of which only a part has reached the file when the process dies.
        let file = try FileHandle(forWritingTo: URL(filePath: path))
        try file.seekToEnd()
        try file.write(contentsOf: Data(repeating: 7, count: 33))
        try file.close()
        let reading = try RecordingReading(path)
        #expect(reading.shape == [4, 5, 7] && reading.firstPixels == [0, 1, 2, 3])
        #expect(reading.pixels["SizeT"] == "4", "frames that are linked are counted")
        #expect(reading.series.end == nil)
        #expect(try TIFFMovie(path: path).recordedFrame(3)?.frame == 3)
    }

    /// The count in the description follows the link to a page: between the two the process may die.
    @Test("A frame that is linked and not yet counted is read all the same")
    func frameBeforeItIsCounted() throws {
        let scene = RecordedScene()
        let path = folder.path("uncounted.tif")
        try begin(path, with: 3, of: scene)
        var bytes = try Data(contentsOf: URL(filePath: path))
        for (counted, before) in [("SizeT=\"3\"", "SizeT=\"2\""), ("PlaneCount=\"3\"", "PlaneCount=\"2\"")] {
            bytes.replaceSubrange(try #require(bytes.range(of: Data(counted.utf8))), with: Data(before.utf8))
        }
        try bytes.write(to: URL(filePath: path))
        let movie = try TIFFMovie(path: path)
        #expect(movie.frameCount == 3 && movie.recordedFrame(2)?.frame == 2)
        let script = "import sys, tifffile; print(len(tifffile.imread(sys.argv[1])), end='')"
        let count = String(decoding: try Python.run(script: script, arguments: [path]), as: UTF8.self)
        #expect(count == "2", "others, who go by the count, miss that one alone")
    }
}

/// A store that fails or hangs when told to.
private final class TroubledStore: RecordingStore {
    struct Contents {
        var frames: [RecordedFrame] = []
        var isFull = false
        var isHanging = false
    }

    /// What test and recorder share.
    final class State: Sendable {
        let contents = Mutex(Contents())
        let release = DispatchSemaphore(value: 0)
        let hangs = DispatchSemaphore(value: 0)
    }

    private let state: State

    init(_ state: State) { self.state = state }

    func append(_ frame: UnsafeRawBufferPointer, stamp: RecordedFrame) throws {
        if state.contents.withLock({ $0.isHanging }) {
            state.hangs.signal()
            state.release.wait()
        }
        try state.contents.withLock { contents in
            if contents.isFull {
                throw TIFFError.writeFailed(path: "disk", frame: stamp.frame, reason: "no space left on device")
            }
            contents.frames.append(stamp)
        }
    }

    func finish(_ end: SeriesEnd) throws {}
}

@Suite("A recorder whose disk is full or too slow")
struct TroubledRecorderTests {
    private let state = TroubledStore.State()
    private let scene = RecordedScene()

    private func recorder(queueCapacity: Int = 512) throws -> FrameRecorder {
        let folder = try TemporaryFolder()
        var configuration = FrameRecorder.Configuration(names: try RecordingNames(path: folder.url.path))
        configuration.queueCapacity = queueCapacity
        let state = state
        return FrameRecorder(configuration) { { _, _ in (TroubledStore(state), "disk") } }
    }

    private func wait(for recorder: FrameRecorder, until isTrue: (RecorderStatistics) -> Bool) -> Bool {
        for _ in 0..<30_000 {
            if isTrue(recorder.statistics) { return true }
            Thread.sleep(forTimeInterval: 0.001)
        }
        return false
    }

    @Test("Full: announced once, every frame counted, recovery announced, the hole noted with the next frame")
    func fullDisk() throws {
        let recorder = try recorder()
        recorder.queue.append(scene.series)
        for frame in 0..<10 { #expect(scene.append(frame, to: recorder.queue)) }
        try #require(wait(for: recorder) { $0.framesRecorded == 10 })
        #expect(recorder.news() == nil)

        state.contents.withLock { $0.isFull = true }
        for frame in 10..<30 { #expect(scene.append(frame, to: recorder.queue)) }
        try #require(wait(for: recorder) { $0.framesNotRecorded == 20 })
        let news = try #require(recorder.news())
        #expect(news.code == .recordingFailed && news.status == .degraded)
        #expect(news.message.contains("no space left on device"))
        #expect(recorder.news() == nil)

        state.contents.withLock { $0.isFull = false }
        for frame in 30..<300 { #expect(scene.append(frame, to: recorder.queue)) }
        try #require(wait(for: recorder) { $0.framesRecorded == 280 })
        let recovery = try #require(recorder.news())
        #expect(recovery.code == .recordingRecovered && recovery.message.contains("20 are missing"))
        recorder.queue.close()
        recorder.finish()
        let frames = state.contents.withLock { $0.frames }
        #expect(frames.map(\.frame) == Array(0..<10) + Array(30..<300))
        #expect(
            frames.filter { $0.notRecordedFrameCount != nil } == [
                RecordedFrame(scene.stamp(30), notRecordedFrameCount: 20)
            ]
        )
    }

    @Test("Hanging: frames find the queue full at once, are counted, and detection's own ring is another")
    func hangingDisk() throws {
        let recorder = try recorder(queueCapacity: 8)
        state.contents.withLock { $0.isHanging = true }
        recorder.queue.append(scene.series)
        scene.append(0, to: recorder.queue)
        state.hangs.wait()
        // Frame 0 stays in its place while it is being written, so that 7 more fit.
        let accepted = (1..<20).map { scene.append($0, to: recorder.queue) }
        #expect(accepted == (1..<20).map { $0 < 8 })
        #expect(recorder.statistics.framesNotRecorded == 12)
        #expect(recorder.news()?.code == .recordingFailed)

        state.contents.withLock { $0.isHanging = false }
        state.release.signal()
        try #require(wait(for: recorder) { $0.framesRecorded == 8 })
        scene.append(20, to: recorder.queue)
        recorder.queue.close()
        recorder.finish()
        let frames = state.contents.withLock { $0.frames }
        #expect(frames.map(\.frame) == Array(0..<8) + [20])
        #expect(frames.last?.notRecordedFrameCount == 12)
    }
}
