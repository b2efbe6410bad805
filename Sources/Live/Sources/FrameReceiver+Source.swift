import Wire
package import ZeroMQ

extension FrameReceiver: FrameSource {
    package var origin: String { endpoints.joined(separator: ", ") }

    package var snapshot: SourceSnapshot {
        let received = received
        var snapshot = SourceSnapshot()
        snapshot.state =
            switch received.state {
            case .idle: .idle
            case .receiving: .receiving
            case .stalled: .stalled
            case .stopped: .stopped
            }
        for (reason, count) in received.refusedMessages { snapshot.refused[reason.rawValue] = count }
        snapshot.sequence = received.sequence
        snapshot.overflowFrames = received.overflowFrames
        snapshot.waitingFrames = received.waitingFrames
        snapshot.ringFill = received.ringFill
        snapshot.rounds = received.rounds
        snapshot.failure = received.failure
        return snapshot
    }
}
