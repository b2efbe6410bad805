import Dispatch
import Foundation
import Imaging
import Session
import Synchronization

/// Writes the sounds of every series to a WAV file in time with the recording, on a thread of its own.
///
/// The first series gets the wanted name, later ones a number behind it. Safe to use from any thread.
package final class SoundFileOutput: Sendable {
    private let queue = BoundedQueue<SoundItem>(capacity: 4096)
    private let shared = Shared()

    private final class Shared: Sendable {
        let statistics = Mutex(SoundStatistics())
        let running = DispatchGroup()
    }

    /// - Parameters:
    ///   - path: Where the first series goes; ends in `.wav`.
    ///   - synthesis: What events sound like.
    ///   - clicksPerSecond: Most sparks that are heard in a second.
    /// - Throws: ``SoundError/fileFailed(path:reason:)`` if there is such a file already, or no folder for it.
    package init(path: String, synthesis: SoundSynthesis, clicksPerSecond: Double) throws {
        let url = URL(filePath: path)
        try OutputFolder.make(url.deletingLastPathComponent(), option: "--sound-file")
        guard !FileManager.default.fileExists(atPath: url.path) else {
            throw SoundError.fileFailed(path: path, reason: "there is such a file already, which is not written over")
        }
        let (queue, shared) = (queue, shared)
        shared.running.enter()
        let thread = Thread {
            defer { shared.running.leave() }
            var loop = SoundFileLoop(url: url, synthesis: synthesis, clicksPerSecond: clicksPerSecond)
            while true {
                let (items, isClosed) = queue.drain(waitingUntil: .now() + .seconds(1))
                for item in items { loop.take(item) }
                shared.statistics.withLock { $0 = loop.statistics }
                if isClosed { return }
            }
        }
        thread.name = "sound file"
        thread.start()
    }

    /// Hands over what comes next and returns at once.
    package func take(_ item: SoundItem) { queue.append(item) }

    package var statistics: SoundStatistics {
        var statistics = shared.statistics.withLock { $0 }
        statistics.dropped += queue.refusedCount
        return statistics
    }

    /// Returns when everything is written and the file is closed.
    package func finish() {
        queue.close()
        shared.running.wait()
    }
}

/// The thread of a ``SoundFileOutput``.
private struct SoundFileLoop: ~Copyable {
    private(set) var statistics = SoundStatistics()
    private let url: URL
    private let synthesis: SoundSynthesis
    private var limiter: ClickLimiter
    private var writer: SoundFileWriter?
    private var seriesCount = 0

    init(url: URL, synthesis: SoundSynthesis, clicksPerSecond: Double) {
        self.url = url
        self.synthesis = synthesis
        limiter = ClickLimiter(clicksPerSecond: clicksPerSecond)
    }

    mutating func take(_ item: SoundItem) {
        do throws(SoundError) {
            switch item {
            case .seriesStart:
                limiter.reset()
                seriesCount += 1
                writer = try SoundFileWriter(path: freePath())
            case .event(let event):
                try add(event)
            case .seriesEnd(let seconds):
                try writer?.extend(toSeconds: seconds)
                writer = nil
            }
        } catch {
            if case .event = item { statistics.dropped += 1 }
            statistics.failure = "\(error)"
        }
    }

    private mutating func add(_ event: SoundEvent) throws(SoundError) {
        guard writer != nil, event.eventClass != .spark || limiter.admits(at: event.onsetSeconds) else {
            statistics.dropped += 1
            return
        }
        try writer?.mix(synthesis.render(event), at: event.onsetSeconds)
        statistics.played += 1
    }

    private func freePath() -> String {
        var number = seriesCount
        while true {
            let name = url.deletingPathExtension().lastPathComponent + (number == 1 ? "" : "-\(number)")
            let path = url.deletingLastPathComponent().appending(path: "\(name).\(url.pathExtension)").path
            guard FileManager.default.fileExists(atPath: path) else { return path }
            number += 1
        }
    }
}
