/// A set of voxels of a movie as runs along x: small for large events, quick to join and to cut.
package struct VoxelRuns: Sendable, Equatable {
    /// Voxels beside each other in one row of one frame.
    package struct Run: Sendable, Equatable {
        package var frame: Int32
        package var y: Int32
        /// First column, and the one that follows the last.
        package var start: Int32
        package var end: Int32

        package init(frame: Int32, y: Int32, start: Int32, end: Int32) {
            self.frame = frame
            self.y = y
            self.start = start
            self.end = end
        }

        /// Frame and row in one number that grows in raster order.
        fileprivate var row: Int64 { Int64(frame) << 32 | Int64(y) }
    }

    /// In raster order; runs of one row neither touch nor overlap.
    package private(set) var runs: [Run] = []

    package init() {}

    /// The set of all voxels of runs in any order, overlapping or not.
    ///
    /// - Precondition: No run is empty.
    package init(_ runs: [Run]) {
        precondition(runs.allSatisfy { $0.start < $0.end }, "a run has a voxel")
        self.runs.reserveCapacity(runs.count)
        for run in runs.sorted(by: { ($0.row, $0.start) < ($1.row, $1.start) }) { append(run) }
    }

    /// The set of voxels in any order.
    package init(_ voxels: some Sequence<Voxel>) {
        self.init(
            voxels.map { Run(frame: $0.frame, y: Int32($0.y), start: Int32($0.x), end: Int32($0.x) + 1) }
        )
    }

    package var isEmpty: Bool { runs.isEmpty }

    package var voxelCount: Int { runs.reduce(0) { $0 + Int($1.end - $1.start) } }

    /// Adds a run that begins nowhere before the last one.
    package mutating func append(_ run: Run) {
        if let last = runs.last, last.row == run.row, last.end >= run.start {
            precondition(last.start <= run.start, "runs come in raster order")
            runs[runs.count - 1].end = max(last.end, run.end)
        } else {
            precondition(
                runs.last.map { ($0.row, $0.start) < (run.row, run.start) } ?? true,
                "runs come in raster order"
            )
            runs.append(run)
        }
    }

    package func contains(frame: Int, y: Int, x: Int) -> Bool {
        let row = Int64(frame) << 32 | Int64(y)
        var (low, high) = (0, runs.count)
        while low < high {
            let middle = (low + high) / 2
            let run = runs[middle]
            if run.row < row || run.row == row && run.end <= x { low = middle + 1 } else { high = middle }
        }
        return low < runs.count && runs[low].row == row && runs[low].start <= x
    }

    /// The runs of one frame.
    package func runs(inFrame frame: Int) -> ArraySlice<Run> {
        func first(_ frame: Int) -> Int {
            var (low, high) = (0, runs.count)
            while low < high {
                let middle = (low + high) / 2
                if Int(runs[middle].frame) < frame { low = middle + 1 } else { high = middle }
            }
            return low
        }
        return runs[first(frame)..<first(frame + 1)]
    }

    package func union(_ other: VoxelRuns) -> VoxelRuns { combined(with: other) { $0 || $1 } }
    package func intersection(_ other: VoxelRuns) -> VoxelRuns { combined(with: other) { $0 && $1 } }
    package func subtracting(_ other: VoxelRuns) -> VoxelRuns { combined(with: other) { $0 && !$1 } }

    /// The voxels for which a rule on being in this set and in another one holds.
    ///
    /// - Complexity: O(runs of both)
    private func combined(with other: VoxelRuns, _ isKept: (Bool, Bool) -> Bool) -> VoxelRuns {
        var result = VoxelRuns()
        var (own, foreign) = (0, 0)
        while own < runs.count || foreign < other.runs.count {
            let row = min(
                own < runs.count ? runs[own].row : .max,
                foreign < other.runs.count ? other.runs[foreign].row : .max
            )
            let (frame, y) = (Int32(truncatingIfNeeded: row >> 32), Int32(truncatingIfNeeded: row & 0xFFFF_FFFF))
            var place = Int32.min
            while true {
                let mine = own < runs.count && runs[own].row == row ? runs[own] : nil
                let theirs = foreign < other.runs.count && other.runs[foreign].row == row ? other.runs[foreign] : nil
                guard mine != nil || theirs != nil else { break }
                place = max(place, min(mine?.start ?? .max, theirs?.start ?? .max))
                let isMine = mine.map { $0.start <= place } ?? false
                let isTheirs = theirs.map { $0.start <= place } ?? false
                // Up to the next place where something begins or ends.
                let next =
                    [
                        mine.map { isMine ? $0.end : $0.start }, theirs.map { isTheirs ? $0.end : $0.start },
                    ].compactMap(\.self).min() ?? place
                if isKept(isMine, isTheirs) { result.append(Run(frame: frame, y: y, start: place, end: next)) }
                place = next
                if let mine, mine.end <= place { own += 1 }
                if let theirs, theirs.end <= place { foreign += 1 }
            }
        }
        return result
    }
}

extension VoxelRuns {
    /// The smallest box around all voxels, half open.
    package struct Box: Sendable, Equatable {
        package var frames: Range<Int>
        package var rows: Range<Int>
        package var columns: Range<Int>

        package func overlaps(_ other: Box) -> Bool {
            frames.overlaps(other.frames) && rows.overlaps(other.rows) && columns.overlaps(other.columns)
        }
    }

    /// Nil for the empty set.
    package var box: Box? {
        guard let first = runs.first, let last = runs.last else { return nil }
        let bounds = runs.reduce((first.y, first.y, first.start, first.end)) {
            (min($0.0, $1.y), max($0.1, $1.y), min($0.2, $1.start), max($0.3, $1.end))
        }
        return Box(
            frames: Int(first.frame)..<Int(last.frame) + 1,
            rows: Int(bounds.0)..<Int(bounds.1) + 1,
            columns: Int(bounds.2)..<Int(bounds.3)
        )
    }

    /// `frame, y, first x, end x` of every run, one after another.
    package var numbers: [Int] { runs.flatMap { [Int($0.frame), Int($0.y), Int($0.start), Int($0.end)] } }

    /// Takes ``numbers`` that somebody else wrote; nil if they are no runs or lie outside the movie.
    package init?(numbers: [Int], within extent: MovieExtent) {
        guard numbers.count.isMultiple(of: 4) else { return nil }
        var runs: [Run] = []
        runs.reserveCapacity(numbers.count / 4)
        for at in stride(from: 0, to: numbers.count, by: 4) {
            let (frame, y, start, end) = (numbers[at], numbers[at + 1], numbers[at + 2], numbers[at + 3])
            guard start < end, extent.contains(frame: frame, y: y, x: start),
                extent.contains(frame: frame, y: y, x: end - 1)
            else { return nil }
            runs.append(Run(frame: Int32(frame), y: Int32(y), start: Int32(start), end: Int32(end)))
        }
        self.init(runs)
    }
}
