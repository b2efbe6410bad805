import Foundation
import Imaging

/// What single pixels and rows of an area camera add: patterns that stay, and noise that whole rows share.
package struct SensorStyle: Sendable, Codable, Equatable {
    /// Standard deviation of the offset from pixel to pixel, in counts.
    package var offsetSpreadCounts = 0.0
    /// Difference of the offsets of the upper and the lower half, which have amplifiers of their own, in counts.
    package var halvesCounts = 0.0
    /// Standard deviation of the sensitivity from pixel to pixel, relative.
    package var sensitivitySpread = 0.0
    /// Standard deviation of what a whole row adds in one frame, in counts.
    package var rowNoiseCounts = 0.0
    /// Share of pixels that are hot.
    package var hotShare = 0.0
    /// What a hot pixel adds at most, in counts; some of them switch on and off.
    package var hotCounts = 0.0
    /// Loss of light in the corners, relative.
    package var vignette = 0.0
    /// Largest number above the offset that a pixel holds, in counts.
    package var fullWellCounts: Double?

    /// Pixels that are all alike.
    package static let ideal = SensorStyle()

    /// A scientific CMOS camera.
    static func scientificCMOS(gain: Double, random: inout SeededRandom) -> SensorStyle {
        SensorStyle(
            offsetSpreadCounts: gain * random.logUniform(0.1...1.5),
            halvesCounts: random.chance(0.3) ? gain * random.uniform(-2...2) : 0,
            sensitivitySpread: random.uniform(0.002...0.02),
            rowNoiseCounts: gain * random.logUniform(0.05...1),
            hotShare: random.chance(0.6) ? random.logUniform(0.0002...0.003) : 0,
            hotCounts: gain * random.logUniform(5...150),
            vignette: random.uniform(0...0.3),
            fullWellCounts: nil
        )
    }
}

/// The pixels of an area camera, drawn once for a recording.
struct Sensor {
    private let style: SensorStyle
    /// Relative sensitivity of each pixel.
    let sensitivity: [Float]
    /// What each pixel adds to the offset, in counts.
    private let offsets: [Float]
    private let size: FrameSize
    /// Hot pixels that switch: how many counts, and how probable a change from frame to frame is.
    private var telegraphs: [(pixel: Int, counts: Float, probability: Double, isOn: Bool)] = []
    private var random: SeededRandom

    init(_ style: SensorStyle, size: FrameSize, random: SeededRandom) {
        self.style = style
        self.size = size
        self.random = random.stream(2)
        var pattern = random.stream(1)
        var sensitivity: [Float] = []
        var offsets: [Float] = []
        for index in 0..<size.pixelCount {
            let y = 2 * Double(index / size.width) / Double(max(size.height - 1, 1)) - 1
            let x = 2 * Double(index % size.width) / Double(max(size.width - 1, 1)) - 1
            let light = 1 - style.vignette * (x * x + y * y) / 2
            sensitivity.append(Float(light * (1 + style.sensitivitySpread * pattern.normal())))
            let half = (y < 0 ? 0.5 : -0.5) * style.halvesCounts
            offsets.append(Float(half + style.offsetSpreadCounts * pattern.normal()))
        }
        for _ in 0..<pattern.poisson(mean: style.hotShare * Double(size.pixelCount)) {
            let pixel = pattern.integer(0...size.pixelCount - 1)
            let counts = Float(style.hotCounts * pattern.uniform(0.1...1))
            if pattern.chance(0.5) {
                offsets[pixel] += counts
            } else {
                telegraphs.append((pixel, counts, pattern.logUniform(0.005...0.3), false))
            }
        }
        self.sensitivity = sensitivity
        self.offsets = offsets
    }

    /// Counts above the offset that a pixel holds at most.
    var fullWellCounts: Float { Float(style.fullWellCounts ?? .infinity) }

    /// What the pixels of the next frame have beside light and the offset of all, in counts, `[y][x]`.
    mutating func nextFrame() -> [Float] {
        var additions = offsets
        for row in 0..<size.height {
            let noise = Float(style.rowNoiseCounts * random.normal())
            for index in row * size.width..<(row + 1) * size.width { additions[index] += noise }
        }
        for index in telegraphs.indices {
            if random.chance(telegraphs[index].probability) { telegraphs[index].isOn.toggle() }
            if telegraphs[index].isOn { additions[telegraphs[index].pixel] += telegraphs[index].counts }
        }
        return additions
    }
}
