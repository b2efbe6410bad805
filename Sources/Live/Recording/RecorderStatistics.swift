import Session

/// What a recorder has done so far.
package struct RecorderStatistics: Sendable, Equatable {
    package var framesRecorded = 0
    /// Frames that were received and are in no file: the disk was full, or too slow for longer than the queue.
    package var framesNotRecorded = 0
    /// The files so far, the present one last.
    package var paths: [String] = []
    /// Why the last frame could not be written; nil if it was.
    package var failure: String?

    package init() {}
}

/// Decides when a recorder's losses are worth a message: when they begin, and when they have been over for a while.
struct RecorderHealth {
    private var isLosing = false
    private var framesNotRecorded = 0
    private var framesRecordedAtLastLoss = 0
    private var framesNotRecordedBefore = 0

    /// Frames recorded without a loss after which recording counts as well again.
    private static let recovery = 256

    /// Looks at the state of the recorder.
    ///
    /// - Returns: What to announce; nil if nothing has changed.
    mutating func update(_ statistics: RecorderStatistics) -> Health? {
        let newLosses = statistics.framesNotRecorded - framesNotRecorded
        framesNotRecorded = statistics.framesNotRecorded
        if newLosses > 0 {
            framesRecordedAtLastLoss = statistics.framesRecorded
            guard !isLosing else { return nil }
            isLosing = true
            framesNotRecordedBefore = framesNotRecorded - newLosses
            let reason = statistics.failure ?? "the disk is too slow; use a faster one, or a longer queue"
            return Health(
                status: .degraded,
                code: .recordingFailed,
                message: "frames are received but not recorded: \(reason)"
            )
        }
        guard isLosing, statistics.framesRecorded - framesRecordedAtLastLoss >= Self.recovery else { return nil }
        isLosing = false
        return Health(
            status: .notice,
            code: .recordingRecovered,
            message:
                "frames are recorded again; \(framesNotRecorded - framesNotRecordedBefore) are missing in the recording"
        )
    }
}
