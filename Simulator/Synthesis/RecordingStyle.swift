package import Imaging

/// Everything that distinguishes one recording from the next, sampled from the seed.
///
/// The distributions are those measured on 43 published recordings and in the literature on calcium sparks; they are
/// wide on purpose, so that no look dominates.
package struct RecordingStyle: Sendable, Codable, Equatable {
    package var frameCount: Int
    package var size: FrameSize
    package var calibration: Calibration
    package var cell: CellStyle
    package var resting: RestingStyle
    package var spark: SparkStyle
    package var puff: PuffStyle
    package var wave: WaveStyle
    package var baseline: BaselineStyle
    package var camera: CameraStyle
    package var annotation: AnnotationStyle
    /// Further annotators of the same recording; nil if one has seen it.
    package var otherAnnotations: [AnnotationStyle]?
    /// Pixels of an area camera; nil for a detector that scans.
    package var sensor: SensorStyle?
    /// How the light changes; nil if it is steady.
    package var illumination: IlluminationStyle?
    /// How the cell moves, as a ``Movement`` is written; nil if only as `baseline` says.
    package var movement: String?
    /// Width of the rim in which release starts; nil if it starts anywhere.
    package var rimMicrometres: Double?
    /// ΔF/F0 at which the dye saturates; nil for the usual one.
    package var dyeSaturationDff0: Double?

    package static func sampled(
        size: FrameSize,
        frameCount: Int,
        calibration: Calibration,
        family: StyleFamily,
        content: EventContent,
        random: inout SeededRandom
    ) -> RecordingStyle {
        let isEmptyByChance = random.chance(0.05)
        let isEmpty = content == .nothing || (content == .any && isEmptyByChance)
        var style = RecordingStyle(
            frameCount: frameCount,
            size: size,
            calibration: calibration,
            cell: .sampled(random: &random),
            resting: .sampled(random: &random),
            spark: .sampled(isEmpty: isEmpty, random: &random),
            puff: .sampled(isEmpty: isEmpty, random: &random),
            wave: .sampled(isEmpty: isEmpty, random: &random),
            baseline: .sampled(random: &random),
            camera: .sampled(random: &random),
            annotation: .sampled(random: &random)
        )
        style.become(family, content: content, random: &random)
        if content == .waves { style.wave.count = max(style.wave.count, random.integer(1...3)) }
        if content == .withoutWaves { style.wave.count = 0 }
        return style
    }

    /// Takes over all but the cell and its texture, as recordings of one laboratory have it in common: the same events,
    /// microscope and annotator.
    mutating func resemble(_ other: RecordingStyle) {
        spark = other.spark
        puff = other.puff
        wave = other.wave
        baseline = other.baseline
        camera = other.camera
        annotation = other.annotation
        otherAnnotations = other.otherAnnotations
        sensor = other.sensor
        illumination = other.illumination
        movement = other.movement
        rimMicrometres = other.rimMicrometres
        dyeSaturationDff0 = other.dyeSaturationDff0
        cell.shape = other.cell.shape.isOfItsOwnKind ? other.cell.shape : cell.shape
    }

    /// The indicator.
    var dye: Dye { dyeSaturationDff0.map(Dye.init) ?? Dye() }
}

extension RecordingStyle {
    /// Leaves out the movement that the style has of its own.
    mutating func standStill() {
        baseline.motionPixels = 0
        baseline.vibrationPixels = 0
        wave.contractionPixels = 0
    }
}

/// Shapes of cells seen in recordings.
package enum CellShape: String, Sendable, Codable, CaseIterable {
    /// A straight rod inside the frame.
    case rod
    /// A cell wider than the frame is high, with torn ends.
    case broad
    /// A rod that thins out towards one or both ends.
    case tapered
    /// A rod with a kink, leaving the frame.
    case bent
    /// A thin U.
    case curved
    /// A V or Y of two branches.
    case forked
    /// A round cell.
    case round
    /// Several round cells.
    case cluster
    /// Thin cells side by side.
    case spindles
    /// Cells that fill the frame, with gaps between them.
    case sheet

    /// True for the outlines that a usual recording never has, and that all recordings of one laboratory share.
    var isOfItsOwnKind: Bool { [.round, .cluster, .spindles, .sheet].contains(self) }
}

/// The outline of a cell and its surroundings.
package struct CellStyle: Sendable, Codable, Equatable {
    package var shape: CellShape
    package var raggednessPixels: Double
    package var edgeSoftnessPixels: Double
    package var hasNeighbour: Bool
    package var neighbourBrightness: Double
    package var hasGhostBranch: Bool

    static func sampled(random: inout SeededRandom) -> CellStyle {
        let shapes = CellShape.allCases
        return CellStyle(
            shape: shapes[random.index(weights: [0.25, 0.3, 0.15, 0.12, 0.1, 0.08])],
            raggednessPixels: random.uniform(0.4...2.4),
            edgeSoftnessPixels: random.logUniform(0.7...5),
            hasNeighbour: random.chance(0.18),
            neighbourBrightness: random.uniform(0.25...0.9),
            hasGhostBranch: random.chance(0.2)
        )
    }
}

/// Resting fluorescence F0: texture, static bright objects, surroundings.
package struct RestingStyle: Sendable, Codable, Equatable {
    package var cloudVariation: Double
    package var cloudLengthPixels: Double
    package var tilt: Double
    package var grainVariation: Double
    package var stripeContrast: Double
    package var stripePeriodPixels: Double
    package var sarcomereContrast: Double
    package var sarcomerePeriodMicrometres: Double
    package var nucleusContrast: Double
    package var punctaCount: Int
    package var punctaContrast: Double
    package var blobCount: Int
    package var beadCount: Int
    package var haloStrength: Double
    package var haloLengthPixels: Double
    /// Light outside of cells as a fraction of bright resting fluorescence.
    package var blankFraction: Double

    static func sampled(random: inout SeededRandom) -> RestingStyle {
        RestingStyle(
            cloudVariation: random.uniform(0.04...0.38),
            cloudLengthPixels: random.logUniform(35...150),
            tilt: random.normal(standardDeviation: 0.2),
            grainVariation: random.uniform(0.01...0.08),
            stripeContrast: random.chance(0.55) ? random.uniform(0.02...0.1) : 0,
            stripePeriodPixels: random.uniform(3.5...7),
            sarcomereContrast: random.chance(0.22) ? random.uniform(0.01...0.06) : 0,
            sarcomerePeriodMicrometres: random.uniform(1.75...2.05),
            nucleusContrast: random.chance(0.35) ? random.uniform(-0.35...0.6) : 0,
            punctaCount: random.chance(0.7) ? random.integer(2...30) : 0,
            punctaContrast: random.uniform(0.1...0.8),
            blobCount: random.chance(0.3) ? random.integer(1...2) : 0,
            beadCount: random.chance(0.1) ? random.integer(1...3) : 0,
            haloStrength: random.uniform(0.05...0.35),
            haloLengthPixels: random.uniform(6...30),
            blankFraction: random.logUniform(0.03...0.18)
        )
    }
}

/// How a spark's release shapes its time course.
package enum SparkKinetics: String, Sendable, Codable, CaseIterable {
    /// Rise and decay overlap: (1 - exp(-t / rise)) exp(-t / decay).
    case doubleExponential
    /// Release lasts for a while, then decay starts.
    case releaseThenDecay
    /// Gradual onset and rounded peak: t² exp(-2 t / decay).
    case gamma
    /// Full height at once, then decay.
    case abrupt
    /// Release that fades with two time constants, as where dye and buffers are slow.
    case twoDecays
}

/// Ca2+ sparks: how often, where, how large, how long.
package struct SparkStyle: Sendable, Codable, Equatable {
    package var ratePerSecond: Double
    package var kinetics: SparkKinetics
    package var medianAmplitude: Double
    package var amplitudeLogDeviation: Double
    package var medianRiseMilliseconds: Double
    package var medianDecayMilliseconds: Double
    package var decayLogDeviation: Double
    package var medianWidthMicrometres: Double
    package var anisotropy: Double
    /// Exponent of the fall-off: 2 is a Gaussian, less has a sharper tip and wider tails, more a flatter top.
    package var profileExponent: Double
    package var repeatFraction: Double
    package var repeatIntervalFrames: Double
    package var hotZoneCount: Int
    package var hotZoneFraction: Double
    package var flurryFraction: Double
    package var maximumDefocusMicrometres: Double
    /// Weak out-of-focus sparks for every ordinary one.
    package var hardNegativeRatio: Double

    static func sampled(isEmpty: Bool, random: inout SeededRandom) -> SparkStyle {
        let rate = random.logNormal(median: 6, logDeviation: 1.0, within: 0.3...35)
        return SparkStyle(
            ratePerSecond: isEmpty || random.chance(0.04) ? 0 : rate,
            kinetics: random.chance(0.7) ? .doubleExponential : .releaseThenDecay,
            medianAmplitude: random.logNormal(median: 0.85, logDeviation: 0.35, within: 0.4...2),
            amplitudeLogDeviation: random.uniform(0.25...0.5),
            medianRiseMilliseconds: random.logUniform(7...24),
            medianDecayMilliseconds: random.logNormal(median: 34, logDeviation: 0.38, within: 14...80),
            decayLogDeviation: random.uniform(0.15...0.45),
            medianWidthMicrometres: random.uniform(1.3...2.5),
            anisotropy: random.uniform(1...1.2),
            profileExponent: random.chance(0.5) ? 2 : random.uniform(1.5...2.6),
            repeatFraction: random.uniform(0.1...0.5),
            repeatIntervalFrames: random.logUniform(35...160),
            hotZoneCount: random.integer(1...4),
            hotZoneFraction: random.uniform(0...0.8),
            flurryFraction: random.chance(0.4) ? random.uniform(0.03...0.2) : 0,
            maximumDefocusMicrometres: random.uniform(0.5...1.2),
            hardNegativeRatio: random.logUniform(0.1...1)
        )
    }
}

/// Ca2+ puffs: longer, irregular, often with several peaks.
package struct PuffStyle: Sendable, Codable, Equatable {
    package var meanCountPerThousandFrames: Double
    package var medianAmplitude: Double
    package var medianDurationMilliseconds: Double
    package var riderFraction: Double
    package var irregularity: Double

    static func sampled(isEmpty: Bool, random: inout SeededRandom) -> PuffStyle {
        let count = random.logNormal(median: 10, logDeviation: 0.8, within: 0.5...40)
        return PuffStyle(
            meanCountPerThousandFrames: isEmpty || random.chance(0.14) ? 0 : count,
            medianAmplitude: random.logNormal(median: 0.7, logDeviation: 0.25, within: 0.35...1.4),
            medianDurationMilliseconds: random.logUniform(130...500),
            riderFraction: random.uniform(0.15...0.45),
            irregularity: random.uniform(0.1...0.5)
        )
    }
}

/// Ca2+ waves: propagating release through the cell.
package struct WaveStyle: Sendable, Codable, Equatable {
    package var count: Int
    package var isPeriodic: Bool
    package var periodMilliseconds: Double
    package var meanVelocityMicrometresPerSecond: Double
    package var medianAmplitude: Double
    package var riseMilliseconds: Double
    package var decayMilliseconds: Double
    package var raggednessFrames: Double
    package var abortProbability: Double
    package var refractoryMilliseconds: Double
    package var contractionPixels: Double

    static func sampled(isEmpty: Bool, random: inout SeededRandom) -> WaveStyle {
        let hasWaves = !isEmpty && random.chance(0.37)
        let isPeriodic = random.chance(0.25)
        let period = random.uniform(800...1300)
        let decay = random.logUniform(120...320)
        return WaveStyle(
            count: hasWaves ? (isPeriodic ? random.integer(3...8) : random.integer(1...3)) : 0,
            isPeriodic: isPeriodic,
            periodMilliseconds: period,
            meanVelocityMicrometresPerSecond: min(max(random.normal(mean: 90, standardDeviation: 25), 40), 150),
            medianAmplitude: random.logNormal(median: 1.6, logDeviation: 0.35, within: 0.7...3.7),
            riseMilliseconds: random.logUniform(35...120),
            decayMilliseconds: isPeriodic ? min(decay, 0.18 * period) : decay,
            raggednessFrames: random.uniform(0.5...3.5),
            abortProbability: random.uniform(0.05...0.5),
            refractoryMilliseconds: random.uniform(200...500),
            contractionPixels: random.chance(0.5) ? random.uniform(0.5...5) : 0
        )
    }
}

/// Slow changes that are no events.
package struct BaselineStyle: Sendable, Codable, Equatable {
    package var driftFraction: Double
    package var bleachingFraction: Double
    package var bleachingSeconds: Double
    package var undulationFraction: Double
    package var undulationSeconds: Double
    package var blankDecayFraction: Double
    package var blankGlow: Double
    package var motionPixels: Double
    /// Standard deviation of the position from frame to frame.
    package var vibrationPixels: Double

    static func sampled(random: inout SeededRandom) -> BaselineStyle {
        BaselineStyle(
            driftFraction: random.uniform(0...0.04),
            bleachingFraction: random.chance(0.6) ? random.uniform(0...0.15) : 0,
            bleachingSeconds: random.logUniform(3...30),
            undulationFraction: random.uniform(0...0.05),
            undulationSeconds: random.uniform(0.5...3),
            blankDecayFraction: random.chance(0.15) ? random.uniform(0.05...0.25) : 0,
            blankGlow: random.uniform(0...0.1),
            motionPixels: random.chance(0.5) ? random.uniform(0...2) : 0,
            vibrationPixels: random.chance(0.25) ? random.uniform(0...0.3) : 0
        )
    }
}
