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
    private static let radius = GaussianKernel.radius
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
    /// Results of the pass along y for one row, with a mirrored margin on both sides.
    private var rowPassMovie: [Float]
    private var rowPassSparks: [Double]

    private var sums: [Double]
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
        rowPassMovie = [Float](repeating: 0, count: width + 2 * Self.radius)
        rowPassSparks = [Double](repeating: 0, count: width + 2 * Self.radius)
        sums = [Double](repeating: 0, count: width)
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
        var index = 0
        while index < runs.count {
            let row = Int(runs[index].row)
            smoothAlongRows(row: row)
            while index < runs.count, Int(runs[index].row) == row {
                appendSmoothedAlongColumns(runs[index], to: &values)
                index += 1
            }
        }
        return values
    }

    private mutating func smoothAlongTime(frame: Int) {
        let places = (frame - Self.radius...frame + Self.radius).map {
            GaussianKernel.mirrored($0, count: frameCount) % Self.sampleCount
        }
        let offsets = places.map { $0 * height * width }
        for row in 0..<height {
            let ranges = needs.timePassRanges(row: row)
            if ranges.isEmpty { continue }
            let holdsSparks = places.map { sparkRowFlags[$0 * height + row] }
            timePassRowFlags[row] = holdsSparks.contains(true)
            for range in ranges {
                KernelSum(offsets: offsets, range: range)
                    .write(movie, from: row * width, to: &timePassMovie, at: row * width, sums: &sums)
                KernelSum(offsets: offsets, range: range, isPresent: holdsSparks)
                    .write(sparks, from: row * width, to: &timePassSparks, at: row * width, sums: &sums)
            }
        }
    }

    private mutating func smoothAlongRows(row: Int) {
        let rows = (row - Self.radius...row + Self.radius).map { GaussianKernel.mirrored($0, count: height) }
        let offsets = rows.map { $0 * width }
        let holdsSparks = rows.map { timePassRowFlags[$0] }
        for range in needs.rowPassRanges(row: row) {
            KernelSum(offsets: offsets, range: range)
                .write(timePassMovie, from: 0, to: &rowPassMovie, at: Self.radius, sums: &sums)
            KernelSum(offsets: offsets, range: range, isPresent: holdsSparks)
                .write(timePassSparks, from: 0, to: &rowPassSparks, at: Self.radius, sums: &sums)
        }
        for distance in 1...Self.radius {
            for x in [-distance, width - 1 + distance] {
                let source = GaussianKernel.mirrored(x, count: width) + Self.radius
                rowPassMovie[x + Self.radius] = rowPassMovie[source]
                rowPassSparks[x + Self.radius] = rowPassSparks[source]
            }
        }
    }

    private func appendSmoothedAlongColumns(_ run: VoxelRun, to values: inout [SmoothedSpark]) {
        rowPassMovie.withUnsafeBufferPointer { movie in
            rowPassSparks.withUnsafeBufferPointer { sparks in
                GaussianKernel.pairWeights.withUnsafeBufferPointer { weights in
                    for x in run.columns {
                        var unmasked = Double(movie[x + Self.radius]) * GaussianKernel.centreWeight
                        var masked = sparks[x + Self.radius] * GaussianKernel.centreWeight
                        for j in 0..<Self.radius {
                            let opposite = x + 2 * Self.radius - j
                            unmasked += (Double(movie[x + j]) + Double(movie[opposite])) * weights[j]
                            masked += (sparks[x + j] + sparks[opposite]) * weights[j]
                        }
                        values.append(SmoothedSpark(masked: masked, unmasked: Float(unmasked)))
                    }
                }
            }
        }
    }
}
