package import Detection

/// Turns what a session finds into what is heard of it; used on the detection thread alone.
package final class SoundSink: SeriesSink {
    private let emit: (SoundItem) -> Void
    private var series: SeriesStartMessage?

    /// Events that are announced together are spread over at most so many seconds.
    private static let longestDelay = 1.0

    /// - Parameter emit: Receives every item; must return at once.
    package init(emit: @escaping (SoundItem) -> Void) { self.emit = emit }

    package func seriesStarted(_ message: SeriesStartMessage) {
        series = message
        emit(.seriesStart)
    }

    package func decided(_ batch: DetectionBatch, _ messages: [EventMessage]) {
        guard let series else { return }
        let interval = series.frameIntervalMilliseconds / 1000
        let width = Double(max(2, series.frameShape.last ?? 2))
        for message in messages {
            guard let eventClass = message.eventClass else { continue }
            let delay = Double(message.startFrame - batch.frames.lowerBound) * interval
            emit(
                .event(
                    SoundEvent(
                        eventClass: eventClass,
                        amplitude: message.parameters[EventParameter.amplitude.rawValue] ?? nil,
                        position: (message.centroidPixels.last ?? 0) / (width - 1),
                        onsetSeconds: Double(message.startFrame - series.firstFrame) * interval,
                        delaySeconds: min(max(delay, 0), Self.longestDelay)
                    )
                )
            )
        }
    }

    package func framesMissing(_ message: GapMessage) {}
    package func healthChanged(_ message: StatusMessage) {}

    package func seriesEnded(_ message: SeriesEndMessage) {
        guard let series = series.take() else { return }
        let frameCount = (message.lastFrame ?? series.firstFrame) - series.firstFrame + 1
        emit(.seriesEnd(seconds: Double(frameCount) * series.frameIntervalMilliseconds / 1000))
    }
}
