/// The detector of the microscope and its imperfections.
package struct CameraStyle: Sendable, Codable, Equatable {
    /// Detected photons per pixel and frame where resting fluorescence is bright.
    package var photons: Double
    package var gainCountsPerPhoton: Double
    /// Standard deviation of the charge of one photon in units of its mean: 0 a photon counter, 1 an electron multiplier.
    package var gainSpread: Double
    package var offsetCounts: Double
    package var readNoiseCounts: Double
    /// True if no count is below the offset, as where a discriminator or a black level cuts off read noise.
    package var clipsAtOffset: Bool
    /// Fraction of each pixel's value that leaks into the next one along the line.
    package var neighbourLeak: Double
    package var flicker: Flicker?
    package var columnContrast: Double
    package var lineContrast: Double
    package var staticColumn: Int?
    /// Standard deviation of the brightness of a line from frame to frame.
    package var lineFlicker: Double
    /// Bright specks that last for one frame, per frame.
    package var specksPerFrame: Double
    package var duplicateFrameProbability: Double
    /// Counts are multiples of this number: 1 for 16 bit, 16 for 12 bit shifted up.
    package var countStep: Int

    /// Periodic change of the brightness of whole frames.
    package struct Flicker: Sendable, Codable, Equatable {
        package var relativeAmplitude: Double
        package var periodFrames: Double
        /// True if one frame of each period is brighter; otherwise the change is a sine.
        package var isPulsed: Bool
    }

    /// Sets the number of photons, with less gain if bright F0 would come near the top of the range.
    mutating func expose(photons: Double) {
        self.photons = photons
        gainCountsPerPhoton = min(gainCountsPerPhoton, Self.brightestRestingCounts / photons)
    }

    /// Resting fluorescence of the brightest real recordings, in counts above the offset.
    private static let brightestRestingCounts = 14_000.0

    static func sampled(random: inout SeededRandom) -> CameraStyle {
        let flicker = Flicker(
            relativeAmplitude: random.logUniform(0.01...0.1),
            periodFrames: random.logUniform(2.1...14),
            isPulsed: random.chance(0.5)
        )
        var style = CameraStyle(
            photons: random.logNormal(median: 13, logDeviation: 1, within: 2...120),
            gainCountsPerPhoton: random.logUniform(90...350),
            gainSpread: random.chance(0.5) ? random.uniform(0.2...1) : 0,
            offsetCounts: random.uniform(400...1900),
            readNoiseCounts: random.logUniform(5...150),
            clipsAtOffset: random.chance(0.4),
            neighbourLeak: random.chance(0.3) ? random.uniform(0...0.15) : 0,
            flicker: random.chance(0.5) ? flicker : nil,
            columnContrast: random.chance(0.4) ? random.uniform(0.003...0.015) : 0,
            lineContrast: random.chance(0.4) ? random.uniform(0.003...0.02) : 0,
            staticColumn: random.chance(0.15) ? random.integer(5...60) : nil,
            lineFlicker: random.chance(0.3) ? random.uniform(0.003...0.02) : 0,
            specksPerFrame: random.chance(0.2) ? random.logUniform(0.01...0.3) : 0,
            duplicateFrameProbability: random.chance(0.1) ? 0.002 : 0,
            countStep: random.chance(0.1) ? 16 : 1
        )
        style.expose(photons: style.photons)
        return style
    }
}

/// How the annotators of a recording drew its labels.
package struct AnnotationStyle: Sendable, Codable, Equatable {
    /// Smallest ΔF/F0 of the denoised movie that is labelled.
    package var threshold: Double
    /// Labels of sparks and puffs end at this fraction of the event's peak, if that is above the threshold.
    package var peakFraction: Double
    /// Standard deviation of what denoising left of the noise, in units of 1 / sqrt(photons).
    package var residualNoise: Double
    package var undefinedFraction: Double
    package var dropoutProbability: Double
    /// Events whose detectability index is below this number were overlooked.
    package var visibility: Double

    static func sampled(random: inout SeededRandom) -> AnnotationStyle {
        AnnotationStyle(
            threshold: random.uniform(0.08...0.2),
            peakFraction: random.uniform(0.18...0.4),
            residualNoise: random.uniform(0.03...0.14),
            undefinedFraction: random.uniform(0.04...0.26),
            dropoutProbability: random.uniform(0.05...0.35),
            visibility: random.uniform(4...8)
        )
    }
}
