import Imaging

/// The smallest box around the voxels of an instance; last positions are inclusive.
package struct BoundingBox: Sendable, Equatable {
    package var frames: ClosedRange<Int>
    package var rows: ClosedRange<Int>
    package var columns: ClosedRange<Int>

    init(frame: Int, row: Int, columns: ClosedRange<Int>) {
        frames = frame...frame
        rows = row...row
        self.columns = columns
    }

    package func intersects(_ other: BoundingBox) -> Bool {
        frames.overlaps(other.frames) && rows.overlaps(other.rows) && columns.overlaps(other.columns)
    }

    mutating func formUnion(_ other: BoundingBox) {
        frames = min(frames.lowerBound, other.frames.lowerBound)...max(frames.upperBound, other.frames.upperBound)
        rows = min(rows.lowerBound, other.rows.lowerBound)...max(rows.upperBound, other.rows.upperBound)
        columns =
            min(columns.lowerBound, other.columns.lowerBound)...max(columns.upperBound, other.columns.upperBound)
    }
}

/// The smallest extent of an instance that counts as an event (`quirks.md`, Waves and puffs, Sparks).
struct MinimumExtent: Sendable, Equatable {
    let frames: Int
    let rows: Int
    let columns: Int

    /// The published limits: 2 frames and 3 x 3 px for sparks, 75 px along x for waves, 5 frames for puffs.
    static func published(for eventClass: EventClass) -> MinimumExtent {
        switch eventClass {
        case .spark: MinimumExtent(frames: 2, rows: 3, columns: 3)
        case .wave: MinimumExtent(frames: 1, rows: 1, columns: 75)
        case .puff: MinimumExtent(frames: 5, rows: 1, columns: 1)
        }
    }

    func admits(_ box: BoundingBox) -> Bool {
        box.frames.count >= frames && box.rows.count >= rows && box.columns.count >= columns
    }
}
