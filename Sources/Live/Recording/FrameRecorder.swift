import Dispatch
import Foundation
package import Imaging
package import Movies
package import Session
import Synchronization

/// Writes every received frame to disk on a thread of its own, behind a bounded queue: a slow or full disk delays nobody.
///
/// Every series becomes a file, see ``RecordingNames``. Frames for which the queue has no room or that the disk does not
/// take are counted and announced, and their number is kept with the next frame that is recorded. Safe to use from any
/// thread.
///
///     let recorder = FrameRecorder(configuration)
///     let receiver = try FrameReceiver(..., recording: recorder.queue)
///     receiver.stop()
///     recorder.finish()
package final class FrameRecorder: Sendable {
    package struct Configuration: Sendable {
        package var names: RecordingNames
        /// Most frames that wait for the disk, and most of their pixels; at least those of the largest frame.
        package var queueCapacity = 512
        package var queuePixelCapacity = 512 * 64 * 512
        /// Most bytes of pixels that the run may record; nil for no limit.
        package var quotaBytes: Int?

        package init(names: RecordingNames) {
            self.names = names
        }
    }

    /// Makes the store of a series when its first frame is there.
    package typealias StoreFactory = (SeriesDescription, RecordedFrame) throws -> (
        store: any RecordingStore, path: String
    )

    /// What the receiver feeds; closing it ends the recorder.
    package let queue: FrameRing

    private let shared = Shared()

    private final class Shared: Sendable {
        let statistics = Mutex(RecorderStatistics())
        let health = Mutex(RecorderHealth())
        let running = DispatchGroup()
    }

    /// Starts to wait for frames.
    package convenience init(_ configuration: Configuration) {
        self.init(configuration) {
            var names = configuration.names
            return { series, first in
                let path = names.next(at: Date())
                let writer = try RecordingWriter(
                    path: path,
                    series: RecordedSeries(series),
                    size: series.size,
                    pixelType: RecordedPixels(series).type,
                    firstFrame: first
                )
                return (writer, path)
            }
        }
    }

    /// - Parameters:
    ///   - configuration: How much may wait.
    ///   - makeFactory: Called on the recorder's thread, which alone uses the factory.
    package init(_ configuration: Configuration, makeFactory: @escaping @Sendable () -> StoreFactory) {
        let queue = FrameRing(
            capacity: configuration.queueCapacity,
            pixelCapacity: configuration.queuePixelCapacity
        )
        self.queue = queue
        let shared = shared
        shared.running.enter()
        let thread = Thread {
            defer { shared.running.leave() }
            var loop = RecorderLoop(makeFactory(), quotaBytes: configuration.quotaBytes)
            while !queue.isFinished {
                queue.withNext(waitingUpTo: .milliseconds(200)) { item, pixels in
                    loop.take(item, pixels)
                    shared.statistics.withLock { $0 = loop.statistics }
                }
            }
            loop.finish()
            shared.statistics.withLock { $0 = loop.statistics }
        }
        thread.name = "recorder"
        thread.stackSize = 4 << 20
        thread.start()
    }

    /// What has been recorded and lost so far.
    package var statistics: RecorderStatistics {
        var statistics = shared.statistics.withLock { $0 }
        statistics.framesNotRecorded += queue.droppedFrameCount
        return statistics
    }

    /// What has become worse or better since the last call.
    package func news() -> Health? {
        let statistics = statistics
        return shared.health.withLock { $0.update(statistics) }
    }

    /// Returns when everything in the queue is on the disk and the file is closed.
    ///
    /// - Precondition: ``queue`` is closed, which its receiver does when it stops.
    package func finish() { shared.running.wait() }
}

/// The recorder's thread: which file is open, and what becomes of each frame.
private struct RecorderLoop {
    /// Frames that no file has; those that found the queue full are counted there.
    private(set) var statistics = RecorderStatistics()
    private let makeStore: FrameRecorder.StoreFactory
    private var series: SeriesDescription?
    private var pixels: RecordedPixels?
    private var store: (any RecordingStore)?
    /// Frames lost since the last one that was recorded.
    private var lostFrameCount = 0
    private let quotaBytes: Int
    private var recordedBytes = 0

    init(_ makeStore: @escaping FrameRecorder.StoreFactory, quotaBytes: Int?) {
        self.makeStore = makeStore
        self.quotaBytes = quotaBytes ?? .max
    }

    mutating func take(_ item: FrameItem, _ frame: Span<Float>) {
        switch item {
        case .seriesStart(let description):
            finish()
            series = description
            pixels = RecordedPixels(description)
        case .frame(let stamp):
            record(stamp, frame)
        case .gap(let gap):
            lostFrameCount += gap.droppedByOverflow
        case .seriesEnd(let end):
            close(end)
        }
    }

    /// Completes the file that is open.
    mutating func finish() { close(SeriesEnd(seriesID: series?.seriesID, reason: .stopped)) }

    private mutating func record(_ stamp: FrameStamp, _ frame: Span<Float>) {
        guard let series, pixels != nil else { preconditionFailure("frames belong to a series that was started") }
        let recorded = RecordedFrame(stamp, notRecordedFrameCount: lostFrameCount)
        do {
            let byteCount = series.size.pixelCount * (pixels?.type.byteCount ?? 0)
            guard recordedBytes + byteCount <= quotaBytes else { throw RecordingQuotaReached(bytes: quotaBytes) }
            if store == nil {
                let (store, path) = try makeStore(series, recorded)
                self.store = store
                statistics.paths.append(path)
            }
            let store = store
            try pixels?.withStored(frame) { try store?.append($0, stamp: recorded) }
            lostFrameCount = 0
            recordedBytes += byteCount
            statistics.framesRecorded += 1
            statistics.failure = nil
        } catch {
            lostFrameCount += 1
            statistics.framesNotRecorded += 1
            statistics.failure = "\(error)"
        }
    }

    private mutating func close(_ end: SeriesEnd) {
        do {
            try store?.finish(end)
        } catch {
            statistics.failure = "\(error)"
        }
        store = nil
    }
}

/// The run has recorded as much as it may.
struct RecordingQuotaReached: Error, CustomStringConvertible {
    let bytes: Int

    var description: String {
        String(
            format: "the quota of %.3g GB is used up; what is recorded stays (--record-quota-gb)",
            Double(bytes) / 1e9
        )
    }
}
