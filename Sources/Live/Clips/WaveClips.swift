package import Detection
package import Imaging
package import Session
package import Wire

/// Cuts a movie of every wave out of the newest frames; used on the detection thread alone.
///
/// A clip is cut when the classes of its last frame are known, or when the segment ends. Nothing here waits: the clip is
/// handed to a ``ClipWriter``.
package final class WaveClips: LiveFollower {
    package struct Configuration: Sendable, Equatable {
        /// Recording before and behind a wave, in s.
        package var beforeSeconds = 1.0
        package var afterSeconds = 1.0

        package init() {}

        /// Room for the wave itself and for the time until it is decided, in s.
        static let waveSeconds = 4.0
        /// Longest memory of frames, in bytes; large frames are kept for a shorter time.
        static let mostBytes = 1 << 29
    }

    private let configuration: Configuration
    private let writer: ClipWriter
    private var ring: ClipRing?
    private var calibration = Calibration.published
    private var formatter: EventFormatter?
    private var pending: [Pending] = []
    private var nextSeries: SeriesDescription?
    private var isNewSegment = true

    private struct Pending {
        let event: EventMessage
        let frames: Range<Int>
    }

    /// Frames behind a clip after which the sparks in it are separated.
    private static let sparkWait = 16

    package init(_ configuration: Configuration, writer: ClipWriter) {
        self.configuration = configuration
        self.writer = writer
    }

    /// Takes what detection is about to take; `pixels` are counts on the 16-bit scale, `[y][x]`, of frames only.
    package func received(_ item: FrameItem, pixels: UnsafeBufferPointer<Float>) {
        switch item {
        case .seriesStart(let description):
            // The series before, if it is still open, has its last decisions to come.
            nextSeries = description
            isNewSegment = true
        case .frame(let stamp):
            if isNewSegment { startSegment(at: stamp.index) }
            ring?.append(pixels)
        case .gap:
            isNewSegment = true
        case .seriesEnd:
            break
        }
    }

    private func startSegment(at frame: Int) {
        cutAll()
        if let series = nextSeries.take() { ring = ClipRing(size: series.size, capacity: capacity(for: series)) }
        ring?.restart(at: frame)
        isNewSegment = false
    }

    private func capacity(for series: SeriesDescription) -> Int {
        let interval = series.frameIntervalMilliseconds ?? Calibration.published.frameIntervalMilliseconds
        let seconds = configuration.beforeSeconds + configuration.afterSeconds + Configuration.waveSeconds
        let affordable = Configuration.mostBytes / ClipRing.byteCount(ofFrame: series.size)
        return max(1, min(Int(saturating: min(seconds * 1000 / interval, 1e6)), affordable))
    }

    package func seriesStarted(_ start: SeriesStart) {
        calibration = start.context.calibration
        formatter = EventFormatter(context: start.context)
    }

    package func decided(_ batch: DetectionBatch, _ events: [FinalEvent]) {
        for (event, instance) in zip(events, batch.instances) {
            mark(instance.voxels, number: event.identity.number, origin: batch.segmentOrigin)
        }
        let waves = events.filter { $0.event.eventClass == .wave }
        decide(batch.classes, frames: batch.frames, waves.compactMap { formatter?.message(of: $0) })
    }

    /// Marks the voxels of an event, whose frames count from `origin`.
    package func mark(_ voxels: [Voxel], number: Int, origin: Int) {
        ring?.mark(voxels, number: number, origin: origin)
    }

    /// Takes the classes of frames, `[t][y][x]`, and the messages of the events that became final with them.
    package func decide(_ classes: [UInt8], frames: Range<Int>, _ messages: [EventMessage]) {
        ring?.decide(classes, frames: frames)
        let framesPerSecond = 1000 / calibration.frameIntervalMilliseconds
        for message in messages where message.eventClass == .wave {
            let before = Int(saturating: min(configuration.beforeSeconds * framesPerSecond, 1e6))
            let after = Int(saturating: min(configuration.afterSeconds * framesPerSecond, 1e6))
            pending.append(
                Pending(event: message, frames: message.startFrame - before..<message.endFrame + after + 1)
            )
        }
        guard let decidedEnd = ring?.decidedEnd else { return }
        for clip in pending where clip.frames.upperBound + Self.sparkWait <= decidedEnd { cut(clip) }
        pending.removeAll { $0.frames.upperBound + Self.sparkWait <= decidedEnd }
    }

    package func seriesEnded(_ outcome: SeriesOutcome) {
        cutAll()
        ring = nil
    }

    private func cutAll() {
        for clip in pending { cut(clip) }
        pending = []
    }

    private func cut(_ clip: Pending) {
        guard let volume = ring?.cut(clip.frames), volume.frameCount > 0 else { return }
        writer.write(EventClip(event: clip.event, calibration: calibration, volume: volume))
    }
}
