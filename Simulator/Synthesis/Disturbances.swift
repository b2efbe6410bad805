import Foundation
import Imaging

extension RecordingStyle {
    /// One to three things that go wrong: the cell moves, the light changes, the solution is exchanged.
    mutating func disturb(random: inout SeededRandom) {
        var parts: [String] = []
        var light = IlluminationStyle.steady
        for _ in 0..<random.integer(1...3) {
            switch random.index(weights: [5, 1.5, 1.5, 1, 1, 1]) {
            case 0: parts.append(movementPart(random: &random))
            case 1: light.swelling = .sampled(random: &random)
            case 2: light.steps += [.sampled(frameCount: frameCount, random: &random)]
            case 3: light.shutters += [.sampled(frameCount: frameCount, random: &random)]
            case 4: light.wash = .sampled(frameCount: frameCount, calibration: calibration, random: &random)
            default:
                baseline.bleachingFraction = random.uniform(0.15...0.6)
                baseline.bleachingSeconds = random.logUniform(0.3...8)
            }
        }
        if !parts.isEmpty {
            if random.chance(0.2) { parts.append("lines") }
            movement = parts.joined(separator: ",")
            standStill()
        }
        if light != .steady { illumination = light }
    }

    /// One part of a ``Movement``, with amplitudes up to about half a micrometre, and now and then more.
    private func movementPart(random: inout SeededRandom) -> String {
        let most = (random.chance(0.25) ? 1 : 0.4) / calibration.pixelSizeMicrometres
        let pixels = number(min(6, random.logUniform(0.08 * most...most)))
        let axis = random.chance(0.5) ? "y" : "x"
        switch random.integer(0...6) {
        case 0: return "drift-\(axis)=\(number(random.uniform(-8...8)))"
        case 1: return "sway-\(axis)=\(pixels)@\(number(random.logUniform(0.3...12)))"
        case 2: return "vibration-\(axis)=\(pixels)@\(number(random.logUniform(8...60)))"
        case 3: return "jitter-y=\(pixels),jitter-x=\(pixels)"
        case 4: return "contraction=\(pixels)@\(number(random.uniform(0.3...3)))"
        case 5: return "contracture=\(pixels)"
        default: return "focus=\(number(random.uniform(0.4...2)))@\(number(random.logUniform(0.05...3)))"
        }
    }

    private func number(_ value: Double) -> String {
        String((value * 100).rounded() / 100)
    }
}
