import Detection
import Foundation
import Imaging
import Live
import Samples
import Session
import TestSupport
import Testing
import Wire

@Suite("Clips of waves")
final class WaveClipsTests {
    private static let size = FrameSize(height: 4, width: 6)
    private static let interval = 100.0
    private static let seriesEnd = SeriesOutcome(
        context: SeriesContext(seriesID: "s", stream: "s", calibration: .published),
        reason: .sourceEnded,
        lastFrame: 0,
        frames: SeriesOutcome.FrameCounts(),
        refusedMessages: [:],
        progress: SessionProgress(),
        cell: nil
    )

    let folder: TemporaryFolder
    private let writer: ClipWriter
    private let clips: WaveClips
    private let formatter: EventFormatter

    init() throws {
        folder = try TemporaryFolder()
        writer = try ClipWriter(folder: folder.url.path)
        var configuration = WaveClips.Configuration()
        configuration.beforeSeconds = 0.5
        configuration.afterSeconds = 0.3
        clips = WaveClips(configuration, writer: writer)
        let calibration = Calibration(pixelSizeMicrometres: 0.25, frameIntervalMilliseconds: Self.interval)
        formatter = EventFormatter(context: SeriesContext(seriesID: "../7f0c", stream: "s", calibration: calibration))
    }

    private func start(_ clips: WaveClips? = nil) {
        let clips = clips ?? self.clips
        let series = SeriesDescription(size: Self.size, frameIntervalMilliseconds: Self.interval)
        clips.received(.seriesStart(series), pixels: UnsafeBufferPointer(start: nil, count: 0))
        let start = SeriesStart(
            context: formatter.context,
            size: Self.size,
            firstFrame: 0,
            device: DeviceDescription(instructionSet: "", processor: "")
        )
        clips.seriesStarted(start)
    }

    /// Frames whose first pixel tells their index.
    private func receive(_ frames: Range<Int>, to clips: WaveClips? = nil) {
        let clips = clips ?? self.clips
        for frame in frames {
            let pixels = [Float](repeating: Float(1000 + frame), count: Self.size.pixelCount)
            pixels.withUnsafeBufferPointer {
                clips.received(.frame(FrameStamp(index: frame, receiveNanoseconds: 0)), pixels: $0)
            }
        }
    }

    private typealias Event = (number: Int, eventClass: EventClass, frames: Range<Int>)

    /// Decides frames of which the last row is a wave, and hands over events in that row.
    private func decide(_ frames: Range<Int>, _ events: [Event] = [], to clips: WaveClips? = nil) {
        let clips = clips ?? self.clips
        let plane = (0..<Self.size.pixelCount).map { UInt8($0 >= 18 ? EventClass.wave.rawValue : 0) }
        for event in events {
            let voxels = event.frames.map { frame in
                Voxel(frame: Int32(frame), y: 3, x: UInt16(event.number), intensity: 1, baseline: 0, confidence: 1)
            }
            clips.mark(voxels, number: event.number, origin: 0)
        }
        clips.decide(frames.flatMap { _ in plane }, frames: frames, events.map(message))
    }

    private func message(_ event: Event) -> EventMessage {
        formatter.message(
            of: CalciumEvent(
                number: event.number,
                eventClass: event.eventClass,
                startFrame: event.frames.lowerBound,
                peakFrame: event.frames.lowerBound,
                endFrame: event.frames.upperBound - 1,
                rows: 3..<4,
                columns: event.number..<event.number + 1,
                centroidRow: 3,
                centroidColumn: 0,
                voxelCount: event.frames.count,
                footprintPixelCount: 1,
                parameters: [.amplitude: 1],
                classConfidence: 1,
                missingFrameCount: 0,
                flags: []
            )
        )
    }

    private func end() {
        clips.seriesEnded(Self.seriesEnd)
        writer.finish()
    }

    /// What tifffile reads in the files of a clip.
    private struct Clip: Decodable {
        var video: [Int]
        var classes: [Int]
        var numbers: [[Int]]
        var shapes: [[Int]]
        var imageJ: [Double]
        var first_frame: Int
        var event: [String: Int]
    }

    private func clip(_ stem: String) throws -> Clip {
        let script = """
            import json, sys, tifffile
            stem = sys.argv[1]
            video, classes, numbers = (tifffile.imread(stem + name).reshape(-1, 4, 6) for name in (
                "_video.tif", "_class_label.tif", "_event_label.tif"))
            note = json.load(open(stem + "_event.json"))
            tiff = tifffile.TiffFile(stem + "_video.tif")
            print(json.dumps({
                "video": video[:, 0, 0].tolist(), "classes": classes[:, 3, 0].tolist(),
                "numbers": numbers[:, 3].tolist(), "shapes": [list(x.shape) for x in (video, classes, numbers)],
                "imageJ": [tiff.imagej_metadata["finterval"], 1 / tiff.pages[0].get_resolution()[0]],
                "first_frame": note["first_frame"],
                "event": {key: note["event"][key] for key in ("frame_start", "frame_end", "voxels")}}))
            """
        return try JSONDecoder().decode(Clip.self, from: Python.run(script: script, arguments: [folder.path(stem)]))
    }

    private func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.url.path).filter { $0.hasSuffix("_video.tif") }
            .sorted()
    }

    @Test("tifffile reads video, classes and events around a wave, from before its onset to behind its end")
    func clipOfAWave() throws {
        start()
        receive(0..<60)
        decide(0..<32, [(1, .spark, 12..<14)])
        decide(32..<40, [(2, .wave, 20..<30)])
        #expect(writer.statistics.written == 0)
        decide(40..<50, [(3, .puff, 31..<40)])
        end()
        #expect(writer.statistics.written == 1 && writer.statistics.lost == 0)
        let clip = try clip("wave-e15859a6afe1-000002")
        #expect(clip.first_frame == 15 && clip.video == Array(1015..<1033))
        #expect(clip.classes == Array(repeating: 2, count: 18))
        #expect(clip.numbers.map { $0[2] } == (15..<33).map { (20..<30).contains($0) ? 2 : 0 })
        #expect(clip.numbers.map { $0[3] } == (15..<33).map { $0 >= 31 ? 3 : 0 })
        #expect(clip.numbers.allSatisfy { $0[1] == 0 })
        #expect(clip.shapes == Array(repeating: [18, 4, 6], count: 3))
        #expect(clip.imageJ == [0.1, 0.25])
        #expect(clip.event == ["frame_start": 20, "frame_end": 29, "voxels": 10])
    }

    @Test("At the end of a segment clips are cut with what is there; the next segment starts afresh")
    func endOfASegment() throws {
        start()
        receive(0..<40)
        clips.received(.gap(FrameGap(missingInTransport: 9)), pixels: UnsafeBufferPointer(start: nil, count: 0))
        decide(0..<40, [(1, .wave, 36..<40)])
        receive(49..<60)
        decide(49..<60, [(2, .wave, 49..<52)])
        end()
        #expect(writer.statistics.written == 2)
        #expect(writer.statistics.shortened == 0)
        #expect(try clip("wave-e15859a6afe1-000001").video == Array(1031..<1040))
        #expect(try clip("wave-e15859a6afe1-000002").video == Array(1049..<1055))
    }

    @Test("A wave longer than the ring keeps its end; the ring has a fixed length")
    func longWave() throws {
        start()
        receive(0..<200)
        decide(0..<200, [(1, .wave, 50..<150)])
        end()
        // 4.8 s at 100 ms: the newest 48 frames.
        #expect(try clip("wave-e15859a6afe1-000001").video == Array(1152..<1153))
        #expect(writer.statistics.shortened == 1)
    }

    @Test("A disk that does not take a clip is counted; names are never used twice")
    func lostClips() throws {
        for _ in 0..<2 {
            start()
            receive(0..<30)
            decide(0..<30, [(1, .wave, 5..<20)])
            clips.seriesEnded(Self.seriesEnd)
            for _ in 0..<10_000 where writer.statistics.written == 0 { Thread.sleep(forTimeInterval: 0.001) }
        }
        writer.finish()
        #expect(try names() == ["wave-e15859a6afe1-000001-2_video.tif", "wave-e15859a6afe1-000001_video.tif"])

        let gone = try ClipWriter(folder: folder.path("gone"))
        try FileManager.default.removeItem(atPath: folder.path("gone"))
        let orphan = WaveClips(WaveClips.Configuration(), writer: gone)
        start(orphan)
        receive(0..<30, to: orphan)
        decide(0..<30, [(1, .wave, 5..<20)], to: orphan)
        orphan.seriesEnded(Self.seriesEnd)
        gone.finish()
        #expect(gone.statistics.lost == 1 && gone.statistics.failure != nil)
    }

    @Test("A clip of which a part cannot be written leaves nothing behind")
    func wholeOrNotAtAll() throws {
        // A folder stands where the last movie of the clip would go.
        let obstacle = "wave-e15859a6afe1-000001_event_label.tif.partial"
        let blocked = try ClipWriter(folder: folder.path("blocked"))
        let place = URL(filePath: folder.path("blocked")).appending(path: obstacle)
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: false)
        let clips = WaveClips(WaveClips.Configuration(), writer: blocked)
        start(clips)
        receive(0..<30, to: clips)
        decide(0..<30, [(1, .wave, 5..<20)], to: clips)
        clips.seriesEnded(Self.seriesEnd)
        blocked.finish()
        #expect(blocked.statistics.lost == 1 && blocked.statistics.written == 0)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path("blocked")) == [obstacle])
    }
}
