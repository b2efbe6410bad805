import Detection
import Foundation
import Streams
import Synchronization
import Triggers

/// What the threads of a live run know of each other: written by detection, read by heartbeat and status line.
final class LiveBoard: Sendable {
    private struct Contents {
        var progress = SessionProgress()
        var seriesID: String?
        var frameIntervalMilliseconds = 0.0
        var health = HealthStatus.ok
        var isEnding = false
        var triggers: TriggerSystem?
    }

    private let contents = Mutex(Contents())
    private let device: DeviceDescription
    private let companions: [any LiveCompanion]

    init(device: DeviceDescription, companions: [any LiveCompanion]) {
        self.device = device
        self.companions = companions
    }

    /// Tells from now on what rules have done.
    func watch(_ triggers: TriggerSystem?) { contents.withLock { $0.triggers = triggers } }

    func update(_ progress: SessionProgress) { contents.withLock { $0.progress = progress } }

    func seriesStarted(_ message: SeriesStartMessage) {
        contents.withLock {
            $0.seriesID = message.seriesID
            $0.frameIntervalMilliseconds = message.frameIntervalMilliseconds
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

    /// Everything counted so far, together with what the receiver has counted.
    func counters(_ receiver: FrameReceiverSnapshot) -> RunCounters {
        let contents = contents.withLock { $0 }
        var counters = RunCounters()
        counters.framesReceived = receiver.sequence.acceptedFrames
        counters.missingFromSource = receiver.sequence.missingAtSource
        counters.missingInTransport = receiver.sequence.missingInTransport
        counters.framesHeld = receiver.sequence.filledFrames
        for (reason, count) in receiver.refusedMessages { counters.refused[reason.rawValue] = count }
        for (reason, count) in receiver.sequence.droppedFrames { counters.refused[reason.rawValue] = count }
        counters.overflow = receiver.overflowFrames
        counters.include(contents.progress)
        counters.triggers = contents.triggers?.counters
        for companion in companions { companion.count(in: &counters) }
        return counters
    }

    func heartbeat(_ receiver: FrameReceiverSnapshot) -> HeartbeatMessage {
        let contents = contents.withLock { $0 }
        let counters = counters(receiver)
        let hasLoss =
            counters.overflow + counters.missingFromSource + counters.missingInTransport + counters.framesNotRecorded
            + counters.waveClipsLost > 0
        let hasRefusal = !counters.refused.isEmpty
        return HeartbeatMessage(
            status: receiver.failure != nil
                ? .critical : max(contents.health, hasLoss || hasRefusal ? .notice : .ok),
            state: state(receiver, contents),
            seriesID: contents.seriesID,
            counters: counters,
            ringFill: receiver.ringFill,
            lagMilliseconds: lagMilliseconds(receiver),
            instructionSet: device.instructionSet,
            device: device.processor
        )
    }

    /// Recording time that waits for detection, in ms.
    func lagMilliseconds(_ receiver: FrameReceiverSnapshot) -> Double {
        Double(receiver.waitingFrames) * contents.withLock { $0.frameIntervalMilliseconds }
    }

    private func state(_ receiver: FrameReceiverSnapshot, _ contents: Contents) -> DetectorState {
        if contents.isEnding { return .ending }
        if contents.health == .degraded { return .degraded }
        if receiver.state == .stalled { return .stalled }
        return contents.seriesID == nil ? .waiting : .running
    }
}
