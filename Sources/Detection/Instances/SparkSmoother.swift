/// The two smoothed values of a spark voxel.
struct SmoothedSpark: Sendable {
    /// Gaussian of the movie with everything but sparks set to zero, in double precision.
    let masked: Double
    /// Gaussian of the whole movie, rounded to single precision after each pass.
    let unmasked: Float
}

/// Smooths the spark voxels of frame after frame, with 12 frames of look-ahead.
///
/// Gives bit for bit what ``GaussianFilter`` gives for whole volumes: the same sums in the same order, only
/// where they are needed. Frames are kept in a ring of 25, so memory does not depend on the recording's length.
struct SparkSmoother: Sendable {
    private static let sampleCount = 2 * GaussianKernel.radius + 1

    private let height: Int
    private let width: Int
    /// Frames appended so far.
    private(set) var frameCount = 0

    /// The newest 25 frames, frame f in place f modulo 25.
    private var movie: [Float]
    /// The same frames with zero outside sparks.
    private var sparks: [Float]
    /// Whether a row of ``sparks`` holds any.
    private var sparkRowFlags: [Bool]

    /// Results of the pass along t, valid in the needed columns.
    private var timePassMovie: [Float]
    private var timePassSparks: [Double]
    private var timePassRowFlags: [Bool]
    /// Results of the pass along y for one row.
    private var rowPassMovie: MarginedRow<Float>
    private var rowPassSparks: MarginedRow<Double>
    /// Results of the pass along x for one row, valid in the columns of spark runs.
    private var smoothedMovie: [Float]
    private var smoothedSparks: [Double]
    private var needs: ColumnNeeds

    init(height: Int, width: Int) {
        self.height = height
        self.width = width
        let pixelCount = height * width
        movie = [Float](repeating: 0, count: Self.sampleCount * pixelCount)
        sparks = movie
        sparkRowFlags = [Bool](repeating: false, count: Self.sampleCount * height)
        timePassMovie = [Float](repeating: 0, count: pixelCount)
        timePassSparks = [Double](repeating: 0, count: pixelCount)
        timePassRowFlags = [Bool](repeating: false, count: height)
        rowPassMovie = MarginedRow(width: width)
        rowPassSparks = MarginedRow(width: width)
        smoothedMovie = [Float](repeating: 0, count: width)
        smoothedSparks = [Double](repeating: 0, count: width)
        needs = ColumnNeeds(height: height, width: width)
    }

    /// Takes up the next frame.
    ///
    /// - Parameters:
    ///   - intensity: normalised frame `[y][x]`.
    ///   - runs: the runs of the frame that are sparks.
    mutating func append(intensity: UnsafePointer<Float>, sparkRuns runs: [VoxelRun]) {
        let place = frameCount % Self.sampleCount
        let first = place * height * width
        movie.withUnsafeMutableBufferPointer { movie in
            movie.baseAddress?.advanced(by: first).update(from: intensity, count: height * width)
        }
        for row in 0..<height where sparkRowFlags[place * height + row] {
            sparkRowFlags[place * height + row] = false
            for index in first + row * width..<first + (row + 1) * width { sparks[index] = 0 }
        }
        for run in runs {
            let row = Int(run.row)
            sparkRowFlags[place * height + row] = true
            for x in run.columns { sparks[first + row * width + x] = intensity[row * width + x] }
        }
        frameCount += 1
    }

    /// Smooths the sparks of a frame.
    ///
    /// Beyond the first frame and the newest one the movie is mirrored, so a frame that has not 12 newer ones
    /// may be asked for only when the movie is over.
    ///
    /// - Parameters:
    ///   - frame: one of the newest 13 frames.
    ///   - runs: the runs of the frame that are sparks, in raster order.
    /// - Returns: values of the voxels of all runs, one after another.
    mutating func smooth(frame: Int, sparkRuns runs: [VoxelRun]) -> [SmoothedSpark] {
        if runs.isEmpty { return [] }
        needs.collect(runs)
        smoothAlongTime(frame: frame)
        var values: [SmoothedSpark] = []
        var smoothedRow = -1
        for run in runs {
            if Int(run.row) != smoothedRow {
                smoothedRow = Int(run.row)
                smoothAlongRows(row: smoothedRow)
            }
            smoothAlongColumns(run.columns)
            for x in run.columns {
                values.append(SmoothedSpark(masked: smoothedSparks[x], unmasked: smoothedMovie[x]))
            }
        }
        return values
    }

    private mutating func smoothAlongTime(frame: Int) {
        let places = KernelSum.mirroredPositions(around: frame, count: frameCount).map { $0 % Self.sampleCount }
        let offsets = places.map { $0 * height * width }
        let movieKernel = KernelSum(offsets: offsets)
        for row in 0..<height {
            let ranges = needs.timePassRanges(row: row)
            if ranges.isEmpty { continue }
            let start = row * width
            movie.withUnsafeBufferPointer { src in
                timePassMovie.withUnsafeMutableBufferPointer { dst in
                    guard let src = src.baseAddress, let dst = dst.baseAddress else { return }
                    for range in ranges { movieKernel.write(src + start, to: dst + start, columns: range) }
                }
            }
            let holdsSparks = places.map { sparkRowFlags[$0 * height + row] }
            timePassRowFlags[row] = holdsSparks.contains(true)
            let sparkKernel = KernelSum(offsets: offsets) { holdsSparks[$0] }
            sparks.withUnsafeBufferPointer { src in
                timePassSparks.withUnsafeMutableBufferPointer { dst in
                    guard let src = src.baseAddress, let dst = dst.baseAddress else { return }
                    for range in ranges { sparkKernel.write(src + start, to: dst + start, columns: range) }
                }
            }
        }
    }

    private mutating func smoothAlongRows(row: Int) {
        let rows = KernelSum.mirroredPositions(around: row, count: height)
        let offsets = rows.map { $0 * width }
        let ranges = needs.rowPassRanges(row: row)
        let movieKernel = KernelSum(offsets: offsets)
        timePassMovie.withUnsafeBufferPointer { src in
            guard let src = src.baseAddress else { return }
            rowPassMovie.fill { dst in
                for range in ranges { movieKernel.write(src, to: dst, columns: range) }
            }
        }
        let sparkKernel = KernelSum(offsets: offsets) { timePassRowFlags[rows[$0]] }
        timePassSparks.withUnsafeBufferPointer { src in
            guard let src = src.baseAddress else { return }
            rowPassSparks.fill { dst in
                for range in ranges { sparkKernel.write(src, to: dst, columns: range) }
            }
        }
    }

    private mutating func smoothAlongColumns(_ columns: Range<Int>) {
        smoothedMovie.withUnsafeMutableBufferPointer { dst in
            guard let dst = dst.baseAddress else { return }
            rowPassMovie.smooth(into: dst, columns: columns)
        }
        smoothedSparks.withUnsafeMutableBufferPointer { dst in
            guard let dst = dst.baseAddress else { return }
            rowPassSparks.smooth(into: dst, columns: columns)
        }
    }
}
