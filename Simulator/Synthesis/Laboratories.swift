import Foundation
import Imaging

extension RecordingStyle {
    /// Frame interval for which counts in frames were chosen.
    private static let usualIntervalMilliseconds = 6.8

    /// Draws microscope, preparation and annotator from all that laboratories have, instead of from what the published set has.
    mutating func drawLaboratory(random: inout SeededRandom) {
        let slowness = calibration.frameIntervalMilliseconds / Self.usualIntervalMilliseconds
        if spark.kinetics == .doubleExponential, random.chance(0.3) { spark.kinetics = .twoDecays }
        spark.medianAmplitude = random.logNormal(median: 0.85, logDeviation: 0.5, within: 0.25...2.5)
        spark.medianDecayMilliseconds = random.logUniform(12...90)
        spark.medianWidthMicrometres = random.uniform(1.1...3)
        spark.profileExponent = random.uniform(1.4...2.75)
        spark.anisotropy = random.uniform(1...1.25)
        spark.repeatIntervalFrames /= slowness
        puff.meanCountPerThousandFrames = min(60, puff.meanCountPerThousandFrames * slowness)
        wave.raggednessFrames /= slowness
        wave.meanVelocityMicrometresPerSecond = random.logUniform(40...220)
        resting.blankFraction = random.logUniform(0.02...0.4)
        camera.drawDetector(random: &random)
        annotation = .anyone(random: &random)
        dyeSaturationDff0 = random.chance(0.25) ? random.logUniform(1.2...5) : nil
        if random.chance(0.08) {
            sensor = SensorStyle(
                fullWellCounts: camera.photons * camera.gainCountsPerPhoton * random.uniform(1.2...3)
            )
        }
    }

    /// One or several round cells.
    mutating func becomeRound(random: inout SeededRandom) {
        drawLaboratory(random: &random)
        cell.shape = random.chance(0.5) ? .round : .cluster
        cell.hasNeighbour = false
        spark.ratePerSecond *= 0.6
        resting.stripeContrast = 0
        resting.sarcomereContrast = 0
        resting.nucleusContrast = random.uniform(-0.5...0.8)
    }

    /// A layer of cells.
    mutating func becomeSheet(random: inout SeededRandom) {
        drawLaboratory(random: &random)
        cell.shape = .sheet
        cell.hasNeighbour = false
        cell.hasGhostBranch = false
        resting.stripeContrast = 0
        resting.sarcomereContrast = 0
        wave.meanVelocityMicrometresPerSecond = random.logUniform(20...120)
        wave.decayMilliseconds = random.logUniform(200...900)
    }

    /// Thin cells of smooth muscle: slow sparks, many puffs, no waves.
    mutating func becomeSmoothMuscle(random: inout SeededRandom) {
        drawLaboratory(random: &random)
        cell.shape = .spindles
        cell.hasNeighbour = false
        cell.raggednessPixels *= 0.5
        spark.ratePerSecond *= 0.4
        spark.medianRiseMilliseconds = random.logUniform(15...38)
        spark.medianDecayMilliseconds = random.logUniform(35...110)
        puff.meanCountPerThousandFrames = min(60, 1.6 * puff.meanCountPerThousandFrames)
        puff.medianDurationMilliseconds = random.logUniform(150...900)
        wave.count = 0
        resting.sarcomereContrast = 0
        resting.stripeContrast = random.chance(0.4) ? random.uniform(0.02...0.1) : 0
    }

    /// A spinning disk with an sCMOS camera.
    mutating func becomeSpinningDisk(random: inout SeededRandom) {
        drawLaboratory(random: &random)
        resting.blankFraction = random.uniform(0.1...0.4)
        resting.haloStrength = random.uniform(0.2...0.6)
        camera.gainSpread = 0
        camera.neighbourLeak = 0
        camera.clipsAtOffset = false
        camera.expose(photons: random.logUniform(8...200))
        sensor = .scientificCMOS(gain: camera.gainCountsPerPhoton, random: &random)
    }
}

extension RecordingStyle {
    /// Release at the rim only: a kind of cell that training never shows.
    mutating func becomeRim(random: inout SeededRandom) {
        drawLaboratory(random: &random)
        cell.shape = random.chance(0.5) ? .rod : .tapered
        rimMicrometres = random.uniform(0.8...1.8)
        spark.ratePerSecond *= 1.5
        spark.anisotropy = random.uniform(1.2...1.5)
        wave.meanVelocityMicrometresPerSecond = random.uniform(50...100)
    }

    /// Wide-field light and an electron-multiplying camera: a microscope that training never shows.
    mutating func becomeWidefield(random: inout SeededRandom) {
        drawLaboratory(random: &random)
        cell.edgeSoftnessPixels *= 2
        resting.blankFraction = random.uniform(0.4...0.8)
        resting.haloStrength = random.uniform(0.4...0.8)
        resting.haloLengthPixels = random.uniform(20...50)
        spark.medianWidthMicrometres *= 1.25
        spark.medianAmplitude = max(0.3, 0.8 * spark.medianAmplitude)
        camera.gainSpread = 1
        camera.expose(photons: random.logUniform(15...150))
        camera.specksPerFrame = random.logUniform(0.3...8)
        sensor = SensorStyle(vignette: random.uniform(0.2...0.6))
    }
}

extension CameraStyle {
    /// A detector of any make: light, gain and noise far beyond the usual range.
    mutating func drawDetector(random: inout SeededRandom) {
        gainCountsPerPhoton = random.logUniform(4...500)
        offsetCounts = random.logUniform(60...3000)
        readNoiseCounts = gainCountsPerPhoton * random.logUniform(0.03...0.8)
        gainSpread = random.chance(0.4) ? random.uniform(0.2...1) : 0
        neighbourLeak = random.chance(0.25) ? random.uniform(0...0.12) : 0
        expose(photons: random.logUniform(2...200))
        // Less than this is no recording on a 16-bit scale; cameras of fewer bits are brought to it.
        gainCountsPerPhoton = max(gainCountsPerPhoton, 250 / photons)
        countStep = random.chance(0.15) ? 16 : 1
    }
}

extension AnnotationStyle {
    /// An annotator from strict to generous: who draws far out also calls faint spots events.
    static func anyone(random: inout SeededRandom) -> AnnotationStyle {
        let generosity = random.uniform()
        func between(_ strict: Double, _ generous: Double, spread: Double) -> Double {
            strict * pow(generous / strict, generosity) * exp(random.normal(standardDeviation: spread))
        }
        return AnnotationStyle(
            threshold: min(max(between(0.26, 0.05, spread: 0.2), 0.04), 0.32),
            peakFraction: min(max(between(0.5, 0.1, spread: 0.2), 0.07), 0.55),
            residualNoise: random.uniform(0.02...0.16),
            undefinedFraction: random.uniform(0...0.26),
            dropoutProbability: random.uniform(0...0.35),
            visibility: min(max(between(10, 3, spread: 0.15), 2.5), 12)
        )
    }
}
