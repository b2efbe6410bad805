import Dashboard
import Detection
import Foundation
import Imaging
import Journal
import Live
import Samples
import Session
import Synchronization
import TestSupport
import Testing
import UNet
import Wire
import ZeroMQ

/// Two microscopes in one process that share the threads that compute: nothing of one run is seen in the other.
@Suite("Two live runs")
struct TwoRunsTests {
    static let size = FrameSize(height: 16, width: 24)
    static let frameCount = 100

    static func movie(seed: UInt64) -> [[UInt16]] {
        BlobMovie.frames(frameCount, height: size.height, width: size.width, seed: seed)
    }

    static func detection(_ workers: WorkerPool) throws -> DetectionSession.Configuration {
        var settings = DetectorSettings(threshold: .fixed(0.3), threads: 1)
        settings.workers = workers
        settings.window = 32
        settings.stride = 8
        var configuration = DetectionSession.Configuration(
            model: try Model.load(from: PackagePaths.fixtures.appending(path: "unet_tiny/weights.safetensors")),
            settings: settings,
            device: DeviceDescription(instructionSet: "any", processor: "any")
        )
        // All frames come at once, and many wait.
        configuration.adaptsStride = false
        return configuration
    }

    /// A run with a page of its own that ends after one series.
    static func run(
        output: String,
        receivingFrom endpoint: String,
        context: ZeroMQContext,
        workers: WorkerPool
    ) throws -> (live: LiveRun, page: String) {
        var page = DashboardConfiguration(pageFolder: PackagePaths.root.appending(path: "Sources/Dashboard/Page"))
        page.port = 0
        let detector = DetectorDescription(
            softwareVersion: "1",
            modelName: "tiny",
            modelSHA256: nil,
            instructionSet: "any",
            processor: "any",
            threads: 1,
            window: 32,
            stride: 8
        )
        let part = try PagePart(page, detector: detector, marks: nil, context: context, arm: { _ in }, draw: { _ in })
        var configuration = LiveRun.Configuration(
            events: "tcp://127.0.0.1:*",
            output: output,
            frameSize: size,
            detection: try detection(workers)
        )
        configuration.seriesCount = 1
        configuration.showsStatus = false
        var receiver = FrameReceiver.Configuration(endpoints: [.connect(endpoint)])
        receiver.limits.pixelCount = size.pixelCount
        receiver.ringCapacity = 2 * frameCount
        receiver.ringPixelCapacity = 2 * frameCount * size.pixelCount
        let live = try LiveRun(configuration, parts: [part], context: context) { taps, log in
            try FrameReceiver(receiver, context: context, recordings: taps, log: log)
        }
        return (live, part.introduction.joined())
    }

    static func send(_ movie: [[UInt16]], series: String, to sender: borrowing FrameSender) throws {
        let details = SeriesDetails(seriesID: series, source: series, announcedFrameCount: frameCount)
        for (index, frame) in movie.enumerated() {
            var header = FrameHeader(size: size, format: PixelFormat(type: .uint16), series: details)
            header.frameIndex = index
            header.messageNumber = index
            try sender.send([header.json(), frame.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }])
        }
    }

    /// What the journals of runs at the same time hold, one movie each: start, end and voxels of every event.
    static func journalled(_ movies: [[[UInt16]]]) throws -> [[[Int]]] {
        let folder = try TemporaryFolder()
        let context = try ZeroMQContext()
        let first = try FrameSender(in: context), second = try FrameSender(in: context)
        let workers = try WorkerPool(threads: 2)
        var runs = [
            try run(output: folder.path("0"), receivingFrom: first.endpoint, context: context, workers: workers)
        ]
        if movies.count > 1 {
            runs.append(
                try run(output: folder.path("1"), receivingFrom: second.endpoint, context: context, workers: workers)
            )
            #expect(runs[0].page != runs[1].page && runs[0].live.endpoint != runs[1].live.endpoint)
        }
        let isThere = try first.waitForSubscriber()
        let areThere = try movies.count == 1 || second.waitForSubscriber()
        try #require(isThere && areThere)
        let summaries = Mutex<[Int: LiveSummary]>([:])
        let threads = runs.enumerated().map { index, run in
            nonisolated(unsafe) let live = run.live
            return WorkerThread.start(named: "run \(index)") {
                let summary = live.run { false }
                summaries.withLock { $0[index] = summary }
            }
        }
        try send(movies[0], series: "series 0", to: first)
        if movies.count > 1 { try send(movies[1], series: "series 1", to: second) }
        for thread in threads { thread.join() }
        return try movies.indices.map { index in
            let summary = try #require(summaries.withLock { $0[index] })
            #expect(summary.failure == nil && !summary.hasLoss)
            #expect(summary.counters.framesReceived == frameCount)
            let events = try JournalReader(path: summary.files.journal.path).events
            #expect(events.allSatisfy { $0.seriesID == "series \(index)" })
            return events.map { [$0.startFrame, $0.endFrame, $0.voxelCount] }
        }
    }

    @Test func eachFindsWhatItFindsAlone() throws {
        let movies = [Self.movie(seed: 1), Self.movie(seed: 2)]
        let together = try Self.journalled(movies)
        #expect(together[0].count > 3 && together[1].count > 3 && together[0] != together[1])
        #expect(try Self.journalled([movies[0]]) == [together[0]])
        #expect(try Self.journalled([movies[1]]) == [together[1]])
    }
}
