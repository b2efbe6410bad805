package import Detection
import Imaging
package import Session

/// Turns what a session finds into what is heard of it; used on the detection thread alone.
package final class SoundSink: SeriesSink {
    private let emit: (SoundItem) -> Void
    private var series: SeriesStart?

    /// Events that are announced together are spread over at most so many seconds.
    private static let longestDelay = 1.0

    /// - Parameter emit: Receives every item; must return at once.
    package init(emit: @escaping (SoundItem) -> Void) { self.emit = emit }

    package func seriesStarted(_ start: SeriesStart) {
        series = start
        emit(.seriesStart)
    }

    package func decided(_ batch: DetectionBatch, _ events: [FinalEvent]) {
        guard let series else { return }
        let interval = series.context.calibration.frameIntervalMilliseconds / 1000
        let width = Double(max(2, series.size.width))
        for event in events.lazy.map(\.event) {
            let delay = Double(event.startFrame - batch.frames.lowerBound) * interval
            emit(
                .event(
                    SoundEvent(
                        eventClass: event.eventClass,
                        amplitude: event.parameters[.amplitude],
                        position: event.centroidColumn / (width - 1),
                        onsetSeconds: Double(event.startFrame - series.firstFrame) * interval,
                        delaySeconds: min(max(delay, 0), Self.longestDelay)
                    )
                )
            )
        }
    }

    package func seriesEnded(_ outcome: SeriesOutcome) {
        guard let series = series.take() else { return }
        let frameCount = (outcome.lastFrame ?? series.firstFrame) - series.firstFrame + 1
        emit(.seriesEnd(seconds: Double(frameCount) * series.context.calibration.frameIntervalMilliseconds / 1000))
    }
}
