import Detection
import Foundation
import Imaging
import UNet

/// What is lost, what cannot be analysed, and what is done when too much waits.
extension DetectionSession {
    /// Waiting frames from which on the stride is doubled, in strides, and down to which it stays so.
    private static let overloadStrides = 3
    private static let reliefStrides = 1
    /// The same as shares of the ring, which holds few frames if they are large.
    private static let overloadFill = 0.5
    private static let reliefFill = 0.25

    func adaptStride(of series: SeriesUnderWay, to backlog: FrameRing.Backlog) {
        guard configuration.adaptsStride else { return }
        let stride = configuration.settings.stride
        let recorded = stride / series.networkFramesPerFrame
        let isOverloaded = backlog.frameCount > Self.overloadStrides * recorded || backlog.fill >= Self.overloadFill
        let isRelieved = backlog.frameCount <= Self.reliefStrides * recorded + 1 && backlog.fill <= Self.reliefFill
        if !series.isWide, isOverloaded {
            series.isWide = true
            series.detector?.setStride(2 * stride)
            sink.healthChanged(
                Health(
                    status: .degraded,
                    code: "stride_doubled",
                    message: "\(backlog.frameCount) frames wait: events are now decided every \(2 * recorded) frames."
                )
            )
        } else if series.isWide, isRelieved {
            series.isWide = false
            series.detector?.setStride(stride)
            sink.healthChanged(
                Health(
                    status: .ok,
                    code: "stride_restored",
                    message: "Detection has caught up: events are decided every \(recorded) frames again."
                )
            )
        }
    }

    /// Analyses something of a series; if memory does not suffice for that, the series is refused.
    func attempt(_ series: SeriesUnderWay, _ work: () throws(UNetError) -> Void) throws(UNetError) {
        do throws(UNetError) {
            try work()
        } catch {
            guard configuration.outlivesRefusedSeries, case .outOfMemory = error else { throw error }
            refuse(series, because: "\(error)")
        }
    }

    /// Leaves out what comes of a series.
    func refuse(_ series: SeriesUnderWay, because reason: String) {
        release(series)
        series.isRefused = true
        progress.refusedSeriesCount += 1
        let name = "series \(series.context.seriesID) with frames of \(series.description.size)"
        sink.healthChanged(
            Health(status: .critical, code: .seriesRefused, message: "\(name) is left out: \(reason)")
        )
    }

    /// Counts frames that were lost right before the frame `next`, with one message for every place of loss.
    func report(
        _ gap: FrameGap,
        _ action: Gap.Action,
        before next: Int,
        in series: SeriesUnderWay
    ) {
        series.count(gap)
        var firstFrame = next - gap.missingFrameCount
        for (origin, frameCount) in [
            (Gap.Origin.source, gap.missingAtSource),
            (.transport, gap.missingInTransport),
            (.detector, gap.droppedByOverflow), (.refused, gap.refused),
        ] where frameCount > 0 {
            sink.framesMissing(
                Gap(origin: origin, action: action, firstFrame: firstFrame, frameCount: frameCount)
            )
            firstFrame += frameCount
        }
    }
}
