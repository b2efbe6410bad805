import Imaging

/// Neighbouring voxels of one class in one row.
struct VoxelRun: Sendable {
    let eventClass: EventClass
    let row: Int32
    let start: Int32
    /// One past the last column.
    let end: Int32
    /// The open instance that the run belongs to.
    var slot: Int32

    static let unassigned: Int32 = -1

    var count: Int { Int(end - start) }
    var columns: Range<Int> { Int(start)..<Int(end) }

    /// Whether a run of a row above, below or of another frame is of the same class and at most one column aside.
    @inline(__always)
    func touches(_ other: VoxelRun) -> Bool {
        eventClass == other.eventClass && start <= other.end && other.start <= end
    }
}

/// The runs of one frame, row by row from left to right.
struct FrameRuns: Sendable {
    var runs: [VoxelRun] = []
    /// Runs of row y are `rowStarts[y]..<rowStarts[y + 1]`.
    private var rowStarts: [Int]

    /// A frame without events.
    init(height: Int) {
        rowStarts = [Int](repeating: 0, count: height + 1)
    }

    /// Collects the runs of a class mask `[y][x]`; values that name no event class are background.
    init(classes: UnsafePointer<UInt8>, height: Int, width: Int) {
        self.init(height: height)
        for y in 0..<height {
            appendRow(classes + y * width, row: y, width: width)
            rowStarts[y + 1] = runs.count
        }
    }

    var height: Int { rowStarts.count - 1 }

    func indices(ofRow row: Int) -> Range<Int> { rowStarts[row]..<rowStarts[row + 1] }

    private mutating func appendRow(_ classes: UnsafePointer<UInt8>, row: Int, width: Int) {
        let wordSize = MemoryLayout<UInt64>.size
        var x = 0
        while x < width {
            if x + wordSize <= width,
                UnsafeRawPointer(classes + x).loadUnaligned(as: UInt64.self) == 0
            {
                x += wordSize
                continue
            }
            let value = classes[x]
            let start = x
            x += 1
            guard let eventClass = EventClass(rawValue: value) else { continue }
            while x < width, classes[x] == value { x += 1 }
            runs.append(
                VoxelRun(
                    eventClass: eventClass,
                    row: Int32(row),
                    start: Int32(start),
                    end: Int32(x),
                    slot: VoxelRun.unassigned
                )
            )
        }
    }
}
