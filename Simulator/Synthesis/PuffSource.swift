import Foundation
import Imaging

/// A Ca2+ puff: an irregular blob of one to three lobes that stays for tenths of a second and often flares up again.
struct PuffSource: ReleaseSource {
    let extent: ReleaseExtent
    let truth: ReleaseTruth
    /// ΔF/F0 of each lobe at full strength, `[row][column]` of the extent.
    private let lobes: [[Float]]
    /// Strength of each lobe in each frame of the extent.
    private let strengths: [[Float]]

    struct Parameters {
        var x: Double
        var y: Double
        var onsetFrame: Double
        var amplitude: Double
        var durationMilliseconds: Double
        var riseMilliseconds: Double
        var fallMilliseconds: Double
        var widthMicrometres: Double
        var lobeCount: Int
        var subPeakCount: Int
        var irregularity: Double
        var defocusMicrometres: Double
    }

    init(
        _ parameters: Parameters,
        calibration: Calibration,
        dye: Dye,
        size: FrameSize,
        frameCount: Int,
        random: inout SeededRandom
    ) {
        let interval = calibration.frameIntervalMilliseconds
        let rise = parameters.riseMilliseconds / interval
        let plateau = max(parameters.durationMilliseconds / interval - 0.5 * rise, 2)
        let fall = parameters.fallMilliseconds / interval
        let length = rise + plateau + 4 * fall
        let sigma = parameters.widthMicrometres / calibration.pixelSizeMicrometres / 2.3548

        let firstFrame = max(0, min(frameCount, Int(parameters.onsetFrame.rounded(.up))))
        let endFrame = max(firstFrame, min(frameCount, Int(parameters.onsetFrame + length)))
        let extent = ReleaseExtent(
            frames: firstFrame..<endFrame,
            rows: ReleaseExtent.clipped(parameters.y, reach: 4.5 * sigma, count: size.height),
            columns: ReleaseExtent.clipped(parameters.x, reach: 4.5 * sigma, count: size.width)
        )

        var lobes: [[Float]] = []
        var strengths: [[Float]] = []
        let courses = (0..<parameters.lobeCount).map { lobe in
            let delay = lobe == 0 ? 0 : random.uniform(0...0.3) * plateau
            return Self.course(
                rise: rise,
                plateau: plateau,
                fall: fall,
                delay: delay,
                subPeakCount: parameters.subPeakCount,
                random: &random
            )
        }
        for (lobe, course) in courses.enumerated() {
            let spread = lobe == 0 ? 0 : 1.3 * sigma
            let weight = lobe == 0 ? 1 : random.uniform(0.4...0.9)
            lobes.append(
                Self.lobe(
                    extent: extent,
                    x: parameters.x + random.normal(standardDeviation: spread),
                    y: parameters.y + random.normal(standardDeviation: 0.7 * spread),
                    sigma: sigma * (lobe == 0 ? 1 : random.uniform(0.6...0.9)),
                    amplitude: parameters.amplitude * weight,
                    irregularity: parameters.irregularity,
                    random: &random
                )
            )
            strengths.append(extent.frames.map { course.value(at: Double($0) - parameters.onsetFrame) })
        }
        self.extent = extent
        self.lobes = lobes
        self.strengths = strengths
        let picture = PuffPicture(
            lobes: lobes,
            strengths: strengths,
            extent: extent,
            side: Int((1 / calibration.pixelSizeMicrometres).rounded(.up)),
            dye: dye
        )
        truth = ReleaseTruth(
            onsetFrame: parameters.onsetFrame,
            peakFrame: parameters.onsetFrame + courses[0].peakFrames,
            centreXPixels: parameters.x,
            centreYPixels: parameters.y,
            amplitudeDff0: parameters.amplitude,
            fwhmXMicrometres: picture.widthXPixels.map { $0 * calibration.pixelSizeMicrometres },
            fwhmYMicrometres: picture.widthYPixels.map { $0 * calibration.pixelSizeMicrometres },
            riseMilliseconds: parameters.riseMilliseconds,
            decayMilliseconds: parameters.fallMilliseconds,
            fdhmMilliseconds: picture.duration(above: 0.5) * interval,
            defocusMicrometres: parameters.defocusMicrometres,
            subPeakCount: parameters.subPeakCount,
            visibleAmplitudeDff0: picture.amplitude,
            fd05Milliseconds: picture.duration(above: 0.05) * interval
        )
    }

    func render(frame: Int, into patch: inout [Float]) {
        let offset = frame - extent.frames.lowerBound
        for index in 0..<extent.pixelCount { patch[index] = 0 }
        for (lobe, strength) in zip(lobes, strengths) {
            let height = strength[offset]
            guard height > 0 else { continue }
            for index in 0..<extent.pixelCount { patch[index] += height * lobe[index] }
        }
    }

    /// A ramp, a plateau with flares on it, and an exponential fall.
    private static func course(
        rise: Double,
        plateau: Double,
        fall: Double,
        delay: Double,
        subPeakCount: Int,
        random: inout SeededRandom
    ) -> TimeCourse {
        let flares = (1..<max(2, subPeakCount + 1)).map { _ in
            (
                start: rise + random.uniform() * plateau,
                height: random.uniform(0.3...1.1),
                decay: max(2, random.uniform(0.08...0.3) * plateau)
            )
        }
        let sag = random.uniform(0.3...1)
        let roughness = random.uniform(0.02...0.15)
        let wobble = SmoothField.series(
            count: Int(rise + plateau + 5 * fall + delay) + 2,
            correlation: max(1.5, plateau / 12),
            random: &random
        )
        let floor = subPeakCount > 1 ? random.uniform(0.4...0.8) : 1
        return TimeCourse(frames: rise + plateau + 5 * fall + delay) { frames in
            let time = frames - delay
            guard time > 0 else { return 0 }
            var level = time < rise ? time / rise : 1 - (1 - sag) * min(1, (time - rise) / plateau)
            level *= floor
            if subPeakCount > 1 {
                for flare in flares where time > flare.start {
                    level +=
                        flare.height * (1 - exp(-(time - flare.start) / 2)) * exp(-(time - flare.start) / flare.decay)
                }
            }
            level *= max(0.2, 1 + roughness * Double(wobble[min(Int(frames), wobble.count - 1)]))
            let beyond = time - rise - plateau
            return beyond > 0 ? level * exp(-beyond / fall) : level
        }
    }

    private static func lobe(
        extent: ReleaseExtent,
        x: Double,
        y: Double,
        sigma: Double,
        amplitude: Double,
        irregularity: Double,
        random: inout SeededRandom
    ) -> [Float] {
        guard !extent.rows.isEmpty, !extent.columns.isEmpty else { return [] }
        let angle = random.uniform(0...3.14159)
        let elongation = random.uniform(1...1.5)
        let texture = SmoothField.image(
            size: FrameSize(height: extent.rows.count, width: extent.columns.count),
            correlationX: max(2, 0.8 * sigma),
            correlationY: max(2, 0.8 * sigma),
            random: &random
        )
        var values: [Float] = []
        values.reserveCapacity(extent.pixelCount)
        for row in extent.rows {
            for column in extent.columns {
                let dx = Double(column) - x
                let dy = Double(row) - y
                let along = (dx * cos(angle) + dy * sin(angle)) / (sigma * elongation.squareRoot())
                let across = (dy * cos(angle) - dx * sin(angle)) / (sigma / elongation.squareRoot())
                let rough = exp(irregularity * Double(texture.values[values.count]))
                values.append(Float(amplitude * exp(-0.5 * (along * along + across * across)) * rough))
            }
        }
        return values
    }
}
