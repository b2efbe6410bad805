import Foundation
import Imaging

/// Measures a wave: when it reaches every place, how fast and where it runs, and what a place sees when it comes by.
///
/// The box is tiled with squares of about 1 µm. A place is reached when its smoothed trace passes half of its peak.
struct WaveMeasurement {
    private let calibration: Calibration
    private let squareSide: Int
    private let tiles: WaveTiles

    /// What came out: positions in pixels, times in frames of the segment.
    struct Result {
        /// Nil if too few places are reached.
        var path: WavePath?
        var directionDegrees: Double?
        var origin: (row: Double, column: Double)?
        /// Time at which the first place is reached.
        var firstArrival: Double?
        /// Course that a place sees, time 0 when it is reached.
        var course: CourseMeasures?
        var profile: [(time: Double, value: Double)] = []
        var fit: ((Double) -> Double)?
        var noise: Double?
        var restingLight: Double?
        /// Places that the course is a mean of.
        var tileCount = 0
    }

    /// - Throws: The reason if the surroundings do not hold what is needed.
    static func measure(
        _ instance: Instance,
        extent: InstanceExtent,
        in surroundings: SurroundingFrames,
        calibration: Calibration,
        squareSide: Int,
        isLost: (Int) -> Bool
    ) throws(RegionProfiles.Unavailable) -> Result {
        let tiles = try WaveTiles(
            instance,
            extent: extent,
            in: surroundings,
            squareSide: squareSide,
            isLost: isLost
        )
        guard tiles.arrivals.count >= 9 else { throw .init(reason: .tooFewSamples) }
        return WaveMeasurement(calibration: calibration, squareSide: squareSide, tiles: tiles).result()
    }

    private func result() -> Result {
        var result = Result()
        let arrivals = tiles.arrivals
        result.path = WavePath(arrivals: arrivals, binWidth: Double(squareSide))
        result.directionDegrees = direction(arrivals)
        let earliest = arrivals.sorted { $0.time < $1.time }.prefix(max(3, arrivals.count / 50))
        let count = Double(earliest.count)
        result.origin = (
            earliest.reduce(0) { $0 + $1.row } / count, earliest.reduce(0) { $0 + $1.column } / count
        )
        result.firstArrival = earliest.reduce(0) { $0 + $1.time } / count
        result.noise = tiles.noise
        result.restingLight = tiles.restingLight
        result.tileCount = arrivals.count
        measureProfile(&result)
        return result
    }

    /// The course at a place, averaged over the tiles after each is shifted by its arrival.
    private func measureProfile(_ result: inout Result) {
        let profile = tiles.profile()
        result.profile = profile
        let spline = SplineCourse(
            times: profile.map(\.time),
            values: profile.map(\.value),
            weights: profile.map { _ in 1 },
            restingBefore: -20,
            peakIn: 0...max(0, profile.last?.time ?? 0),
            crossings: .nearest,
            knotDistance: SplineCourse.knotDistance(
                noise: nil,
                peak: nil,
                frameIntervalMilliseconds: calibration.frameIntervalMilliseconds
            )
        )
        result.fit = spline?.fit
        result.course = spline?.measures
    }

    /// The direction of the plane through the arrival times, if a plane explains most of their variance.
    private func direction(_ arrivals: [WaveTiles.Arrival]) -> Double? {
        var matrix = arrivals.map { _ in 1.0 } + arrivals.map(\.column) + arrivals.map(\.row)
        var times = arrivals.map(\.time)
        var solver = LinearLeastSquares(rowCount: times.count, columnCount: 3)
        guard let plane = solver.solve(&matrix, &times) else { return nil }
        let mean = arrivals.reduce(0) { $0 + $1.time } / Double(arrivals.count)
        let total = arrivals.reduce(0) { $0 + ($1.time - mean) * ($1.time - mean) }
        let rest = arrivals.reduce(0) { sum, arrival in
            let residual = arrival.time - plane[0] - plane[1] * arrival.column - plane[2] * arrival.row
            return sum + residual * residual
        }
        guard total > 0, rest < 0.5 * total, hypot(plane[1], plane[2]) > 0 else { return nil }
        return atan2(plane[2], plane[1]) * 180 / .pi
    }

    /// Speed of the centroid of ΔF from frame to frame: median without outliers, in pixels per frame.
    static func centroidSpeed(of instance: Instance) -> Double? {
        // Voxels come frame by frame.
        var frames: [(number: Int, weight: Double, row: Double, column: Double, count: Int)] = []
        for voxel in instance.voxels {
            let increase = Double(voxel.intensity - voxel.baseline)
            guard increase.isFinite, increase > 0 else { continue }
            if frames.last?.number != Int(voxel.frame) { frames.append((Int(voxel.frame), 0, 0, 0, 0)) }
            frames[frames.count - 1].weight += increase
            frames[frames.count - 1].row += increase * Double(voxel.y)
            frames[frames.count - 1].column += increase * Double(voxel.x)
            frames[frames.count - 1].count += 1
        }
        let largest = frames.map(\.count).max() ?? 0
        let usable = frames.filter { 5 * $0.count >= largest }
        let speeds = zip(usable, usable.dropFirst()).compactMap { now, next -> Double? in
            guard next.number == now.number + 1 else { return nil }
            return hypot(
                next.row / next.weight - now.row / now.weight,
                next.column / next.weight - now.column / now.weight
            )
        }.sorted()
        guard speeds.count >= 4 else { return nil }
        let (low, high) = (speeds[speeds.count / 4], speeds[speeds.count * 3 / 4])
        let kept = speeds.filter { $0 >= low - 1.5 * (high - low) && $0 <= high + 1.5 * (high - low) }
        return kept.isEmpty ? nil : kept[kept.count / 2]
    }
}
