public import Detection

/// Takes what a ``DetectionSession`` finds, in order; called on the thread that feeds the session.
public protocol SeriesSink: AnyObject {
    func seriesStarted(_ message: SeriesStartMessage)
    /// The outcome of one window; `messages` are those of `batch.events`.
    func decided(_ batch: DetectionBatch, _ messages: [EventMessage])
    func framesMissing(_ message: GapMessage)
    func healthChanged(_ message: StatusMessage)
    func seriesEnded(_ message: SeriesEndMessage)
}
