import Foundation
import Imaging

/// A Ca2+ wave: a front that spreads through the cell from one or two places, slows down and may die out.
struct WaveSource: ReleaseSource {
    let extent: ReleaseExtent
    let truth: ReleaseTruth
    /// Frame in which the front reaches each pixel, infinite where it never does.
    let arrivalFrames: [Float]
    private let heights: [Float]
    private let decayRates: [Float]
    private let course: TimeCourse
    private let frameWidth: Int

    struct Parameters {
        /// Pixels in which the wave starts, with the delay of each in frames.
        var origins: [(pixel: Int, delayFrames: Double)]
        var onsetFrame: Double
        var amplitude: Double
        var velocityMicrometresPerSecond: Double
        var riseMilliseconds: Double
        var decayMilliseconds: Double
        var raggednessFrames: Double
        /// Distance after which the wave dies out, in pixels; infinite if it does not.
        var reachPixels: Double
        /// Fraction of its speed that the wave loses on 300 pixels.
        var slowing: Double
    }

    init(
        _ parameters: Parameters,
        cell: Cell,
        calibration: Calibration,
        dye: Dye,
        frameCount: Int,
        random: inout SeededRandom
    ) {
        let size = cell.coverage.size
        let interval = calibration.frameIntervalMilliseconds
        let velocity =
            parameters.velocityMicrometresPerSecond / calibration.pixelSizeMicrometres * interval / 1000
        let paths = Self.pathLengths(parameters: parameters, cell: cell, velocity: velocity, random: &random)
        let jitter = SmoothField.image(size: size, correlationX: 8, correlationY: 4, random: &random)
        let cloud = SmoothField.image(size: size, correlationX: 45, correlationY: 20, random: &random)
        let fine = SmoothField.image(size: size, correlationX: 9, correlationY: 5, random: &random)
        let patchiness = random.uniform(0.1...0.35)

        var arrivals = [Float](repeating: .infinity, count: size.pixelCount)
        var heights = [Float](repeating: 0, count: size.pixelCount)
        var rates = [Float](repeating: 1, count: size.pixelCount)
        for index in arrivals.indices where paths[index].isFinite {
            let path = Double(paths[index])
            let fade = 1 / (1 + exp((path - parameters.reachPixels + 20 * Double(fine.values[index])) / 12))
            guard fade > 0.02 else { continue }
            // Release grows out of a spark before the front moves at full speed.
            let start = 9 * (1 - exp(-path / 8))
            let travel = path / velocity * (1 + 0.5 * parameters.slowing * path / 300)
            let rough = parameters.raggednessFrames * Double(jitter.values[index])
            arrivals[index] = Float(parameters.onsetFrame + max(0, start + travel + rough))
            heights[index] = Float(
                parameters.amplitude * fade
                    * exp(0.22 * Double(cloud.values[index]) + 0.12 * Double(fine.values[index]))
            )
            rates[index] = Float(exp(patchiness * Double(cloud.values[index] - 0.7 * fine.values[index])))
        }

        let rise = parameters.riseMilliseconds / 2.2 / interval
        let decay = parameters.decayMilliseconds / interval
        course = TimeCourse(frames: 6 * rise + 4.5 * decay) { time in
            let growth = 1 - exp(-time / rise)
            return growth * growth * exp(-time / decay)
        }
        let reached = arrivals.filter(\.isFinite)
        let first = Double(reached.min() ?? 0)
        let last = Double(reached.max() ?? 0) + 2 * course.durationFrames
        let firstFrame = max(0, min(frameCount, Int(first.rounded(.up))))
        extent = ReleaseExtent(
            frames: firstFrame..<max(firstFrame, min(frameCount, Int(last))),
            rows: 0..<size.height,
            columns: 0..<size.width
        )
        arrivalFrames = arrivals
        self.heights = heights
        decayRates = rates
        frameWidth = size.width
        let origin = parameters.origins[0].pixel
        let light = course.visible(amplitude: parameters.amplitude, dye: dye)
        truth = ReleaseTruth(
            onsetFrame: parameters.onsetFrame,
            peakFrame: parameters.onsetFrame + course.peakFrames,
            centreXPixels: Double(origin % size.width),
            centreYPixels: Double(origin / size.width),
            amplitudeDff0: parameters.amplitude,
            riseMilliseconds: parameters.riseMilliseconds,
            decayMilliseconds: parameters.decayMilliseconds,
            fdhmMilliseconds: light.halfDurationFrames * interval,
            defocusMicrometres: 0,
            velocityMicrometresPerSecond: parameters.velocityMicrometresPerSecond,
            visibleAmplitudeDff0: Self.meanVisible(heights, arrivals: arrivals, frameCount: frameCount, dye: dye),
            fd05Milliseconds: light.fullDurationFrames * interval,
            frontSpeedMicrometresPerSecond: Self.speed(arrivals, width: size.width, frameCount: frameCount)
                .map { $0 * calibration.pixelSizeMicrometres / interval * 1000 }
        )
    }

    /// Mean over the pixels that are reached within the recording.
    private static func meanVisible(
        _ heights: [Float],
        arrivals: [Float],
        frameCount: Int,
        dye: Dye
    ) -> Double {
        let reached = heights.indices.filter { arrivals[$0] < Float(frameCount) }
        let sum = reached.reduce(0) { $0 + Double(dye.visible(heights[$1])) }
        return reached.isEmpty ? 0 : sum / Double(reached.count)
    }

    /// Speed of the front along the frame, in pixels per frame: from the median arrival of every column, lines through
    /// 55 columns each, and the median of their slopes.
    private static func speed(_ arrivals: [Float], width: Int, frameCount: Int) -> Double? {
        let columns = (0..<width).compactMap { x -> (x: Double, time: Double)? in
            let times = stride(from: x, to: arrivals.count, by: width).map { arrivals[$0] }
                .filter { $0 >= 0 && $0 < Float(frameCount) }.sorted()
            return times.count < 3 ? nil : (Double(x), Double(times[times.count / 2]))
        }
        let length = 55
        guard columns.count > length else { return nil }
        let slopes = (0...columns.count - length).map { first in
            let line = columns[first..<first + length]
            let (x, t) = (
                line.reduce(0) { $0 + $1.x } / Double(length), line.reduce(0) { $0 + $1.time } / Double(length)
            )
            let product = line.reduce(0) { $0 + ($1.x - x) * ($1.time - t) }
            return abs(product / line.reduce(0) { $0 + ($1.x - x) * ($1.x - x) })
        }.sorted()
        return slopes[slopes.count / 2] > 0 ? 1 / slopes[slopes.count / 2] : nil
    }

    func render(frame: Int, into patch: inout [Float]) {
        let now = Float(frame)
        let peak = Float(course.peakFrames)
        let scale = Float(TimeCourse.samplesPerFrame)
        course.samples.withUnsafeBufferPointer { samples in
            for index in 0..<patch.count where index < arrivalFrames.count {
                var age = now - arrivalFrames[index]
                guard age >= 0 else {
                    patch[index] = 0
                    continue
                }
                if age > peak { age = peak + (age - peak) * decayRates[index] }
                let position = Int(age * scale)
                patch[index] = position < samples.count ? heights[index] * samples[position] : 0
            }
        }
    }

    /// Shortest ways through the cell from the origins, in pixels; delays count as the way the front would have gone.
    private static func pathLengths(
        parameters: Parameters,
        cell: Cell,
        velocity: Double,
        random: inout SeededRandom
    ) -> [Float] {
        let size = cell.coverage.size
        let ease = SmoothField.image(size: size, correlationX: 30, correlationY: 12, random: &random)
        var lengths = [Float](repeating: .infinity, count: size.pixelCount)
        var queue = PathQueue()
        for origin in parameters.origins {
            queue.insert(pixel: origin.pixel, length: Float(origin.delayFrames * velocity))
        }
        let steps: [(dy: Int, dx: Int, length: Float)] = [
            (-1, 0, 1), (1, 0, 1), (0, -1, 1), (0, 1, 1),
            (-1, -1, 1.41421), (-1, 1, 1.41421), (1, -1, 1.41421), (1, 1, 1.41421),
        ]
        while let (pixel, length) = queue.removeShortest() {
            guard length < lengths[pixel] else { continue }
            lengths[pixel] = length
            let y = pixel / size.width
            let x = pixel % size.width
            for step in steps {
                let row = y + step.dy
                let column = x + step.dx
                guard row >= 0, row < size.height, column >= 0, column < size.width else { continue }
                let next = row * size.width + column
                guard cell.distance.values[next] < 3, lengths[next] == .infinity else { continue }
                queue.insert(pixel: next, length: length + step.length * exp(-0.25 * ease.values[next]))
            }
        }
        return lengths
    }
}

/// A binary heap of pixels, shortest path first.
private struct PathQueue {
    private var heap: [(pixel: Int, length: Float)] = []

    mutating func insert(pixel: Int, length: Float) {
        heap.append((pixel, length))
        var child = heap.count - 1
        while child > 0, heap[child].length < heap[(child - 1) / 2].length {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func removeShortest() -> (pixel: Int, length: Float)? {
        guard let first = heap.first else { return nil }
        let last = heap.removeLast()
        guard !heap.isEmpty else { return first }
        heap[0] = last
        var parent = 0
        while true {
            var child = 2 * parent + 1
            guard child < heap.count else { break }
            if child + 1 < heap.count, heap[child + 1].length < heap[child].length { child += 1 }
            guard heap[child].length < heap[parent].length else { break }
            heap.swapAt(child, parent)
            parent = child
        }
        return first
    }
}
