import Detection
import Foundation
import Imaging
import SparkwatchDetection
import TestSupport
import Testing
import UNet

@Suite("Detection as a library")
struct SparkwatchDetectorTests {
    static let size = FrameSize(height: 16, width: 24)
    static let modelURL = PackagePaths.fixtures.appending(path: "unet_tiny/weights.safetensors")

    static func movie(frameCount: Int = 300) -> [[UInt16]] {
        BlobMovie.frames(frameCount, height: size.height, width: size.width, seed: 8)
    }

    static func detector(
        height: Int = size.height,
        width: Int = size.width,
        pixelSizeMicrometres: Double = 0.2,
        change: (inout SparkwatchDetector.Options) -> Void = { _ in }
    ) throws(SparkwatchError) -> SparkwatchDetector {
        var options = SparkwatchDetector.Options()
        options.threshold = 0.3
        change(&options)
        return try SparkwatchDetector(
            model: modelURL,
            height: height,
            width: width,
            pixelSizeMicrometres: pixelSizeMicrometres,
            frameIntervalMilliseconds: 6.8,
            options: options
        )
    }

    static func expected(_ movie: [[UInt16]]) throws -> [CalciumEvent] {
        let model = try Model.load(from: modelURL)
        var settings = DetectorSettings(threshold: .fixed(0.3), threads: 1)
        settings.window = model.metadata.window
        settings.stride = model.metadata.stride
        settings.stabilisation = .auto
        var detector = try EventDetector(model: model, size: size, calibration: .published, settings: settings)
        detector.startSegment(origin: 0)
        var batches = try movie.flatMap { frame in
            try frame.map { Float($0) }.withUnsafeBufferPointer { try detector.take($0) }
        }
        batches += try detector.endSegment()
        return batches.flatMap(\.events)
    }

    static func summary(_ events: [DetectedEvent]) -> [[Int]] {
        events.map {
            [$0.startFrame, $0.peakFrame, $0.endFrame, $0.voxelCount, $0.rows.lowerBound, $0.columns.upperBound]
        }
    }

    @Test func findsWhatTheProgramsFind() throws {
        let movie = Self.movie()
        let expected = try Self.expected(movie)
        var detector = try Self.detector()
        var found: [DetectedEvent] = []
        for frame in movie { found += try detector.take(frame) }
        let before = found.count
        found += try detector.finish()
        #expect(before > 0 && expected.count > before)
        #expect(found.map(\.eventClass) == expected.map(\.eventClass.name))
        #expect(
            Self.summary(found)
                == expected.map {
                    [
                        $0.startFrame, $0.peakFrame, $0.endFrame, $0.voxelCount, $0.rows.lowerBound,
                        $0.columns.upperBound,
                    ]
                }
        )
        for (event, other) in zip(found, expected) {
            #expect(event.parameters["raw_peak_dff0"] == other.peakDeltaFOverF0)
            #expect(Set(event.parameters.keys).union(event.reasons.keys).count == EventParameter.allCases.count)
        }
    }

    @Test func anotherRecordingBeginsAnewAndNumbersGoOn() throws {
        let movie = Self.movie()
        var detector = try Self.detector()
        var recordings: [[DetectedEvent]] = []
        for _ in 0..<2 {
            var found: [DetectedEvent] = []
            for frame in movie { found += try detector.take(frame.map { Float($0) }) }
            recordings.append(found + (try detector.finish()))
        }
        #expect(Self.summary(recordings[0]) == Self.summary(recordings[1]))
        #expect(recordings.joined().map(\.number) == Array(1...2 * recordings[0].count))
        #expect(try detector.finish().isEmpty)
    }

    /// Counts of 12 bits, and the same ones shifted up.
    @Test func countsAreScaledByTheirBits() throws {
        let movie = Self.movie().map { frame in frame.map { $0 >> 4 } }
        var narrow = try Self.detector { $0.bitDepth = 12 }
        var wide = try Self.detector()
        var found: [[DetectedEvent]] = [[], []]
        for frame in movie {
            found[0] += try narrow.take(frame)
            found[1] += try wide.take(frame.map { $0 << 4 })
        }
        found[0] += try narrow.finish()
        found[1] += try wide.finish()
        #expect(!found[0].isEmpty && found[0] == found[1])
    }

    @Test func whatCannotBeIsRefused() throws {
        func message(_ body: () throws -> Void) -> String? {
            do {
                try body()
                return nil
            } catch {
                return (error as? SparkwatchError)?.description
            }
        }
        #expect(message { _ = try Self.detector(height: 0) }?.contains("0 x 24") == true)
        #expect(message { _ = try Self.detector(width: .max) }?.contains("give 1 to") == true)
        #expect(message { _ = try Self.detector(pixelSizeMicrometres: .nan) }?.contains("pixel size") == true)
        #expect(message { _ = try Self.detector { $0.bitDepth = 17 } }?.contains("bit depth") == true)
        #expect(message { _ = try Self.detector { $0.threads = 0 } }?.contains("0 threads") == true)
        #expect(message { _ = try Self.detector { $0.threshold = 2 } }?.contains("threshold") == true)
        #expect(message { _ = try Self.detector { $0.darkLevelCounts = -1 } }?.contains("dark level") == true)
        let file = Self.modelURL.deletingLastPathComponent().appending(path: "none.safetensors")
        #expect(throws: SparkwatchError.self) {
            try events(in: [], height: 16, width: 24, model: file)
        }
        var detector = try Self.detector()
        #expect(message { _ = try detector.take([UInt16](repeating: 0, count: 5)) }?.contains("5 pixels") == true)
        let odd = [Float](repeating: .infinity, count: Self.size.pixelCount)
        #expect(message { _ = try detector.take(odd) }?.contains("not a finite number") == true)
    }

    /// The example of the documentation, on the default model.
    @Test func theExampleFindsEvents() throws {
        let found = try events(
            in: Self.movie(frameCount: 260),
            height: Self.size.height,
            width: Self.size.width,
            model: PackagePaths.root.appending(path: "Config/default-model.safetensors")
        )
        #expect(Set(found.map(\.eventClass)).isSubset(of: ["spark", "wave", "puff"]))
        #expect(!found.isEmpty)
    }
}
