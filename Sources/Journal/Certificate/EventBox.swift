package import Wire

/// The smallest box of frames, rows and columns that holds an event.
package struct EventBox: Sendable, Equatable {
    package var frames: Range<Int>
    package var rows: Range<Int>
    package var columns: Range<Int>

    /// Overlap from which on two boxes may be of the same event: intersection over union.
    package static let leastOverlap = 0.1

    package init(frames: Range<Int>, rows: Range<Int>, columns: Range<Int>) {
        self.frames = frames
        self.rows = rows
        self.columns = columns
    }

    /// Nil for a message without a box.
    package init?(_ event: EventMessage) {
        let box = event.boundingBox
        guard box.count == 4, box[0] <= box[2], box[1] <= box[3], event.startFrame <= event.endFrame,
            event.endFrame < .max
        else { return nil }
        self.init(frames: event.startFrame..<event.endFrame + 1, rows: box[0]..<box[2], columns: box[1]..<box[3])
    }

    /// Intersection over union.
    package func overlap(with other: EventBox) -> Double {
        func lengths(_ box: EventBox) -> [Double] { [box.frames, box.rows, box.columns].map { Double($0.count) } }
        let shared = EventBox(
            frames: frames.clamped(to: other.frames),
            rows: rows.clamped(to: other.rows),
            columns: columns.clamped(to: other.columns)
        )
        let volumes = [self, other, shared].map { lengths($0).reduce(1, *) }
        let all = volumes[0] + volumes[1] - volumes[2]
        return all > 0 ? volumes[2] / all : 0
    }
}
