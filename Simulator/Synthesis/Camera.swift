import Foundation
package import Imaging

/// Turns expected photons into counts: shot noise, gain, read noise, offset, fixed pattern, flicker.
package struct Camera {
    private let style: CameraStyle
    private let size: FrameSize
    /// Relative sensitivity of each pixel.
    private let sensitivity: [Float]
    private let columnOffsets: [Float]
    private var sensor: Sensor?
    private let flickerPhase: Double
    private var disturbances: SeededRandom
    private var random: SeededRandom
    private var previous: [UInt16] = []

    package init(style: CameraStyle, sensor sensorStyle: SensorStyle? = nil, size: FrameSize, random: SeededRandom) {
        self.style = style
        self.size = size
        self.random = random
        var pattern = random.stream(1)
        let columns = (0..<size.width).map { _ in Float(style.columnContrast * pattern.normal()) }
        let lines = (0..<size.height).map { _ in Float(style.lineContrast * pattern.normal()) }
        let sensor = sensorStyle.map { Sensor($0, size: size, random: random.stream(3)) }
        self.sensor = sensor
        sensitivity = (0..<size.pixelCount).map {
            (1 + columns[$0 % size.width] + lines[$0 / size.width]) * (sensor?.sensitivity[$0] ?? 1)
        }
        var offsets = [Float](repeating: 0, count: size.width)
        if let column = style.staticColumn, column < size.width {
            offsets[column] = Float(pattern.uniform(0.3...1) * style.gainCountsPerPhoton)
        }
        columnOffsets = offsets
        flickerPhase = pattern.uniform()
        disturbances = random.stream(2)
    }

    /// Exposes one frame.
    /// - Parameters:
    ///   - frame: Index of the frame.
    ///   - expectedPhotons: Mean number of photons of each pixel, `[y][x]`.
    /// - Returns: Counts, `[y][x]`.
    package mutating func expose(frame: Int, expectedPhotons: [Float]) -> [UInt16] {
        if !previous.isEmpty, random.chance(style.duplicateFrameProbability) { return previous }
        let brightness = flicker(frame: frame)
        let gain = Float(style.gainCountsPerPhoton)
        let spread = Float(style.gainSpread * style.gainSpread)
        let readNoise = Float(style.readNoiseCounts)
        let offset = Float(style.offsetCounts)
        let leak = Float(style.neighbourLeak)
        let step = Float(style.countStep)
        let smallest = style.clipsAtOffset ? (offset / step).rounded(.up) * step : 0
        let largest = Float(65_535 - 65_535 % style.countStep)
        let additions = sensor?.nextFrame()
        let fullWell = sensor?.fullWellCounts ?? .infinity
        var counts = [UInt16](repeating: 0, count: size.pixelCount)
        var noise = PixelNoise(random: random)
        for row in 0..<size.height {
            let lineBrightness = brightness * Float(1 + style.lineFlicker * disturbances.normal())
            var carried: Float = 0
            for column in 0..<size.width {
                let index = row * size.width + column
                var charge = noise.poisson(mean: expectedPhotons[index] * lineBrightness * sensitivity[index])
                if spread > 0, charge > 0 { charge = spread * noise.gamma(shape: charge / spread) }
                let mixed = column == 0 ? charge : (1 - leak) * charge + leak * carried
                carried = charge
                var value = offset + columnOffsets[column] + gain * mixed + readNoise * noise.normal()
                if let additions { value = min(value + additions[index], offset + fullWell) }
                counts[index] = UInt16(min(max((value / step).rounded() * step, smallest), largest))
            }
        }
        random = noise.random
        addSpecks(to: &counts)
        previous = counts
        return counts
    }

    /// Adds what cosmic rays and electric sparks leave: a bright pixel or two, for one frame.
    private mutating func addSpecks(to counts: inout [UInt16]) {
        for _ in 0..<disturbances.poisson(mean: style.specksPerFrame) {
            let row = disturbances.integer(0...size.height - 1)
            let column = disturbances.integer(0...size.width - 2)
            let height = style.gainCountsPerPhoton * (1 + style.photons) * disturbances.uniform(0.5...5)
            for (offset, share) in [(0, 1.0), (1, disturbances.uniform(0...0.7))] {
                let index = row * size.width + column + offset
                counts[index] = UInt16(min(Double(counts[index]) + share * height, 65_535))
            }
        }
    }

    private func flicker(frame: Int) -> Float {
        guard let flicker = style.flicker else { return 1 }
        let cycle = Double(frame) / flicker.periodFrames + flickerPhase
        let phase = cycle - cycle.rounded(.down)
        let isBright = phase * flicker.periodFrames < 1
        let wave = flicker.isPulsed ? (isBright ? 1 : 0) : 0.5 * sin(2 * .pi * phase)
        return Float(1 + flicker.relativeAmplitude * wave)
    }
}

/// Random numbers for single pixels: single precision, fast enough for tens of millions.
private struct PixelNoise {
    var random: SeededRandom
    private static let normals = normalQuantiles(count: 65_536)

    init(random: SeededRandom) {
        self.random = random
    }

    /// A normal deviate, within ±4.3.
    mutating func normal() -> Float {
        Self.normals[Int(random.next() >> 48)]
    }

    /// A Poisson deviate: inversion below a mean of 12, a third-order normal expansion above.
    mutating func poisson(mean: Float) -> Float {
        guard mean > 0 else { return 0 }
        if mean < 12 {
            var probability = exp(-mean)
            var remainder = Float(random.next() >> 40) * 0x1p-24 - probability
            var count: Float = 0
            while remainder > 0, count < 80 {
                count += 1
                probability *= mean / count
                remainder -= probability
            }
            return count
        }
        let deviate = normal()
        return max(0, (mean + mean.squareRoot() * deviate + (deviate * deviate - 1) / 6).rounded())
    }

    /// A gamma deviate of scale 1 (Wilson and Hilferty's cube of a normal deviate).
    mutating func gamma(shape: Float) -> Float {
        let root = max(0, 1 - 1 / (9 * shape) + normal() / (3 * shape.squareRoot()))
        return shape * root * root * root
    }

    /// Quantiles of the normal distribution at (i + 0.5) / count, by bisection of the error function.
    private static func normalQuantiles(count: Int) -> [Float] {
        var quantiles = [Float](repeating: 0, count: count)
        for index in count / 2..<count {
            let probability = (Double(index) + 0.5) / Double(count)
            var low = 0.0
            var high = 6.0
            for _ in 0..<40 {
                let middle = (low + high) / 2
                if 0.5 * (1 + erf(middle / 2.0.squareRoot())) < probability { low = middle } else { high = middle }
            }
            quantiles[index] = Float(low)
            quantiles[count - 1 - index] = -Float(low)
        }
        return quantiles
    }
}
