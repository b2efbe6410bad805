import Dispatch
import Foundation
import Imaging
import Session
import Synchronization
import UNet

/// Plays the sounds of events as they are announced, on a thread of its own.
///
/// Safe to use from any thread. Without a sound card there is a message in ``statistics`` and nothing else happens.
package final class SoundPlayer: Sendable {
    private struct Request: Sendable {
        let event: SoundEvent
        /// When it is to be heard.
        let due: ContinuousClock.Instant
    }

    private let queue = BoundedQueue<Request>(capacity: 256)
    private let shared = Shared()

    private final class Shared: Sendable {
        let statistics = Mutex(SoundStatistics())
        let running = DispatchGroup()
    }

    /// Sounds that would come later than this are left out.
    private static let latest = Duration.milliseconds(250)
    private static let block = Duration.milliseconds(10)
    private static let samplesPerBlock = SoundSynthesis.sampleRate / 100
    /// Blocks that the device has in advance.
    private static let lead = Duration.milliseconds(40)

    /// - Parameters:
    ///   - device: The name of the device as ALSA knows it.
    ///   - synthesis: What events sound like.
    ///   - clicksPerSecond: Most sparks that are heard in a second.
    package init(device: String, synthesis: SoundSynthesis, clicksPerSecond: Double) {
        let (queue, shared) = (queue, shared)
        shared.running.enter()
        let thread = Thread {
            defer { shared.running.leave() }
            do throws(SoundError) {
                let device = try ALSADevice(name: device)
                try Self.run(device, queue, synthesis, ClickLimiter(clicksPerSecond: clicksPerSecond)) { change in
                    shared.statistics.withLock { change(&$0) }
                }
            } catch {
                shared.statistics.withLock { $0.failure = "\(error)" }
                queue.close()
                shared.statistics.withLock { $0.dropped += queue.drain(waitingUntil: .now()).elements.count }
            }
        }
        thread.name = "sound"
        thread.start()
    }

    /// Hands over an event and returns at once.
    package func play(_ event: SoundEvent) {
        queue.append(Request(event: event, due: ContinuousClock.now + .seconds(event.delaySeconds)))
    }

    package var statistics: SoundStatistics {
        var statistics = shared.statistics.withLock { $0 }
        statistics.dropped += queue.refusedCount
        return statistics
    }

    /// Returns when what is in the queue was played, a second or so.
    package func finish() {
        queue.close()
        shared.running.wait()
    }

    private static func run(
        _ device: borrowing ALSADevice,
        _ queue: BoundedQueue<Request>,
        _ synthesis: SoundSynthesis,
        _ clicks: ClickLimiter,
        _ count: ((inout SoundStatistics) -> Void) -> Void
    ) throws(SoundError) {
        var mixer = SoundMixer()
        var clicks = clicks
        let origin = ContinuousClock.now
        // When sample 0 is heard; moved on whenever this thread was held up.
        var start = origin
        while true {
            let played = block * (mixer.position / samplesPerBlock)
            let ahead = start + played - ContinuousClock.now
            let (requests, isClosed) = queue.drain(waitingUntil: deadline(ahead - lead))
            for request in requests {
                let sample = Int(saturating: (request.due - start) / .seconds(1) * Double(SoundSynthesis.sampleRate))
                let isHeard =
                    ContinuousClock.now - request.due <= latest
                    && (request.event.eventClass != .spark || clicks.admits(at: (request.due - origin) / .seconds(1)))
                    && mixer.add(synthesis.render(request.event), at: sample)
                count { if isHeard { $0.played += 1 } else { $0.dropped += 1 } }
            }
            if isClosed, mixer.isSilent { return }
            if ahead + latest < .zero { start -= ahead }
            if start + played - ContinuousClock.now <= lead {
                try device.play(mixer.next(sampleCount: samplesPerBlock))
            }
        }
    }

    private static func deadline(_ wait: Duration) -> DispatchTime {
        .now() + .nanoseconds(Int(saturating: min(max(0, wait / .nanoseconds(1)), 1e18)))
    }
}
