/// Tests the spark voxels of frame after frame for being intensity peaks, with one frame of look-ahead.
struct SparkPeakFinder: Sendable {
    private static let planeCount = 3

    private let height: Int
    private let width: Int
    /// Smoothed sparks of the newest three frames, zero outside; frame f in place f modulo 3.
    private var planes: [Double]
    private var runs = [[VoxelRun]](repeating: [], count: planeCount)
    /// Frames appended so far.
    private(set) var frameCount = 0

    init(height: Int, width: Int) {
        self.height = height
        self.width = width
        planes = [Double](repeating: 0, count: Self.planeCount * height * width)
    }

    /// Takes up the smoothed sparks of the next frame, run after run.
    mutating func append(_ values: [SmoothedSpark], sparkRuns: [VoxelRun]) {
        let place = frameCount % Self.planeCount
        let first = place * height * width
        for run in runs[place] {
            for x in run.columns { planes[first + Int(run.row) * width + x] = 0 }
        }
        var next = 0
        for run in sparkRuns {
            for x in run.columns {
                planes[first + Int(run.row) * width + x] = values[next].masked
                next += 1
            }
        }
        runs[place] = sparkRuns
        frameCount += 1
    }

    /// Whether each spark voxel of a frame is a peak; the frame is the newest one or the one before it.
    func peaks(frame: Int) -> [Bool] {
        let footprint = PeakFootprint(height: height, width: width)
        let frames = max(0, frame - 1)...min(frame + 1, frameCount - 1)
        return planes.withUnsafeBufferPointer { planes in
            guard let base = planes.baseAddress else { return [] }
            let neighbours = frames.map { base + $0 % Self.planeCount * height * width }
            let own = base + frame % Self.planeCount * height * width
            var peaks: [Bool] = []
            for run in runs[frame % Self.planeCount] {
                for x in run.columns {
                    let value = own[Int(run.row) * width + x]
                    peaks.append(
                        value > 0 && footprint.isMaximum(value, y: Int(run.row), x: x, planes: neighbours)
                    )
                }
            }
            return peaks
        }
    }
}
