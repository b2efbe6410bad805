package import Detection

/// Takes what a ``DetectionSession`` finds, in order; called on the thread that feeds the session.
package protocol SeriesSink: AnyObject {
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
    package func announced(_ messages: ProvisionalMessages) {}
}

/// What one window says of events that are not final.
package struct ProvisionalMessages: Sendable, Equatable {
    /// Those that were found in the newest frames or grew there.
    package var found: [EventMessage]
    /// Those that were taken back.
    package var retracted: [RetractedMessage]
    /// Acquisition index of the newest frame that the window needed.
    package var newestFrame: Int

    package init(found: [EventMessage], retracted: [RetractedMessage], newestFrame: Int) {
        self.found = found
        self.retracted = retracted
        self.newestFrame = newestFrame
    }
}
