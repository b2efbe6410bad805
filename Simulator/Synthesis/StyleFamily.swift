import Foundation
package import Imaging

/// Which kind of recordings a style is drawn from.
///
/// A kind of cell, a microscope, or what goes wrong in a laboratory. Some are held out: training never shows them, so
/// they tell how much of a network's skill is knowledge of the simulator.
package enum StyleFamily: String, Sendable, Codable, CaseIterable {
    /// The distributions of ``RecordingStyle``: strips of ventricular cells, as in the published set.
    case usual
    /// Other kinetics, shapes of events, textures, noise and labelling than any usual recording has. Held out.
    case unusual
    /// Usual cells under any microscope: 0.08 to 0.4 µm, 3 to 25 ms, 2 to 200 photons, any annotator.
    case instruments
    /// Round cells, one or several.
    case round
    /// A layer of cells side by side, as cultures grow.
    case sheet
    /// Thin cells of smooth muscle, with puffs and slow sparks and never a wave.
    case smoothMuscle = "smooth-muscle"
    /// A spinning disk and an sCMOS camera: noise of rows, hot pixels, a pattern of offsets.
    case spinningDisk = "spinning-disk"
    /// Any of these, with movement, steps of the laser, shutters, swelling light, bleaching, washing or saturation.
    case disturbed
    /// Cells that release at their rim only, as atrial ones without transverse tubules do. Held out.
    case rim
    /// Wide-field light, haze and an electron-multiplying camera. Held out.
    case widefield

    /// True if training must never show it.
    package var isHeldOut: Bool {
        switch self {
        case .unusual, .rim, .widefield: true
        case .usual, .instruments, .round, .sheet, .smoothMuscle, .spinningDisk, .disturbed: false
        }
    }

    /// True if its cells make waves.
    package var hasWaves: Bool { self != .smoothMuscle }

    /// Pixel size and frame interval, as a laboratory of this kind has them.
    package func sampledCalibration(random: inout SeededRandom) -> Calibration {
        func drawn(_ micrometres: ClosedRange<Double>, _ milliseconds: ClosedRange<Double>) -> Calibration {
            Calibration(
                pixelSizeMicrometres: (1000 * random.logUniform(micrometres)).rounded() / 1000,
                frameIntervalMilliseconds: (100 * random.logUniform(milliseconds)).rounded() / 100
            )
        }
        switch self {
        case .usual, .unusual:
            return Calibration(
                pixelSizeMicrometres: 0.2,
                frameIntervalMilliseconds: [5.9, 6.8, 7.16][random.integer(0...2)]
            )
        case .instruments, .disturbed: return drawn(0.08...0.4, 3...25)
        case .round, .sheet, .smoothMuscle: return drawn(0.12...0.4, 4...25)
        case .spinningDisk: return drawn(0.1...0.3, 5...25)
        case .rim: return drawn(0.12...0.3, 4...16)
        case .widefield: return drawn(0.16...0.4, 8...20)
        }
    }
}

extension RecordingStyle {
    /// Replaces what distinguishes a family from the usual one.
    mutating func become(_ family: StyleFamily, content: EventContent, random: inout SeededRandom) {
        switch family {
        case .usual: return
        case .unusual: becomeUnusual(random: &random)
        case .instruments: drawLaboratory(random: &random)
        case .round: becomeRound(random: &random)
        case .sheet: becomeSheet(random: &random)
        case .smoothMuscle: becomeSmoothMuscle(random: &random)
        case .spinningDisk: becomeSpinningDisk(random: &random)
        case .disturbed:
            let others: [StyleFamily] = [.instruments, .round, .sheet, .spinningDisk, .smoothMuscle]
            let weights = [5.0, 1, 1, 2, content == .waves ? 0 : 1]
            become(others[random.index(weights: weights)], content: content, random: &random)
            disturb(random: &random)
        case .rim: becomeRim(random: &random)
        case .widefield: becomeWidefield(random: &random)
        }
    }
}
