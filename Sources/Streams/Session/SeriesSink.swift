public import Detection

/// Takes what a ``DetectionSession`` finds, in order; called on the thread that feeds the session.
public protocol SeriesSink: AnyObject {
    func seriesStarted(_ message: SeriesStartMessage)
    /// What a window says of events that are not final, before its outcome.
    func announced(_ messages: ProvisionalMessages)
    /// The outcome of one window; `messages` are those of `batch.events`.
    func decided(_ batch: DetectionBatch, _ messages: [EventMessage])
    func framesMissing(_ message: GapMessage)
    func healthChanged(_ message: StatusMessage)
    func seriesEnded(_ message: SeriesEndMessage)
}

extension SeriesSink {
    /// Sinks that want final events only need not care.
    public func announced(_ messages: ProvisionalMessages) {}
}

/// What one window says of events that are not final.
public struct ProvisionalMessages: Sendable, Equatable {
    /// Those that were found in the newest frames or grew there.
    public var found: [EventMessage]
    /// Those that were taken back.
    public var retracted: [RetractedMessage]
    /// Acquisition index of the newest frame that the window needed.
    public var newestFrame: Int

    public init(found: [EventMessage], retracted: [RetractedMessage], newestFrame: Int) {
        self.found = found
        self.retracted = retracted
        self.newestFrame = newestFrame
    }
}
