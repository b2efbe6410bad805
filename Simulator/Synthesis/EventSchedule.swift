import Foundation
import Imaging

/// Decides what happens in a recording: which waves, puffs and sparks, where and when.
struct EventSchedule {
    private(set) var releases: [ScheduledRelease] = []
    private(set) var waves: [WaveSource] = []

    private let style: RecordingStyle
    private let cell: Cell

    init(style: RecordingStyle, cell: Cell, random: SeededRandom) {
        self.style = style
        self.cell = cell
        var waveRandom = random.stream(1)
        var puffRandom = random.stream(2)
        var sparkRandom = random.stream(3)
        var weakRandom = random.stream(4)
        scheduleWaves(random: &waveRandom)
        schedulePuffs(random: &puffRandom)
        scheduleSparks(random: &sparkRandom)
        scheduleHardNegatives(random: &weakRandom)
    }

    private var frameInterval: Double { style.calibration.frameIntervalMilliseconds }
    private var width: Int { style.size.width }

    // MARK: Waves

    private mutating func scheduleWaves(random: inout SeededRandom) {
        let wave = style.wave
        guard wave.count > 0 else { return }
        let period = wave.periodMilliseconds / frameInterval
        let homeSite = waveOrigin(random: &random)
        var onset = random.uniform(-0.2...0.6) * min(Double(style.frameCount), 3 * period)
        for _ in 0..<wave.count {
            guard onset < Double(style.frameCount) - 10 else { return }
            var origins = [(pixel: wave.isPeriodic ? homeSite : waveOrigin(random: &random), delayFrames: 0.0)]
            if random.chance(0.2) {
                origins.append((pixel: waveOrigin(random: &random), delayFrames: random.uniform(0...40)))
            }
            let aborts = random.chance(wave.abortProbability)
            let source = WaveSource(
                WaveSource.Parameters(
                    origins: origins,
                    onsetFrame: onset,
                    amplitude: random.logNormal(median: wave.medianAmplitude, logDeviation: 0.15, within: 0.5...4),
                    velocityMicrometresPerSecond: wave.meanVelocityMicrometresPerSecond * random.uniform(0.8...1.2),
                    riseMilliseconds: wave.riseMilliseconds,
                    decayMilliseconds: wave.decayMilliseconds,
                    raggednessFrames: wave.raggednessFrames,
                    reachPixels: aborts ? random.uniform(35...260) : .infinity,
                    slowing: random.uniform(0...0.6)
                ),
                cell: cell,
                calibration: style.calibration,
                dye: style.dye,
                frameCount: style.frameCount,
                random: &random
            )
            if !source.extent.isEmpty {
                waves.append(source)
                releases.append(
                    ScheduledRelease(source: source, eventClass: .wave, truth: source.truth)
                )
            }
            onset += period * (wave.isPeriodic ? random.uniform(0.93...1.07) : random.uniform(1...3.5))
        }
    }

    /// Most waves start near an end of the cell.
    private func waveOrigin(random: inout SeededRandom) -> Int {
        var best = randomPixel(random: &random)
        guard random.chance(0.7) else { return best }
        let rightmost = random.chance(0.5)
        for _ in 0..<12 {
            let candidate = randomPixel(random: &random)
            if (candidate % width > best % width) == rightmost { best = candidate }
        }
        return best
    }

    // MARK: Puffs

    private mutating func schedulePuffs(random: inout SeededRandom) {
        let puff = style.puff
        let count = random.poisson(mean: puff.meanCountPerThousandFrames * Double(style.frameCount) / 1000)
        let spots = (0..<max(1, count / 2)).map { _ in randomPixel(random: &random) }
        for _ in 0..<count {
            let site = random.chance(0.4) ? spots[random.integer(0...spots.count - 1)] : randomPixel(random: &random)
            let onset = random.uniform(-20...Double(style.frameCount - 8))
            guard !isRefractory(pixel: site, frame: onset, random: &random) else { continue }
            schedulePuff(site: site, onset: onset, random: &random)
        }
    }

    private mutating func schedulePuff(site: Int, onset: Double, random: inout SeededRandom) {
        let puff = style.puff
        let duration = random.logNormal(
            median: puff.medianDurationMilliseconds,
            logDeviation: 0.65,
            within: 80...2000
        )
        let defocus = random.uniform(0...0.8)
        let blur = Defocus(micrometres: defocus)
        let parameters = PuffSource.Parameters(
            x: Double(site % width) + random.normal(standardDeviation: 1.5),
            y: Double(site / width) + random.normal(standardDeviation: 1.5),
            onsetFrame: onset,
            amplitude: blur.amplitudeFactor
                * random.logNormal(median: puff.medianAmplitude * 1.2, logDeviation: 0.4, within: 0.2...2.2),
            durationMilliseconds: duration,
            riseMilliseconds: random.logUniform(30...max(45, min(250, 0.9 * duration))),
            fallMilliseconds: random.uniform(40...150),
            widthMicrometres: random.logNormal(median: 2.6, logDeviation: 0.38, within: 1.4...6) * blur.widthFactor,
            lobeCount: 1 + random.index(weights: [0.6, 0.28, 0.12]),
            subPeakCount: 1 + random.index(weights: [0.35, 0.3, 0.2, 0.15]),
            irregularity: puff.irregularity,
            defocusMicrometres: defocus
        )
        let source = PuffSource(
            parameters,
            calibration: style.calibration,
            dye: style.dye,
            size: style.size,
            frameCount: style.frameCount,
            random: &random
        )
        guard !source.extent.isEmpty else { return }
        let host = releases.count
        releases.append(ScheduledRelease(source: source, eventClass: .puff, truth: source.truth))
        guard random.chance(puff.riderFraction) else { return }
        for _ in 0..<random.integer(1...3) {
            scheduleSpark(
                x: parameters.x + random.normal(standardDeviation: 4),
                y: parameters.y + random.normal(standardDeviation: 3),
                onset: onset + random.uniform(0.1...0.9) * duration / frameInterval,
                defocus: random.uniform(0...0.5),
                host: host,
                random: &random
            )
        }
    }

    // MARK: Sparks

    private mutating func scheduleSparks(random: inout SeededRandom) {
        let spark = style.spark
        let seconds = Double(style.frameCount) * frameInterval / 1000
        let count = random.poisson(mean: spark.ratePerSecond * seconds)
        let zones = (0..<spark.hotZoneCount).map { _ in
            (pixel: randomPixel(random: &random), spreadX: random.uniform(8...70), spreadY: random.uniform(4...16))
        }
        var sites: [Int] = []
        while sites.count < count {
            var site = randomPixel(random: &random)
            if random.chance(spark.hotZoneFraction) {
                let zone = zones[random.integer(0...zones.count - 1)]
                site = pixel(
                    near: zone.pixel,
                    spreadX: zone.spreadX,
                    spreadY: zone.spreadY,
                    random: &random
                )
            }
            var onset = random.uniform(-8...Double(style.frameCount - 3))
            let repeats = random.chance(spark.repeatFraction) ? random.integer(1...6) : 0
            let defocus = random.uniform(0...spark.maximumDefocusMicrometres)
            for _ in 0...repeats {
                guard sites.count < count, onset < Double(style.frameCount - 3) else { break }
                sites.append(site)
                scheduleSpark(site: site, onset: onset, defocus: defocus, random: &random)
                onset += 8 + random.exponential(mean: spark.repeatIntervalFrames)
            }
            if random.chance(spark.flurryFraction) {
                let neighbour = pixel(near: site, spreadX: 9, spreadY: 6, random: &random)
                sites.append(neighbour)
                scheduleSpark(site: neighbour, onset: onset + random.uniform(2...15), defocus: defocus, random: &random)
            }
        }
    }

    private mutating func scheduleSpark(site: Int, onset: Double, defocus: Double, random: inout SeededRandom) {
        guard !isRefractory(pixel: site, frame: onset, random: &random) else { return }
        scheduleSpark(
            x: Double(site % width) + random.normal(standardDeviation: 0.7),
            y: Double(site / width) + random.normal(standardDeviation: 0.7),
            onset: onset,
            defocus: defocus,
            host: nil,
            random: &random
        )
    }

    private mutating func scheduleSpark(
        x: Double,
        y: Double,
        onset: Double,
        defocus: Double,
        host: Int?,
        visibility: ScheduledRelease.AnnotatorView = .clear,
        random: inout SeededRandom
    ) {
        let spark = style.spark
        let blur = Defocus(micrometres: defocus)
        let parameters = SparkSource.Parameters(
            x: x,
            y: y,
            onsetFrame: onset,
            amplitude: blur.amplitudeFactor
                * random.logNormal(
                    median: spark.medianAmplitude,
                    logDeviation: spark.amplitudeLogDeviation,
                    within: 0.2...2.8
                ),
            riseMilliseconds: blur.slowing
                * random.logNormal(median: spark.medianRiseMilliseconds, logDeviation: 0.25, within: 6...40),
            decayMilliseconds: blur.slowing
                * random.logNormal(
                    median: spark.medianDecayMilliseconds,
                    logDeviation: spark.decayLogDeviation,
                    within: 12...130
                ),
            widthMicrometres: blur.widthFactor
                * random.logNormal(median: spark.medianWidthMicrometres, logDeviation: 0.17, within: 1...3.4),
            anisotropy: spark.anisotropy,
            profileExponent: spark.profileExponent,
            defocusMicrometres: defocus,
            kinetics: spark.kinetics
        )
        let source = SparkSource(
            parameters,
            calibration: style.calibration,
            size: style.size,
            frameCount: style.frameCount
        )
        guard !source.extent.isEmpty else { return }
        releases.append(
            ScheduledRelease(
                source: source,
                eventClass: .spark,
                truth: source.truth(parameters: parameters, calibration: style.calibration, dye: style.dye),
                host: host,
                visibility: visibility
            )
        )
    }

    /// Sparks so far out of focus that no annotator calls them so, yet visible as faint, wide, slow spots.
    private mutating func scheduleHardNegatives(random: inout SeededRandom) {
        let ordinary = releases.count { $0.eventClass != .wave }
        let count = random.poisson(mean: style.spark.hardNegativeRatio * Double(ordinary))
        for _ in 0..<min(count, 150) {
            let site = randomPixel(random: &random)
            scheduleSpark(
                x: Double(site % width),
                y: Double(site / width),
                onset: random.uniform(-8...Double(style.frameCount - 3)),
                defocus: random.uniform(1.15...1.7),
                host: nil,
                visibility: random.chance(0.6) ? .doubtful : .overlooked,
                random: &random
            )
        }
    }

    // MARK: Places

    private func randomPixel(random: inout SeededRandom) -> Int {
        cell.sites[random.integer(0...cell.sites.count - 1)]
    }

    /// A pixel of the cell near `centre`, or `centre` itself if none was found.
    private func pixel(near centre: Int, spreadX: Double, spreadY: Double, random: inout SeededRandom) -> Int {
        for _ in 0..<10 {
            let x = Int(Double(centre % width) + random.normal(standardDeviation: spreadX))
            let y = Int(Double(centre / width) + random.normal(standardDeviation: spreadY))
            guard x >= 0, x < width, y >= 0, y < style.size.height else { continue }
            if cell.distance[y: y, x: x] < 0 { return y * width + x }
        }
        return centre
    }

    /// True if a wave has just emptied the store at this place, or is about to arrive.
    private func isRefractory(pixel: Int, frame: Double, random: inout SeededRandom) -> Bool {
        let refractory = style.wave.refractoryMilliseconds / frameInterval
        let touched = waves.contains { wave in
            let arrival = Double(wave.arrivalFrames[pixel])
            return frame > arrival - 4 && frame < arrival + refractory
        }
        return touched && !random.chance(0.05)
    }
}

/// What distance from the focal plane does to an event.
private struct Defocus {
    let micrometres: Double

    /// The axial extent of a spark and of the point spread function together: 0.63 µm standard deviation.
    var amplitudeFactor: Double { exp(-micrometres * micrometres / (2 * 0.63 * 0.63)) }
    var widthFactor: Double { 1 + 0.45 * micrometres }
    var slowing: Double { 1 + 0.25 * micrometres }
}
