extension RecordingStyle {
    /// Replaces what an event, a cell, a detector and an annotator of the usual family are like.
    mutating func becomeUnusual(random: inout SeededRandom) {
        spark.kinetics = random.chance(0.5) ? .gamma : .abrupt
        spark.profileExponent = random.chance(0.5) ? random.uniform(1...1.35) : random.uniform(2.8...4.5)
        spark.anisotropy = random.uniform(1.25...1.7)
        spark.medianDecayMilliseconds *= random.uniform(0.6...1.6)
        spark.repeatFraction = random.uniform(0...0.8)
        puff.irregularity = random.uniform(0.5...0.9)
        wave.meanVelocityMicrometresPerSecond *= random.uniform(0.6...1.5)
        wave.raggednessFrames = random.chance(0.5) ? 0 : random.uniform(3.5...6)

        resting.sarcomereContrast = random.chance(0.5) ? random.uniform(0.08...0.25) : 0
        resting.sarcomerePeriodMicrometres = random.uniform(1.6...2.4)
        resting.grainVariation = random.uniform(0.1...0.3)
        resting.stripeContrast = random.chance(0.4) ? random.uniform(0.1...0.2) : 0
        resting.blankFraction = random.uniform(0.15...0.5)

        camera.gainSpread = random.chance(0.5) ? 0 : random.uniform(1...1.3)
        camera.neighbourLeak = random.chance(0.5) ? random.uniform(0.15...0.35) : 0
        camera.readNoiseCounts *= random.uniform(1...4)
        camera.lineFlicker = random.chance(0.4) ? random.uniform(0.02...0.05) : 0

        annotation.threshold = random.uniform(0.05...0.3)
        annotation.peakFraction = random.chance(0.5) ? random.uniform(0.05...0.15) : random.uniform(0.42...0.55)
        annotation.residualNoise = random.chance(0.5) ? 0 : random.uniform(0.1...0.2)
        annotation.undefinedFraction = 0
        annotation.dropoutProbability = 0
    }
}
