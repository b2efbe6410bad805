package import Detection

/// Takes what a ``DetectionSession`` finds, in order; called on the thread that feeds the session.
package protocol SeriesSink: AnyObject {
    func seriesStarted(_ start: SeriesStart)
    /// What a window says of events that are not final, before its outcome.
    func announced(_ update: ProvisionalUpdate)
    /// The outcome of one window; `events` are those of `batch.events`, same order.
    func decided(_ batch: DetectionBatch, _ events: [FinalEvent])
    func framesMissing(_ gap: Gap)
    func healthChanged(_ health: Health)
    /// What was found about how a series is recorded: once, when enough of it is known.
    func examined(_ examination: Examination)
    func seriesEnded(_ outcome: SeriesOutcome)
}

/// A sink need not care about everything.
extension SeriesSink {
    package func seriesStarted(_ start: SeriesStart) {}
    package func announced(_ update: ProvisionalUpdate) {}
    package func decided(_ batch: DetectionBatch, _ events: [FinalEvent]) {}
    package func framesMissing(_ gap: Gap) {}
    package func healthChanged(_ health: Health) {}
    package func examined(_ examination: Examination) {}
    package func seriesEnded(_ outcome: SeriesOutcome) {}
}
