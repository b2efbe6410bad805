public import Detection

/// How far a session is, and how fast.
public struct SessionProgress: Sendable {
    public var frameCount = 0
    public var windowCount = 0
    public var seriesCount = 0
    /// Series that were left out, mostly because memory did not suffice for them.
    public var refusedSeriesCount = 0
    /// Final events by class.
    public var eventCounts: [EventClass: Int] = [:]
    private var recordingMilliseconds = 0.0
    private var processing = Duration.zero

    public init() {}

    /// Recording time per processing time over all windows that moved by whole strides; nil before the first.
    public var realTimeFactor: Double? {
        let milliseconds = processing / .milliseconds(1)
        return milliseconds > 0 ? recordingMilliseconds / milliseconds : nil
    }

    mutating func record(_ batch: DetectionBatch, stride: Int, frameIntervalMilliseconds: Double) {
        windowCount += 1
        for event in batch.events { eventCounts[event.eventClass, default: 0] += 1 }
        guard batch.newFrameCount == stride || batch.newFrameCount == 2 * stride else { return }
        recordingMilliseconds += Double(batch.newFrameCount) * frameIntervalMilliseconds
        processing += batch.durations.total
    }
}

extension RunCounters {
    /// Takes over what detection has counted.
    public mutating func include(_ progress: SessionProgress) {
        seriesRefused = progress.refusedSeriesCount
        windowsDone = progress.windowCount
        for eventClass in EventClass.allCases { events[eventClass.name] = progress.eventCounts[eventClass] ?? 0 }
        realTimeFactor = progress.realTimeFactor?.rounded(decimals: 2)
    }
}
