/// Which columns of each row the passes of the Gaussian must compute for given spark runs.
///
/// Columns are counted in blocks, so that neighbouring sparks share work and loops stay long.
struct ColumnNeeds: Sendable {
    private static let blockWidth = 16

    private let height: Int
    private let width: Int
    private let blockCount: Int
    private var rowPass: [Bool]
    private var timePass: [Bool]

    init(height: Int, width: Int) {
        self.height = height
        self.width = width
        blockCount = (width + Self.blockWidth - 1) / Self.blockWidth
        rowPass = [Bool](repeating: false, count: height * blockCount)
        timePass = rowPass
    }

    /// Replaces the needs by those of the given runs.
    mutating func collect(_ runs: [VoxelRun]) {
        for index in rowPass.indices { rowPass[index] = false }
        for index in timePass.indices { timePass[index] = false }
        let radius = GaussianKernel.radius
        for run in runs {
            let first = max(0, Int(run.start) - radius) / Self.blockWidth
            let last = (min(width, Int(run.end) + radius) - 1) / Self.blockWidth
            let row = Int(run.row)
            for block in first...last where !rowPass[row * blockCount + block] {
                rowPass[row * blockCount + block] = true
                for reached in max(0, row - radius)...min(row + radius, height - 1) {
                    timePass[reached * blockCount + block] = true
                }
            }
        }
    }

    func rowPassRanges(row: Int) -> [Range<Int>] { ranges(rowPass, row: row) }

    func timePassRanges(row: Int) -> [Range<Int>] { ranges(timePass, row: row) }

    private func ranges(_ isNeeded: [Bool], row: Int) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        var block = 0
        while block < blockCount {
            let start = block
            while block < blockCount, isNeeded[row * blockCount + block] { block += 1 }
            if block > start { ranges.append(start * Self.blockWidth..<min(block * Self.blockWidth, width)) }
            block += 1
        }
        return ranges
    }
}
