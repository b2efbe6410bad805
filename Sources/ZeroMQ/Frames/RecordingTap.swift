import Imaging
import Session
import Wire

/// Feeds the queues of recorders from the frames that the receiver accepts.
///
/// A recording has pixels of one kind: where a sender changes it within a series, another recording carries on.
struct RecordingTap {
    private let queues: [FrameRing]
    private var description: SeriesDescription?

    /// - Parameter queues: Those of all recorders.
    init(_ queues: [FrameRing]) { self.queues = queues }

    mutating func start(_ description: SeriesDescription) {
        self.description = description
        for queue in queues { queue.append(description) }
    }

    /// Starts another recording if the next frame is stored in another way than those before.
    mutating func prepare(for header: FrameHeader) {
        let bitsPerPixel = 8 * header.format.type.byteCount
        guard var description, description.bitsPerPixel != bitsPerPixel || description.bitDepth != header.bitDepth
        else { return }
        description.bitsPerPixel = bitsPerPixel
        description.bitDepth = header.bitDepth
        description.messageNumber = nil
        end(SeriesEnd(seriesID: description.seriesID, reason: .replaced))
        start(description)
    }

    /// Queues a frame, counts on the 16-bit scale, `[y][x]`; if there is no room, the queue counts it as dropped.
    func append(_ stamp: FrameStamp, pixels: Span<Float>) {
        for queue in queues { queue.append(stamp, pixels: pixels) }
    }

    func end(_ end: SeriesEnd) {
        for queue in queues { queue.append(end) }
    }
}
