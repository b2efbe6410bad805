import Foundation
import Imaging
import Session
import Synchronization
import Wire

/// What the threads of a live run know of each other: written by detection, read by heartbeat and status line.
final class LiveBoard: Sendable {
    private struct Contents {
        var progress = SessionProgress()
        var seriesID: String?
        var frameIntervalMilliseconds = 0.0
        var health = HealthStatus.ok
        var isEnding = false
    }

    private let contents = Mutex(Contents())
    private let device: DeviceDescription
    private let parts: [any LivePart]

    init(device: DeviceDescription, parts: [any LivePart]) {
        self.device = device
        self.parts = parts
    }

    var progress: SessionProgress { contents.withLock { $0.progress } }

    func update(_ progress: SessionProgress) { contents.withLock { $0.progress = progress } }

    func seriesStarted(_ context: SeriesContext) {
        contents.withLock {
            $0.seriesID = context.seriesID
            $0.frameIntervalMilliseconds = context.calibration.frameIntervalMilliseconds
            $0.health = .ok
        }
    }

    func seriesEnded() {
        contents.withLock {
            $0.seriesID = nil
            $0.health = .ok
        }
    }

    func healthChanged(_ health: HealthStatus) { contents.withLock { $0.health = health } }

    func ending() { contents.withLock { $0.isEnding = true } }

    /// Everything counted so far, together with what the source has counted.
    func counters(_ source: SourceSnapshot) -> RunCounters {
        let contents = contents.withLock { $0 }
        var counters = RunCounters()
        counters.framesReceived = source.sequence.acceptedFrames
        counters.missingFromSource = source.sequence.missingAtSource
        counters.missingInTransport = source.sequence.missingInTransport
        counters.framesHeld = source.sequence.filledFrames
        counters.refused = source.refused
        for (reason, count) in source.sequence.droppedFrames { counters.refused[reason.rawValue] = count }
        counters.overflow = source.overflowFrames
        counters.include(contents.progress)
        for part in parts { part.count(in: &counters) }
        return counters
    }

    func heartbeat(_ source: SourceSnapshot) -> HeartbeatMessage {
        let contents = contents.withLock { $0 }
        let counters = counters(source)
        let hasLoss =
            counters.overflow + counters.missingFromSource + counters.missingInTransport + counters.framesNotRecorded
            + counters.waveClipsLost > 0
        let hasRefusal = !counters.refused.isEmpty
        return HeartbeatMessage(
            status: source.failure != nil
                ? .critical : max(contents.health, hasLoss || hasRefusal ? .notice : .ok),
            state: state(source, contents),
            seriesID: contents.seriesID,
            counters: counters,
            ringFill: source.ringFill,
            lagMilliseconds: lagMilliseconds(source),
            instructionSet: device.instructionSet,
            device: device.processor
        )
    }

    /// Recording time that waits for detection, in ms.
    func lagMilliseconds(_ source: SourceSnapshot) -> Double {
        Double(source.waitingFrames) * contents.withLock { $0.frameIntervalMilliseconds }
    }

    private func state(_ source: SourceSnapshot, _ contents: Contents) -> DetectorState {
        if contents.isEnding { return .ending }
        if contents.health == .degraded { return .degraded }
        if source.state == .stalled { return .stalled }
        return contents.seriesID == nil ? .waiting : .running
    }
}
