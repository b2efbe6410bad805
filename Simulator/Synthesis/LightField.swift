import Foundation
import Imaging

/// The light that reaches the camera: resting fluorescence, release, and everything slow.
struct LightField {
    private let style: RecordingStyle
    private let resting: RestingFluorescence
    private let cellPixels: [Int]
    private let drift: [Float]
    private let motionX: [Float]
    private let motionY: [Float]
    private let contractionX: Double
    private var vibration: SeededRandom
    private var undulations: [ScalarImage] = []
    private let undulationFrames: Double
    private var activity = 0.0
    private var shifted: [Float]

    init(style: RecordingStyle, cell: Cell, resting: RestingFluorescence, random: SeededRandom) {
        self.style = style
        self.resting = resting
        cellPixels = cell.interior
        shifted = resting.cell.values
        let count = style.frameCount
        var slow = random.stream(1)
        drift = SmoothField.series(count: count, correlation: 180, random: &slow)
        motionX = SmoothField.series(count: count, correlation: 150, random: &slow)
        motionY = SmoothField.series(count: count, correlation: 150, random: &slow)
        vibration = random.stream(2)
        contractionX = slow.uniform(0.1...0.9) * Double(style.size.width)
        undulationFrames = style.baseline.undulationSeconds * 1000 / style.calibration.frameIntervalMilliseconds
        undulations = (0..<Int(Double(count) / undulationFrames) + 2).map { _ in
            SmoothField.image(size: style.size, correlationX: 45, correlationY: 22, random: &slow)
        }
    }

    /// Computes the light of one frame.
    ///
    /// - Parameters:
    ///   - frame: Index of the frame.
    ///   - release: ΔF/F0 of all events together, `[y][x]`.
    /// - Returns: The expected photons of each pixel, `[y][x]`.
    mutating func expectedPhotons(frame: Int, release: [Float]) -> [Float] {
        let baseline = style.baseline
        let seconds = Double(frame) * style.calibration.frameIntervalMilliseconds / 1000
        let bleached = 1 - baseline.bleachingFraction * (1 - exp(-seconds / baseline.bleachingSeconds))
        let photons = Float(style.camera.photons)
        let dye = style.dye
        let cellLevel = photons * Float(bleached) * (1 + Float(baseline.driftFraction) * drift[frame])
        let mean = cellPixels.reduce(0) { $0 + Double(release[$1]) } / Double(cellPixels.count)
        activity += 0.15 * (mean - activity)
        let blankLevel =
            photons
            * Float(1 + baseline.blankGlow * min(mean, 2))
            * Float(1 - baseline.blankDecayFraction * (1 - exp(-seconds / 0.7)))
        move(frame: frame)

        let position = Double(frame) / undulationFrames
        let first = undulations[Int(position)]
        let second = undulations[Int(position) + 1]
        let phase = (position - position.rounded(.down)) * .pi / 2
        let undulation = Float(baseline.undulationFraction)
        let firstWeight = undulation * Float(cos(phase))
        let secondWeight = undulation * Float(sin(phase))
        var expected = [Float](repeating: 0, count: release.count)
        for index in expected.indices {
            let change = dye.visible(release[index])
            let slow = firstWeight * first.values[index] + secondWeight * second.values[index]
            expected[index] =
                cellLevel * shifted[index] * (1 + change + slow) + blankLevel * resting.surroundings.values[index]
        }
        return expected
    }

    /// Moves the cell: slow drift of the specimen, and contraction while a wave passes.
    private mutating func move(frame: Int) {
        let size = style.size
        let baseline = style.baseline
        let tremor = baseline.vibrationPixels
        let shiftX = baseline.motionPixels * Double(motionX[frame]) * 0.5 + tremor * vibration.normal()
        let shiftY = baseline.motionPixels * Double(motionY[frame]) * 0.25 + tremor * vibration.normal()
        let contraction = style.wave.contractionPixels * min(1, 1.5 * activity)
        guard abs(shiftX) > 0.01 || abs(shiftY) > 0.01 || contraction > 0.02 else {
            shifted = resting.cell.values
            return
        }
        let columns = (0..<size.width).map { x in
            let pull = contraction * tanh((contractionX - Double(x)) / 80)
            return min(max(Double(x) - shiftX - pull, 0), Double(size.width - 1))
        }
        let values = resting.cell.values
        for y in 0..<size.height {
            let sourceY = min(max(Double(y) - shiftY, 0), Double(size.height - 1))
            let top = Int(sourceY)
            let bottom = min(top + 1, size.height - 1)
            let fractionY = Float(sourceY - Double(top))
            for x in 0..<size.width {
                let left = Int(columns[x])
                let right = min(left + 1, size.width - 1)
                let fractionX = Float(columns[x] - Double(left))
                let upper =
                    values[top * size.width + left] * (1 - fractionX)
                    + values[top * size.width + right] * fractionX
                let lower =
                    values[bottom * size.width + left] * (1 - fractionX)
                    + values[bottom * size.width + right] * fractionX
                shifted[y * size.width + x] = upper * (1 - fractionY) + lower * fractionY
            }
        }
    }
}
